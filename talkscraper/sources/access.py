"""What a source's requests carry, and through what they go: the one place that decides what is sent where.

Used by the crawl and by ``SiteClient``. Headers, cookies, login, User-Agent and client certificate are for the source's
own site only (``hosts.is_own_site``); its proxy is for all of its requests.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.errors import SourcesError
from talkscraper.sources.access_settings import TOKEN
from talkscraper.sources.chain_cookies import Cookie
from talkscraper.sources.cookie_file import read_cookie_file
from talkscraper.sources.hosts import is_own_site
from talkscraper.sources.proxy import Proxy, proxy_for, read_proxy_url

if TYPE_CHECKING:
    from talkscraper.sources.access_settings import CertificateFiles, CookieSettings
    from talkscraper.sources.model import Source
    from talkscraper.sources.secrets import Secret

_FORBIDDEN_IN_COOKIES = frozenset(";\x00\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """A client certificate, PEM, with its chain; and its private key."""

    certificate: bytes
    key: bytes = field(repr=False)
    certificate_path: Path
    key_path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What the requests of one source to one host carry, and through what they go."""

    source_id: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    cookies: tuple[Cookie, ...] = field(default=(), repr=False)
    proxy: Proxy | None = None
    certificate: ClientCertificate | None = None
    redacted: tuple[str, ...] = ()
    """Names of the headers whose values aren't archived."""

    def headers_for(self, url: str, cookies: str = "") -> dict[str, str]:
        """Return the headers that a request for a URL has in addition.

        Args:
            url: the request's URL.
            cookies: the ``Cookie`` header that the chain of redirects has brought; its cookies come first.
        """
        found = dict(self.headers)
        taken = {each.partition("=")[0].strip() for each in cookies.split(";")} if cookies else set()
        wanted = [each for each in self.cookies if each.name not in taken and each.is_for(url)]
        # those with longer paths first (RFC 6265 §5.4)
        wanted.sort(key=lambda each: -len(each.path))
        pairs = [cookies] if cookies else []
        pairs += [f"{each.name}={each.value}" if each.name else each.value for each in wanted]
        if pairs:
            found["Cookie"] = "; ".join(pairs)
        return found


class SourceAccess:
    """The doors of one source, its secrets read."""

    def __init__(self, source: Source, folder: Path) -> None:
        """Read the secrets; ``folder`` is that of sources.toml, to which paths are relative.

        Raises:
            SourcesError: a secret can't be had, or its file is readable by everyone; no message holds a value.
        """
        self._source = source
        self._headers = tuple(_headers(source, folder))
        self._cookies = _cookies(source, folder) if source.cookies is not None else ()
        self._certificate = (
            _certificate(source.client_certificate, folder) if source.client_certificate is not None else None
        )
        self._proxy = read_proxy_url(source.proxy, folder) if source.proxy is not None else None

    def passage(self, url: str) -> Passage | None:
        """Return what requests for a URL carry; None if it is nothing. It is the same for all URLs of an origin."""
        proxy = proxy_for(url, self._proxy)
        own = is_own_site(url, self._source) and (self._headers or self._cookies or self._certificate)
        if not own:
            return Passage(source_id=self._source.id, proxy=proxy) if proxy is not None else None
        return Passage(
            source_id=self._source.id,
            headers=self._headers,
            cookies=self._cookies,
            proxy=proxy,
            certificate=self._certificate,
            redacted=self.redacted,
        )

    @property
    def redacted(self) -> tuple[str, ...]:
        """Names of the headers whose values aren't archived: all but a User-Agent that stands in sources.toml."""
        agent = self._source.user_agent
        shown = {"User-Agent"} if agent is not None and agent.literal is not None else set()
        return tuple(name for name, _ in self._headers if name not in shown)

    def describe(self) -> str:
        """Return what is used, without any value: for warcinfo."""
        source, parts = self._source, []
        if source.headers:
            parts.append(f"headers {', '.join(name for name, _ in source.headers)}")
        if source.cookies is not None:
            parts.append("cookies")
        if source.auth is not None:
            parts.append("bearer token" if source.auth.bearer is not None else "basic authentication")
        if source.user_agent is not None:
            parts.append("User-Agent")
        if self._proxy is not None:
            parts.append(f"proxy {self._proxy}")
        if source.client_certificate is not None:
            parts.append("client certificate")
        return "; ".join(parts)


def access_of(sources: Mapping[str, Source], folder: Path) -> dict[str, SourceAccess]:
    """Return the access of each source that has any, by id.

    Raises:
        SourcesError: a secret can't be had.
    """
    return {name: SourceAccess(source, folder) for name, source in sources.items() if source.access_keys}


def _headers(source: Source, folder: Path) -> list[tuple[str, str]]:
    found = [(name, _sendable(secret, folder)) for name, secret in source.headers]
    auth = source.auth
    if auth is not None:
        if any(name.lower() == "authorization" for name, _ in found):
            raise SourcesError(f"[sources.{source.id}] has both auth and a header Authorization: remove one of the two")
        found.append(("Authorization", _authorization(auth.user, auth.password, auth.bearer, folder)))
    if source.user_agent is not None:
        found.append(("User-Agent", _sendable(source.user_agent, folder)))
    return found


def _authorization(user: Secret | None, password: Secret | None, bearer: Secret | None, folder: Path) -> str:
    if bearer is not None:
        return f"Bearer {_sendable(bearer, folder)}"
    assert user is not None
    assert password is not None
    name = user.resolve(folder)
    if ":" in name:
        raise SourcesError(f"{user.where}: the user name of {user} holds a colon")
    return "Basic " + base64.b64encode(f"{name}:{password.resolve(folder)}".encode()).decode("ascii")


def _sendable(secret: Secret, folder: Path) -> str:
    """Return a secret that can stand in a header."""
    value = secret.resolve(folder).strip()
    if not value or not value.isascii() or not value.replace("\t", " ").isprintable():
        raise SourcesError(f"{secret.where}: the value of {secret} can't stand in a header: printable ASCII only")
    return value


def _cookies(source: Source, folder: Path) -> tuple[Cookie, ...]:
    settings: CookieSettings | None = source.cookies
    assert settings is not None
    if settings.file is not None:
        return read_cookie_file(settings.file, folder, now=datetime.now(UTC))
    if settings.header is not None:
        pairs = [each.partition("=") for each in _sendable(settings.header, folder).split(";") if each.strip()]
        named = [(name.strip(), value.strip()) for name, _, value in pairs]
        if not all(TOKEN.fullmatch(name) for name, _ in named):
            raise SourcesError(f"{settings.header.where}: {settings.header} isn't of the form NAME=value; NAME=value")
    else:
        named = [(name, _sendable(secret, folder)) for name, secret in settings.named]
        for (_, value), (_, secret) in zip(named, settings.named, strict=True):
            if not _FORBIDDEN_IN_COOKIES.isdisjoint(value):
                raise SourcesError(f"{secret.where}: the value of {secret} holds a semicolon, as no cookie's can")
    return tuple(
        Cookie(name=name, value=value, domain=host, path="/", host_only=False, secure=False)
        for name, value in named
        for host in source.own_hosts
    )


def _certificate(files: CertificateFiles, folder: Path) -> ClientCertificate:
    import ssl

    # the key's file is read as every other secret is
    key = files.key.text(folder).encode()
    path = folder / Path(files.certificate).expanduser()
    key_path = folder / Path(files.key.file or "").expanduser()
    try:
        certificate = path.read_bytes()
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(path, key_path, password=_no_password)
    except ssl.SSLError as e:
        raise SourcesError(f"{files.key.where}: {path} and {key_path} aren't a certificate and its key (PEM)") from e
    except OSError as e:
        raise SourcesError(f"{files.key.where}: can't read {path}: {e.strerror}") from e
    return ClientCertificate(certificate=certificate, key=key, certificate_path=path, key_path=key_path)


def _no_password() -> str:
    # without it OpenSSL would ask at the terminal
    return ""
