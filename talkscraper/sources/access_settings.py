"""How a source is reached, as sources.toml says it: headers, cookies, login, proxy and client certificate.

The values of secrets aren't read here: ``access`` does so when a run or a check begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from talkscraper.sources.secrets import Secret, read_secret
from talkscraper.sources.values import ValueRefused

DIRECT = "none"
"""The value of ``proxy`` that uses none, whatever the top of the file says."""
ENVIRONMENT = "environment"
"""The value of ``proxy`` that takes ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``."""
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
"""The name of a header or cookie (RFC 9110 §5.6.2)."""
_RESERVED = {
    "host": "it follows from the URL",
    "content-length": "it follows from the request",
    "transfer-encoding": "it follows from the request",
    "connection": "it concerns the connection",
    "accept-encoding": "readers of WARC files decode only what the crawler asks for",
    "range": "pages are captured whole",
    "if-none-match": "the crawler asks conditionally itself",
    "if-modified-since": "the crawler asks conditionally itself",
    "cookie": "write cookies = { NAME = … }",
    "user-agent": "write user_agent = …",
    "proxy-authorization": "write proxy = { url = …, user = …, password = … }",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieSettings:
    """Cookies: a file as browsers export it, a whole ``Cookie`` header, or cookies by name."""

    file: Secret | None = None
    header: Secret | None = None
    named: tuple[tuple[str, Secret], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """A login by HTTP: Basic with ``user`` and ``password`` (RFC 7617), or a bearer token (RFC 6750)."""

    user: Secret | None = None
    password: Secret | None = None
    bearer: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySettings:
    """A proxy: ``url`` (or ``environment``, ``none``), and what it asks for."""

    url: Secret
    user: Secret | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """Paths of a client certificate and its private key, both PEM."""

    certificate: str
    key: Secret
    """A file; the certificate's own if it holds the key too."""


def read_headers(value: object, where: str) -> tuple[tuple[str, Secret], ...]:
    """Return the headers of a TOML table.

    Raises:
        ValueRefused: a name or a value is invalid; as for all functions here, the message holds no value.
    """
    found = []
    for name, each in _table(value, 'headers = { X-Reader = { env = "NAME" } }').items():
        if not TOKEN.fullmatch(name):
            raise ValueRefused(f"{name!r} can't name a header")
        if name.lower() in _RESERVED:
            raise ValueRefused(f"{name} isn't a header that can be set: {_RESERVED[name.lower()]}")
        found.append((name, _secret(each, where, name)))
    if len({name.lower() for name, _ in found}) < len(found):
        raise ValueRefused("a header is there twice")
    return tuple(found)


def read_cookies(value: object, where: str) -> CookieSettings:
    """Return the cookies of a TOML table: ``{ file = "cookies.txt" }``, ``{ env = "NAME" }``, or by name."""
    table = _table(value, 'cookies = { file = "cookies.txt" } or cookies = { NAME = "value" }')
    if set(table) == {"file"}:
        return CookieSettings(file=_secret(table, where, "file", inner=False))
    if set(table) == {"env"}:
        return CookieSettings(header=_secret(table, where, "env", inner=False))
    for name in table:
        if not TOKEN.fullmatch(name):
            raise ValueRefused(f"{name!r} can't name a cookie")
    return CookieSettings(named=tuple((name, _secret(each, where, name)) for name, each in table.items()))


def read_auth(value: object, where: str) -> Auth:
    """Return the login of a TOML table: ``user`` and ``password``, or ``bearer``."""
    usage = 'auth = { user = …, password = { env = "NAME" } } or auth = { bearer = { env = "NAME" } }'
    table = _table(value, usage)
    if set(table) in ({"bearer"}, {"token"}):
        ((name, each),) = table.items()
        return Auth(bearer=_secret(each, where, name))
    if set(table) != {"user", "password"}:
        raise ValueRefused(f"write {usage}")
    return Auth(user=_secret(table["user"], where, "user"), password=_secret(table["password"], where, "password"))


def read_user_agent(value: object, where: str) -> Secret:
    """Return the User-Agent."""
    return read_secret(value, where)


def read_proxy(value: object, where: str) -> ProxySettings:
    """Return the proxy of a text, a secret, or a table with ``url``, ``user`` and ``password``."""
    if isinstance(value, Mapping) and "url" in value:
        if not set(value) <= {"url", "user", "password"} or ("password" in value and "user" not in value):
            raise ValueRefused("write proxy = { url = …, user = …, password = … }")
        parts = {name: _secret(each, where, name) for name, each in value.items()}
        return ProxySettings(url=parts["url"], user=parts.get("user"), password=parts.get("password"))
    return ProxySettings(url=read_secret(value, where))


def read_client_certificate(value: object, where: str) -> CertificateFiles:
    """Return the paths of a TOML table: ``certificate`` and, if it isn't in the same file, ``key``."""
    usage = 'client_certificate = { certificate = "reader.pem", key = "reader.key" }'
    table = _table(value, usage)
    certificate, key = table.get("certificate"), table.get("key", table.get("certificate"))
    if not set(table) <= {"certificate", "key"} or not isinstance(certificate, str):
        raise ValueRefused(f"write {usage}")
    if isinstance(key, Mapping) and set(key) == {"file"}:
        key = key["file"]
    if not isinstance(key, str):
        raise ValueRefused("key must be the path of a file")
    return CertificateFiles(certificate=certificate, key=Secret(file=key, where=where))


def _table(value: object, usage: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not value:
        raise ValueRefused(f"write {usage}")
    return value


def _secret(value: object, where: str, name: str, *, inner: bool = True) -> Secret:
    try:
        return read_secret(value, f"{where}.{name}" if inner else where)
    except ValueRefused as e:
        raise ValueRefused(f"{name}: {e}" if inner else str(e)) from e
