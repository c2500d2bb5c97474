"""Groups of sources that share a host: one process fetches for all of a group, so that a host has one pace."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from talkscraper.sources.hosts import port_of
from talkscraper.urls.canonical import host_of, is_within
from talkscraper.urls.resolution import DEFAULT_PORTS

if TYPE_CHECKING:
    from talkscraper.sources.model import Source

ANY_PORT = -1
"""The port of a host in ``hosts``, which stands for every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceGroup:
    """Sources that are fetched by one process at a time."""

    sources: tuple[str, ...]
    """Their ids, in the order of sources.toml."""
    hosts: tuple[str, ...]
    """Host names (with the port, if it isn't a usual one) of their pages and feeds, sorted."""


def source_groups(sources: Iterable[Source]) -> list[SourceGroup]:
    """Return the groups of these sources, in their order.

    Sources are in one group if a page, feed or host of one is on a host of the other, or below it, also by way of a
    third source. On another port is another server, unless ``hosts`` names the host.
    """
    order = list(sources)
    hosts = [_hosts_of(source) for source in order]
    leader = list(range(len(order)))

    def first_of(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    # hosts by name, so that each source is compared only with those that have its host or one above it
    by_name: dict[str, list[tuple[int, int]]] = {}
    for number, own in enumerate(hosts):
        for name, port in own:
            by_name.setdefault(name, []).append((number, port))
    for number, own in enumerate(hosts):
        for name, port in own:
            for above in _and_above(name):
                for other, its_port in by_name.get(above, ()):
                    if port == its_port or ANY_PORT in (port, its_port):
                        low, high = sorted((first_of(number), first_of(other)))
                        leader[high] = low
    members: dict[int, list[int]] = {}
    for number in range(len(order)):
        members.setdefault(first_of(number), []).append(number)
    return [
        SourceGroup(
            sources=tuple(order[each].id for each in group),
            hosts=tuple(sorted({_written(host) for each in group for host in hosts[each]})),
        )
        for group in members.values()
    ]


def bundles(groups: Mapping[SourceGroup, int], most: int) -> list[SourceGroup]:
    """Join groups to at most so many, of about the same weight each; the heaviest come first."""
    heaps: list[tuple[int, int, list[SourceGroup]]] = [(0, number, []) for number in range(min(most, len(groups)))]
    for group in sorted(groups, key=lambda each: groups[each], reverse=True):
        weight, number, members = heapq.heappop(heaps)
        heapq.heappush(heaps, (weight + groups[group] + 1, number, [*members, group]))
    return [
        SourceGroup(
            sources=tuple(name for each in members for name in each.sources),
            hosts=tuple(sorted({host for each in members for host in each.hosts})),
        )
        for _, _, members in sorted(heaps, reverse=True)
    ]


def _hosts_of(source: Source) -> set[tuple[str, int]]:
    own = {(host_of(url), _port(url)) for url in source.seed_urls if url}
    return own | {(host.removeprefix("www."), ANY_PORT) for host in source.hosts}


def _port(url: str) -> int:
    """Return the port of a URL; 0 for both of HTTP's and HTTPS's."""
    port = port_of(url)
    return 0 if port in DEFAULT_PORTS.values() else port


def _and_above(name: str) -> list[str]:
    parts = name.split(".")
    return [above for start in range(len(parts)) if is_within(name, [above := ".".join(parts[start:])])]


def _written(host: tuple[str, int]) -> str:
    name, port = host
    return name if port in (0, ANY_PORT) else f"{name}:{port}"
