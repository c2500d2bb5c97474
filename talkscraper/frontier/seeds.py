"""Seeds from sources.toml: a source's homepage, feeds, sitemaps and sections in the frontier.

Also handles changes of sources.toml: a source with changed settings is fetched again, one that is disabled or removed
is noted, and one whose id changed takes over the addresses of its former id.
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

from talkscraper.frontier.out_of_bounds import refuse_out_of_bounds
from talkscraper.sources.model import ACCESS_KEYS, Selectors
from talkscraper.sources.seed_kinds import CONFIGURED, priority_of, seed_kinds
from talkscraper.store.database import iso
from talkscraper.store.source_rows import write_source
from talkscraper.urls.canonical import canonical, urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

NO_LONGER = "no longer in sources.toml"
"""``reason`` of a seed that was removed from sources.toml."""
DISABLED = "disabled"
"""``sources.settings`` of a source with ``enabled = false``."""
ENABLED = "enabled"
"""``sources.settings`` of a source that was enabled again and not crawled yet."""
REMOVED = "removed"
"""``sources.settings`` of a source that ``sources remove`` took out of sources.toml."""
GIVEN_UP_LATELY = timedelta(days=30)
"""Period before a change of a source's settings; articles given up within it are retried."""

_PACE = frozenset(
    {"id", "name", "renamed_from", "enabled", "delay", "concurrency", "max_pages", "max_bytes", "max_new", "max_time"}
    | {"recrawl", "tags", "hours", "max_requests_per_day", "retention"}
)
"""Settings that don't affect what is found or extracted."""

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
    """The source that now has the same homepage and takes over the addresses."""


def settings_digest(source: Source) -> str:
    """Return a digest that is stable as long as the settings for discovery and extraction are.

    Only non-default values count, so that a key added by a later version changes nothing.
    """
    default = {each.name: each.default for each in fields(source)} | {"selectors": Selectors()}
    values = {
        name: _plain(getattr(source, name))
        for name in default
        if name not in _PACE and name not in (*ACCESS_KEYS, "seeds") and getattr(source, name) != default[name]
    }
    values |= {key: _plain(urls) for key, urls in source.seeds if urls}
    values |= dict.fromkeys(source.access_keys, True)
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [each.pattern if isinstance(each, re.Pattern) else str(each) for each in value]
    return repr(value)


def seed(db: Database, source: Source, *, now: datetime) -> None:
    """Write the source's row and its seeds; seeds that sources.toml no longer names aren't fetched any more.

    If the settings differ from those of the last crawl, or the source was absent, everything is fetched again.
    """
    before = db.execute("select settings, removed_at from sources where id = ?", [source.id]).fetchone()
    settings = settings_digest(source)
    write_source(db, source)
    db.execute("update sources set settings = ?, removed_at = null where id = ?", [settings, source.id])
    seeds = source.seed_urls
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
                "kind": kind,
                "now": iso(now),
                "priority": priority_of(kind),
                "via": CONFIGURED,
            },
        )
    # a row without settings was written before settings were stored
    if before is not None and (before[1] is not None or (before[0] is not None and before[0] != settings)):
        _look_anew(db, source.id, now=now)
        refuse_out_of_bounds(db, source)


def note_absent(
    db: Database, *, enabled: Mapping[str, Source], disabled: Mapping[str, Source], now: datetime
) -> list[Removed]:
    """Note which sources no run fetches: disabled ones, and those removed from sources.toml.

    Return the newly removed ones. Where another source has the homepage of a removed one, it takes over its addresses
    with
    their due times; the articles stay as they are.
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
    """Transfer all addresses of one source to another, whose own seeds are written first."""
    (left,) = db.execute("select count(*) from urls where source_id = ?", [source_id]).fetchone()
    if not left:
        return
    seed(db, successor, now=now)
    db.execute("update urls set source_id = ? where source_id = ?", [successor.id, source_id])
    # seeds of the former source that this one doesn't have are no longer seeds
    seed(db, successor, now=now)
    _look_anew(db, successor.id, now=now)


def _look_anew(db: Database, source_id: str, *, now: datetime) -> None:
    """Reset a source's failures, and the states that its earlier settings gave to its addresses."""
    moment = iso(now)
    # a wrong pattern took articles for sections: real sections will be named again
    pages = [kind.name for kind in seed_kinds().values() if kind.is_page and kind.key]
    db.execute(
        f"delete from urls where source_id = ? and kind in ({', '.join('?' * len(pages))}) and discovered_via <> ?"
        " and state <> 'leased' and coalesce(reason, '') <> 'takedown'",
        [source_id, *pages, CONFIGURED],
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
    """Return the key of a homepage, the same with or without ``www.``, for http and https, and for a trailing slash."""
    parts = urlsplit(canonical(homepage))
    return parts.netloc.removeprefix("www."), parts.path.rstrip("/")
