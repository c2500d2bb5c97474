"""Proxies: which one a request goes through, by sources.toml or the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from talkscraper.errors import SourcesError
from talkscraper.sources.access_settings import DIRECT, ENVIRONMENT, ProxySettings

_PORTS = {"http": 80, "https": 443, "socks5": 1080}
_SCHEMES = {"http": "http", "https": "https", "socks": "socks5", "socks5": "socks5", "socks5h": "socks5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy; its text form holds no credentials."""

    scheme: str
    """``http``, ``https`` or ``socks5``."""
    host: str
    port: int
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """Return its address, without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def forwards(self, url: str) -> bool:
        """Whether it is asked for the URL itself, as HTTP proxies are for ``http:``; otherwise for a tunnel."""
        return self.scheme != "socks5" and url.startswith("http:")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentProxies:
    """The proxies that the environment names, by scheme."""

    by_scheme: tuple[tuple[str, Proxy], ...]

    def __str__(self) -> str:
        """Return their addresses."""
        return ", ".join(dict.fromkeys(str(proxy) for _, proxy in self.by_scheme)) + " (of the environment)"


def proxy_for(url: str, chosen: Proxy | EnvironmentProxies | None) -> Proxy | None:
    """Return the proxy for a URL, or None."""
    if not isinstance(chosen, EnvironmentProxies):
        return chosen
    parts = urlsplit(url)
    proxies = dict(chosen.by_scheme)
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy is None or proxy_bypass_environment(parts.netloc.rpartition("@")[2]):
        return None
    return proxy


def read_proxy_url(settings: ProxySettings, folder: Path) -> Proxy | EnvironmentProxies | None:
    """Return the proxy that sources.toml names; None for ``none``.

    Raises:
        SourcesError: it isn't a proxy's URL, or a secret of it can't be had.
    """
    secret = settings.url
    text = secret.resolve(folder).strip()
    if text == DIRECT:
        return None
    if text == ENVIRONMENT:
        named = getproxies_environment()
        found = tuple((scheme, _parsed(url, f"${scheme.upper()}_PROXY")) for scheme, url in named.items()
                      if scheme in ("http", "https", "all"))  # fmt: skip
        return EnvironmentProxies(by_scheme=found) if found else None
    user = settings.user.resolve(folder) if settings.user is not None else None
    password = settings.password.resolve(folder) if settings.password is not None else None
    return _parsed(text, f"{secret.where}: {secret}", user, password)


def _parsed(text: str, where: str, user: str | None = None, password: str | None = None) -> Proxy:
    """Parse a proxy's URL. The text may hold a password, so no message repeats it."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        scheme, host, port = _SCHEMES.get(parts.scheme.lower()), parts.hostname, parts.port
        name, word = parts.username, parts.password
    except ValueError:
        scheme = host = port = name = word = None
    if scheme is None or not host or not host.isascii() or port == 0:
        raise SourcesError(f"{where} isn't a proxy: write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT")
    made = Proxy(
        scheme=scheme,
        host=host,
        port=port or _PORTS[scheme],
        user=user if user is not None else unquote(name) if name else None,
        password=password if password is not None else unquote(word) if word else None,
    )
    if max(len((each or "").encode()) for each in (made.user, made.password)) > 255:
        raise SourcesError(f"{where}: user name or password of more than 255 bytes")
    return made
