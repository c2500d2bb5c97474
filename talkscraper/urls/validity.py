"""Validity of URLs: the only check, applied where URLs enter, from pages, feeds, redirects and users.

A URL that passes can be requested, parsed by the downloader, and stored in the database as text. An invalid one is
ignored with a reason, without affecting others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from talkscraper.urls.canonical import MAX_URL_LENGTH

MAX_HOST_LENGTH = 253
MAX_LABEL_LENGTH = 63
"""RFC 1035 §2.3.4, in the form sent to a name server."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_NETLOC = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@]+))(?::(?P<port>[0-9]*))?")
_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")


def fault_of(url: str) -> str | None:
    """Return why an absolute URL is invalid, in a few words; None if it is valid."""
    if len(url) > MAX_URL_LENGTH:
        return f"longer than {MAX_URL_LENGTH} characters"
    if _CONTROLS.search(url):
        return "it holds a control character"
    try:
        url.encode()
        parts = urlsplit(url)
    except UnicodeEncodeError:
        return "it holds half a surrogate pair"
    except ValueError:
        return "its host can't be read"
    if parts.scheme not in ("http", "https"):
        return "not http or https"
    return _fault_of_netloc(parts.netloc)


def is_address(url: str) -> bool:
    """Whether an absolute URL is valid."""
    return fault_of(url) is None


@lru_cache(maxsize=4096)
def _fault_of_netloc(netloc: str) -> str | None:
    if "@" in netloc:
        return "it holds a user name or password"
    match = _NETLOC.fullmatch(netloc)
    if match is None:
        return "its host can't be read" if netloc.strip(":") else "no host"
    port = match["port"]
    if port and not (len(port) <= 5 and 1 <= int(port) <= 65535):
        return f"port {port[:20]} is none"
    return _fault_of_ipv6(match["ipv6"]) if match["ipv6"] else _fault_of_name(match["name"])


def _fault_of_ipv6(text: str) -> str | None:
    try:
        IPv6Address(text)
    except ValueError:
        return "its host is no IPv6 address"
    return None


def _fault_of_name(name: str) -> str | None:
    if len(name) > MAX_HOST_LENGTH + 1:
        return f"its host is longer than {MAX_HOST_LENGTH} characters"
    try:
        plain = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return "its host is no domain name"
    if not _NAME.fullmatch(plain):
        return "its host is no domain name"
    plain = plain.removesuffix(".")
    if len(plain) > MAX_HOST_LENGTH or any(len(label) > MAX_LABEL_LENGTH for label in plain.split(".")):
        return f"its host is longer than {MAX_HOST_LENGTH} characters, or a label of it than {MAX_LABEL_LENGTH}"
    return None
