"""Cookies of one chain of redirects (RFC 6265): a site that sets one and redirects to itself wants it back.

They are sent back only while the chain is followed, only to the source's hosts, and never stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from talkscraper.sources.hosts import belongs
from talkscraper.urls.canonical import is_public_suffix
from talkscraper.urls.resolution import ascii_host

MAX_COOKIES = 50
"""Maximum number of cookies of a chain; the first ones are dropped."""
MAX_COOKIE_LENGTH = 4096
"""Maximum length of a cookie's name and value together (RFC 6265 §6.1)."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"[0-9.]+|.*:.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie as stored by a user agent (RFC 6265 §5.3)."""

    name: str
    value: str = field(repr=False)
    domain: str
    path: str
    host_only: bool
    secure: bool

    def is_for(self, url: str) -> bool:
        """Whether the cookie is sent with a request for a URL (RFC 6265 §5.4)."""
        parts = urlsplit(url)
        host, path = ascii_host(parts.hostname or ""), parts.path or "/"
        if self.secure and parts.scheme != "https":
            return False
        if host != self.domain and (self.host_only or not _domain_matches(host, self.domain)):
            return False
        return path == self.path or (
            path.startswith(self.path) and (self.path.endswith("/") or path[len(self.path)] == "/")
        )


@dataclass(frozen=True, slots=True)
class ChainCookies:
    """The cookies that the responses of a chain have set so far, in the order in which they were first set."""

    cookies: tuple[Cookie, ...] = ()

    def after(self, url: str, set_cookies: Iterable[str]) -> ChainCookies:
        """Return the cookies after a response of ``url`` with these ``Set-Cookie`` values (decoded as Latin-1)."""
        kept = {(each.name, each.domain, each.path): each for each in self.cookies}
        for written in set_cookies:
            cookie, expired = _parsed(written, url)
            if cookie is None:
                continue
            key = cookie.name, cookie.domain, cookie.path
            if expired:
                kept.pop(key, None)
            else:
                kept[key] = cookie
        return ChainCookies(tuple(kept.values())[-MAX_COOKIES:])

    def header_for(self, url: str, hosts: frozenset[str]) -> str:
        """Return the ``Cookie`` header of a request, as Latin-1; empty if none is sent. ``hosts``: the source's."""
        if not self.cookies or not belongs(url, hosts):
            return ""
        # those with longer paths first (RFC 6265 §5.4)
        wanted = sorted((each for each in self.cookies if each.is_for(url)), key=lambda each: -len(each.path))
        return "; ".join(f"{each.name}={each.value}" if each.name else each.value for each in wanted)


def _parsed(written: str, url: str) -> tuple[Cookie | None, bool]:
    """Return the cookie of a ``Set-Cookie`` header (RFC 6265 §5.2), or None, and whether it is expired."""
    pair, *attributes = written.split(";")
    name, equals, value = pair.partition("=")
    name, value = (name.strip(), value.strip()) if equals else ("", name.strip())
    if not (name or value) or len(name) + len(value) > MAX_COOKIE_LENGTH or _CONTROLS.search(pair):
        return None, False
    said = {key.strip().lower(): text.strip() for key, _, text in (each.partition("=") for each in attributes)}
    parts = urlsplit(url)
    host = ascii_host(parts.hostname or "")
    domain = ascii_host(said.get("domain", "").removeprefix("."))
    if domain and domain != host and (not _domain_matches(host, domain) or is_public_suffix(domain)):
        return None, False
    secure = "secure" in said
    if _breaks_its_prefix(name, said, secure=secure, domain=domain) or (secure and parts.scheme != "https"):
        return None, False
    cookie = Cookie(
        name=name,
        value=value,
        domain=domain or host,
        path=said["path"] if said.get("path", "").startswith("/") else _default_path(parts.path),
        host_only=not domain or is_public_suffix(domain),
        secure=secure,
    )
    return cookie, _is_expired(said)


def _breaks_its_prefix(name: str, said: dict[str, str], *, secure: bool, domain: str) -> bool:
    """Whether a cookie lacks what the prefix of its name promises (RFC 6265bis §4.1.3)."""
    lowered = name.lower()
    if lowered.startswith("__host-"):
        return not secure or bool(domain) or said.get("path") != "/"
    return lowered.startswith("__secure-") and not secure


def _is_expired(said: dict[str, str]) -> bool:
    age = said.get("max-age", "")
    if re.fullmatch(r"-?[0-9]+", age, re.ASCII):
        return age.startswith("-") or not age.strip("0")
    try:
        expires = parsedate_to_datetime(said["expires"].replace("-", " "))
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return False
    return (expires if expires.tzinfo is not None else expires.replace(tzinfo=UTC)) <= datetime.now(UTC)


def _domain_matches(host: str, domain: str) -> bool:
    return host == domain or (host.endswith(f".{domain}") and not _ADDRESS.fullmatch(host))


def _default_path(path: str) -> str:
    return path.rpartition("/")[0] or "/"
