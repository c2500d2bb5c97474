"""Kinds of seeds: the addresses of a source that name articles, by how they are given, fetched and counted.

Each kind is declared in a module of ``talkscraper/discovery/formats``, beside the formats of its documents. Its name is
stored (``urls.kind``, ``captures.asked_as``, ``Talkscraper-Kind`` in WARC records); the addresses of articles have the
kind ``ARTICLE``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import MappingProxyType

from talkscraper.declarations import declared

ARTICLE = "article"
"""The kind of all addresses that aren't seeds."""
HOMEPAGE = "homepage"
"""The kind of the one seed that every source has."""
CONFIGURED = "sources.toml"
"""What an address given in sources.toml is found via (``urls.discovered_via``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedKind:
    """A kind of seeds."""

    name: str
    """Its name in rows and records, and for readers (singular)."""
    plural: str
    """The same for several, in messages."""
    description: str
    """One line, for docs."""
    key: str | None = None
    """The key in sources.toml that gives a list of them; None: they are only found."""
    priority: int
    """Due seeds are fetched in this order, the highest first; articles, with 0, come last."""
    max_seeds: int
    """Maximum number that a source has."""
    max_links: int
    """Maximum number of links taken from one document; the rest is ignored."""
    max_surveyed: int
    """Maximum number that ``sources add`` and ``sources check`` fetch."""
    first_interval: timedelta | None = None
    """Interval after the first fetch; None: the shortest one. Later ones depend on what is new (frontier.schedule)."""
    is_page: bool = False
    """Whether it is a web page: it is captured with its requisites, and may name no article without being empty."""
    lists_old: bool = False
    """Whether it also names articles that aren't news; those get less room in the frontier."""
    max_depth: int | None = None
    """For documents that name others of their kind: maximum number of them on the way to one. None: they don't."""
    only_configured: bool = False
    """Whether those in sources.toml, if there are any, are the only ones."""
    may_be_elsewhere: bool = False
    """Whether it may be on another host than the source."""
    stale_after: timedelta | None = None
    """Age of the newest article that it names from which ``sources check`` reports it."""
    usual_paths: tuple[str, ...] = ()
    """Paths at which ``sources add`` looks where nothing announces any, the most likely first."""


@cache
def seed_kinds() -> Mapping[str, SeedKind]:
    """Return all kinds of seeds by name, in the order in which they are fetched."""
    found = sorted(declared("talkscraper.discovery.formats", SeedKind), key=lambda each: -each.priority)
    return MappingProxyType({each.name: each for each in found})


@cache
def seed_keys() -> Mapping[str, SeedKind]:
    """Return the kinds that have a key in sources.toml, by key."""
    return MappingProxyType({each.key: each for each in seed_kinds().values() if each.key is not None})


def seed_kind(name: str) -> SeedKind:
    """Return the kind of this name.

    Raises:
        ValueError: there is none (also for ``ARTICLE``).
    """
    try:
        return seed_kinds()[name]
    except KeyError:
        raise ValueError(f"{name!r} is no kind of seed: there are {', '.join(seed_kinds())}") from None


def plurals(kinds: Iterable[SeedKind], conjunction: str) -> str:
    """Return the names of kinds for a message: ``feeds, sitemaps or sections``."""
    *names, last = (each.plural for each in kinds)
    return f"{', '.join(names)} {conjunction} {last}" if names else last


def priority_of(kind: str) -> int:
    """Return the priority of a kind of seed, or of articles.

    Raises:
        ValueError: there is no such kind.
    """
    return 0 if kind == ARTICLE else seed_kind(kind).priority
