"""Putting a source's own addresses into the frontier: homepage, feeds, sitemaps and sections from sources.toml."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.frontier.model import PRIORITIES, UrlKind
from talkscraper.store.database import iso
from talkscraper.urls import urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

CONFIGURED = "sources.toml"
"""``discovered_via`` of an address that the operator wrote down."""

_SEED = """
insert into urls (url, urlkey, source_id, kind, state, next_due, priority, discovered_at, discovered_via,
                  last_listed_at)
values (:url, :urlkey, :source_id, :kind, 'due', :now, :priority, :now, :via, :now)
on conflict (url) do update set
    source_id = excluded.source_id, kind = excluded.kind, priority = excluded.priority,
    discovered_via = excluded.discovered_via, last_listed_at = excluded.last_listed_at,
    state = case when urls.state = 'refused' or (urls.state = 'gone' and urls.next_due is null)
                 then 'due' else urls.state end,
    next_due = coalesce(urls.next_due, excluded.next_due)
"""


def seeds_of(source: Source) -> dict[str, UrlKind]:
    """The addresses that sources.toml gives, and what is expected there."""
    seeds = dict.fromkeys(source.sections, UrlKind.LISTING)
    seeds |= dict.fromkeys(source.sitemaps, UrlKind.SITEMAP)
    seeds |= dict.fromkeys(source.feeds, UrlKind.FEED)
    seeds[source.homepage] = UrlKind.HOMEPAGE
    return seeds


def seed(db: Database, source: Source, *, now: datetime) -> None:
    """Write the source's row and its seeds; a seed that sources.toml no longer names is left in peace."""
    db.execute(
        "insert into sources (id, name, homepage, language, timezone, hosts) values (?, ?, ?, ?, ?, ?)"
        " on conflict (id) do update set name = excluded.name, homepage = excluded.homepage,"
        " language = excluded.language, timezone = excluded.timezone, hosts = excluded.hosts",
        [source.id, source.name, source.homepage, source.language, source.timezone, json.dumps(source.hosts)],
    )
    seeds = seeds_of(source)
    marks = ", ".join("?" * len(seeds))
    db.execute(
        "update urls set state = 'refused', next_due = null, reason = 'no longer in sources.toml'"
        f" where source_id = ? and discovered_via = ? and url not in ({marks})",
        [source.id, CONFIGURED, *seeds],
    )
    for url, kind in seeds.items():
        db.execute(
            _SEED,
            {
                "url": url,
                "urlkey": urlkey(url),
                "source_id": source.id,
                "kind": str(kind),
                "now": iso(now),
                "priority": PRIORITIES[kind],
                "via": CONFIGURED,
            },
        )
