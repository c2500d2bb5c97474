"""Hosts and ports of a source: permitted targets of redirects, and permitted private addresses.

Used by all requests for a source: the crawl, ``sources check`` and ``sources add``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.urls.canonical import host_of, is_within
from talkscraper.urls.resolution import DEFAULT_PORTS

if TYPE_CHECKING:
    from talkscraper.sources.model import Source


def hosts_of(source: Source) -> frozenset[str]:
    """Return the host names (without ``www.``) of the source's own pages."""
    return frozenset(host_of(url) for url in source.seed_urls) | {host.removeprefix("www.") for host in source.hosts}


def belongs(url: str, hosts: frozenset[str]) -> bool:
    """Whether a URL is on one of the hosts or below it (``m.example.org`` below ``example.org``)."""
    return is_within(host_of(url), hosts)


def redirect_hosts(url: str, hosts: frozenset[str]) -> frozenset[str]:
    """Return the permitted hosts of a redirect of ``url``: a source's own hosts, or the host of a feed elsewhere.

    A feed may be on another host (FeedBurner and the like), but must stay there.
    """
    host = host_of(url)
    return hosts if host in hosts else hosts | {host}


def is_own_server(url: str, source: Source) -> bool:
    """Whether a URL is on a host and a port of the source: on a private machine another port is another server.

    The ports are those of its homepage and its other seeds in sources.toml; for a host in ``hosts``, all ports.
    """
    if not belongs(url, hosts_of(source)):
        return False
    return _is_on_port_of(url, source, source.seed_urls)


def is_own_site(url: str, source: Source) -> bool:
    """Whether a URL may be sent what the source's own pages are sent: headers, cookies and logins.

    It is on a host of the source's pages (a feed elsewhere isn't) and on one of their ports; and nothing is sent in
    clear to a site whose homepage is encrypted.
    """
    own = frozenset(source.own_hosts)
    if not belongs(url, own):
        return False
    if url.startswith("http:") and source.homepage.lower().startswith("https:"):
        return False
    return _is_on_port_of(url, source, (each for each in source.seed_urls if belongs(each, own)))


def _is_on_port_of(url: str, source: Source, pages: Iterable[str]) -> bool:
    """Whether a URL is on a port of these pages; a port that HTTP or HTTPS has by default stands for both."""
    ports = {port_of(each) for each in pages}
    if not ports.isdisjoint(DEFAULT_PORTS.values()):
        ports.update(DEFAULT_PORTS.values())
    return port_of(url) in ports or host_of(url) in source.hosts


def port_of(url: str) -> int:
    """Return the port of a URL, of HTTP or HTTPS."""
    parts = urlsplit(url)
    return parts.port or DEFAULT_PORTS[parts.scheme]
