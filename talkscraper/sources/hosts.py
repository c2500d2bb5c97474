"""Which hosts and ports are a source's own: what a redirect may lead to, and what may be on a private address.

One decision for all that asks on behalf of a source: the crawl, ``sources check`` and ``sources add``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.urls.canonical import host_of, is_within

if TYPE_CHECKING:
    from talkscraper.sources.model import Source


def hosts_of(source: Source) -> frozenset[str]:
    """Host names (without ``www.``) on which the source's own pages lie."""
    return frozenset(host_of(url) for url in _seeds(source)) | {host.removeprefix("www.") for host in source.hosts}


def belongs(url: str, hosts: frozenset[str]) -> bool:
    """Whether a URL is on one of the hosts or below it (``m.example.org`` below ``example.org``)."""
    return is_within(host_of(url), hosts)


def redirect_hosts(url: str, hosts: frozenset[str]) -> frozenset[str]:
    """Where a redirect of ``url`` may lead: a source's own hosts, and the host on which a page of it lies.

    A feed may live elsewhere (FeedBurner and the like), but stays there.
    """
    host = host_of(url)
    return hosts if host in hosts else hosts | {host}


def is_own_server(url: str, source: Source) -> bool:
    """Whether a URL is on a host and a port of the source: on a private machine another port is another server.

    The ports are those of its homepage, feeds, sitemaps and sections; of a host that ``hosts`` lists, all are.
    """
    if not belongs(url, hosts_of(source)):
        return False
    ports = {_port(each) for each in _seeds(source)}
    if ports & {80, 443}:
        ports |= {80, 443}
    return _port(url) in ports or host_of(url) in source.hosts


def _seeds(source: Source) -> tuple[str, ...]:
    return source.homepage, *source.feeds, *source.sitemaps, *source.sections


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or {"http": 80, "https": 443}[parts.scheme]
