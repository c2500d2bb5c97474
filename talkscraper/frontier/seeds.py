"""Putting a source's own addresses into the frontier: homepage, feeds, sitemaps and sections from sources.toml.

Also what follows when sources.toml changes: a source that was mended is looked at anew, one that is disabled or is no
longer in the file is noted, and one that got another id finds the addresses of its former one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.frontier.model import PRIORITIES, UrlKind
from talkscraper.sources.model import Selectors
from talkscraper.store.database import iso
from talkscraper.urls.canonical import canonical, urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

CONFIGURED = "sources.toml"
"""``discovered_via`` of an address that the operator wrote down."""

NO_LONGER = "no longer in sources.toml"
"""``reason`` of a seed that the operator took away."""
DISABLED = "disabled"
"""``sources.settings`` of a source with ``enabled = false``."""
GIVEN_UP_LATELY = timedelta(days=30)
"""When a source was mended, articles that were given up since then are tried again."""

_PACE = frozenset(
    {"id", "name", "enabled", "delay", "concurrency", "max_pages", "max_bytes", "max_new", "max_time", "recrawl"}
)
"""Settings that change nothing of what can be found or read."""

_SEED = """
insert into urls (url, urlkey, source_id, kind, state, next_due, priority, discovered_at, discovered_via,
                  last_listed_at)
values (:url, :urlkey, :source_id, :kind, 'due', :now, :priority, :now, :via, :now)
on conflict (url) do update set
    kind = excluded.kind, priority = excluded.priority,
    discovered_via = excluded.discovered_via, last_listed_at = excluded.last_listed_at,
    state = case when urls.state = 'refused' or (urls.state = 'gone' and urls.next_due is null)
                   or urls.source_id <> excluded.source_id
                 then 'due' else urls.state end,
    next_due = case when urls.source_id <> excluded.source_id then excluded.next_due
                    else coalesce(urls.next_due, excluded.next_due) end,
    etag = case when urls.source_id <> excluded.source_id then null else urls.etag end,
    last_modified = case when urls.source_id <> excluded.source_id then null else urls.last_modified end,
    payload_digest = case when urls.source_id <> excluded.source_id then null else urls.payload_digest end,
    failures = case when urls.source_id <> excluded.source_id then 0 else urls.failures end,
    interval_s = case when urls.source_id <> excluded.source_id then null else urls.interval_s end,
    source_id = excluded.source_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A source that was crawled and is no longer in sources.toml."""

    source_id: str
    articles: int
    successor: str | None = None
    """The source that has its homepage now, and goes on with its addresses."""


def seeds_of(source: Source) -> dict[str, UrlKind]:
    """The addresses that sources.toml gives, and what is expected there."""
    seeds = dict.fromkeys(source.sections, UrlKind.LISTING)
    seeds |= dict.fromkeys(source.sitemaps, UrlKind.SITEMAP)
    seeds |= dict.fromkeys(source.feeds, UrlKind.FEED)
    seeds[source.homepage] = UrlKind.HOMEPAGE
    return seeds


def settings_digest(source: Source) -> str:
    """Equal as long as sources.toml says the same about what is found and how it is read.

    Only what differs from its default counts, so that a key that a later version adds changes nothing.
    """
    default = {each.name: each.default for each in fields(source)} | {"selectors": Selectors()}
    told = {
        name: _plain(getattr(source, name))
        for name in default
        if name not in _PACE and getattr(source, name) != default[name]
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [each.pattern if isinstance(each, re.Pattern) else str(each) for each in value]
    return repr(value)


def seed(db: Database, source: Source, *, now: datetime) -> None:
    """Write the source's row and its seeds; a seed that sources.toml no longer names is left in peace.

    When the file says something else of the source than at the last crawl, or it was away, all is looked at anew.
    """
    before = db.execute("select settings, removed_at from sources where id = ?", [source.id]).fetchone()
    settings = settings_digest(source)
    db.execute(
        "insert into sources (id, name, homepage, language, timezone, hosts, settings) values (?, ?, ?, ?, ?, ?, ?)"
        " on conflict (id) do update set name = excluded.name, homepage = excluded.homepage,"
        " language = excluded.language, timezone = excluded.timezone, hosts = excluded.hosts,"
        " settings = excluded.settings, removed_at = null",
        [
            *(source.id, source.name, source.homepage, source.language, source.timezone),
            *(json.dumps(source.hosts), settings),
        ],
    )
    seeds = seeds_of(source)
    marks = ", ".join("?" * len(seeds))
    db.execute(
        "update urls set state = 'refused', next_due = null, reason = ?"
        f" where source_id = ? and discovered_via = ? and url not in ({marks})",
        [NO_LONGER, source.id, CONFIGURED, *seeds],
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
    # a row without settings was written before they were kept
    if before is not None and (before[1] is not None or (before[0] is not None and before[0] != settings)):
        _look_anew(db, source.id, now=now)


def note_absent(
    db: Database, *, enabled: Mapping[str, Source], disabled: Mapping[str, Source], now: datetime
) -> list[Removed]:
    """Note which sources no run looks at: those that are disabled, and those that sources.toml no longer has.

    Returns those that it had until now. Where another source has the homepage of one that went, the addresses of that
    one follow, each with the time when it is due; its articles stay as they are.
    """
    db.conn.executemany(
        "update sources set settings = ? where id = ?", [(DISABLED, source_id) for source_id in disabled]
    )
    known = db.execute(
        "select id, homepage, removed_at from sources where id in (select source_id from urls where discovered_via = ?)"
        " or removed_at is not null",
        [CONFIGURED],
    ).fetchall()
    by_homepage = {_place(source.homepage): source.id for source in enabled.values()}
    found = []
    for source_id, homepage, removed_at in known:
        if source_id in enabled or source_id in disabled:
            continue
        successor = by_homepage.get(_place(homepage))
        if successor is not None:
            _hand_over(db, source_id, enabled[successor], now=now)
        if removed_at is None:
            db.execute("update sources set removed_at = ? where id = ?", [iso(now), source_id])
            (articles,) = db.execute("select count(*) from articles where source_id = ?", [source_id]).fetchone()
            found.append(Removed(source_id=source_id, articles=articles, successor=successor))
    return found


def _hand_over(db: Database, source_id: str, successor: Source, *, now: datetime) -> None:
    """All addresses of one source become another's, whose own seeds are written first."""
    (left,) = db.execute("select count(*) from urls where source_id = ?", [source_id]).fetchone()
    if not left:
        return
    seed(db, successor, now=now)
    db.execute("update urls set source_id = ? where source_id = ?", [successor.id, source_id])
    # what the former source had and this one doesn't name is no seed any more
    seed(db, successor, now=now)
    _look_anew(db, successor.id, now=now)


def _look_anew(db: Database, source_id: str, *, now: datetime) -> None:
    """Forget how often a source failed, and what its earlier settings made of its addresses."""
    moment = iso(now)
    # a pattern that was wrong makes sections of articles: what is one is named again
    db.execute(
        "delete from urls where source_id = ? and kind = 'listing' and discovered_via <> ? and state <> 'leased'"
        " and coalesce(reason, '') <> 'takedown'",
        [source_id, CONFIGURED],
    )
    db.execute(
        "update urls set state = 'due', next_due = ?, failures = 0, interval_s = null, etag = null,"
        " last_modified = null, payload_digest = null, lying_validators = 0"
        " where source_id = ? and kind <> 'article' and state <> 'leased'"
        " and coalesce(reason, '') not in ('takedown', ?)",
        [moment, source_id, NO_LONGER],
    )
    db.execute(
        "update urls set state = 'due', next_due = ?, failures = 0 where source_id = ? and kind = 'article'"
        " and coalesce(reason, '') <> 'takedown'"
        " and (state = 'refused' or (state = 'failed' and (next_due is not null or last_fetched_at >= ?)))",
        [moment, source_id, iso(now - GIVEN_UP_LATELY)],
    )


def _place(homepage: str) -> tuple[str, str]:
    """A homepage however it is spelled: with or without ``www.``, by http or https, with or without its last slash."""
    parts = urlsplit(canonical(homepage))
    return parts.netloc.removeprefix("www."), parts.path.rstrip("/")
