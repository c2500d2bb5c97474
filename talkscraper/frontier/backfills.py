"""Backfills: the search for a source's older articles, as rows, so that it may end at any time and go on later.

A **door** is a sitemap, a paged list or an archive by date. One page of one door is walked at a time; the addresses
that it names wait in ``backfill_urls`` until they are passed to the frontier in small batches; the next page is walked
when all of them are fetched. So the frontier never holds more than a batch of old addresses, and where dates are known
only from the articles, a list ends at the first page whose articles are all too old. Each function runs in one
transaction; a page that wasn't stored when a run died is fetched again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from talkscraper.discovery.model import Link
from talkscraper.frontier import additions, lease_queue
from talkscraper.frontier.backfill_doors import LISTING, SITEMAP, add_door, next_door, note_day
from talkscraper.frontier.model import Lease
from talkscraper.frontier.seeds import NO_LONGER
from talkscraper.sources.seed_kinds import ARTICLE
from talkscraper.store.database import from_iso, iso
from talkscraper.urls.page_numbers import page_number_in

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is to be fetched next."""

    leases: tuple[Lease, ...] = ()
    capped: bool = False
    """Whether the source may add no more addresses today."""


def bounded(source: Source, since: date, until: date | None) -> Source:
    """Return the source with the bounds of a backfill, never wider than its own."""
    first = max(since, source.since) if source.since is not None else since
    last = min((each for each in (until, source.until) if each is not None), default=None)
    return replace(source, since=first, until=last)


def bounds_of(db: Database | sqlite3.Connection, source_id: str) -> tuple[date, date | None] | None:
    """Return the first and last day of a source's backfill; None if it has none."""
    row = db.execute("select since, until from backfills where source_id = ? limit 1", [source_id]).fetchone()
    return (date.fromisoformat(row[0]), date.fromisoformat(row[1]) if row[1] else None) if row else None


def roots(db: Database | sqlite3.Connection | None, source: Source) -> list[tuple[str, str]]:
    """Return the kinds and addresses of the doors from which a backfill starts: sitemaps, homepage, sections."""
    sitemaps, sections = list(source.seeds_of(SITEMAP)), list(source.seeds_of(LISTING))
    if db is not None:
        sitemaps += _known_seeds(db, source.id, SITEMAP)
        sections = sections or _known_seeds(db, source.id, LISTING)
    listings = dict.fromkeys([source.homepage, *sections])
    return [*((SITEMAP, url) for url in dict.fromkeys(sitemaps)), *((LISTING, url) for url in listings)]


def _known_seeds(db: Database | sqlite3.Connection, source_id: str, kind: str) -> list[str]:
    """Return seeds of a kind that no other seed of the kind named: a list's first page, a sitemap of no index."""
    rows = db.execute(
        "select url from urls where source_id = ? and kind = ? and coalesce(reason, '') not in ('takedown', ?)"
        " and not exists (select 1 from urls as via where via.url = urls.discovered_via and via.kind = urls.kind)"
        " order by id",
        [source_id, kind, NO_LONGER],
    ).fetchall()
    return [row[0] for row in rows if kind != LISTING or (page_number_in(row[0]) or 1) == 1]


def start(db: Database, source: Source, *, since: date, until: date | None, now: datetime, again: bool = False) -> None:
    """Begin the backfill of a source, or go on with it; with other bounds it begins anew."""
    if bounds_of(db, source.id) != (since, until) or again:
        forget(db, source.id)
        _add_roots(db, source, since, until, now)


def add_roots(db: Database, source: Source, *, now: datetime) -> None:
    """Add the doors that became known since the backfill began; ``source`` has its bounds."""
    bounds = bounds_of(db, source.id)
    if bounds is not None:
        _add_roots(db, source, *bounds, now)


def _add_roots(db: Database, source: Source, since: date, until: date | None, now: datetime) -> None:
    for kind, url in roots(db, source):
        add_door(db, source.id, kind, url, via=None, since=since, until=until, now=now)


def forget(db: Database, source_id: str) -> None:
    """Remove a source's backfill; what was fetched stays."""
    db.execute("delete from backfill_urls where source_id = ?", [source_id])
    db.execute(
        "delete from backfill_pages where backfill_id in (select id from backfills where source_id = ?)", [source_id]
    )
    db.execute("delete from backfills where source_id = ?", [source_id])


def unfinished(db: Database) -> set[str]:
    """Return the ids of the sources of whose backfills anything is left."""
    return {
        row[0]
        for row in db.execute(
            "select source_id from backfills where state = 'open'"
            " union select source_id from backfill_urls where state in ('waiting', 'taken')"
        )
    }


def take(db: Database, source: Source, *, run_id: int, now: datetime, limit: int, articles: int) -> Taken:
    """Return what is to be fetched next: old articles, or else one page of a door.

    Nothing while a batch or a page is in progress; the caller passes no second request for a page.

    Args:
        db: The database.
        source: The source.
        run_id: The run that fetches them.
        now: The time.
        limit: Maximum number.
        articles: Maximum number of articles.
    """
    while True:
        left, again = sweep(db, source.id, now=now)
        if again:
            return Taken(leases=tuple(_lease(db, again[: min(limit, articles)], run_id=run_id, now=now)))
        if left:
            return Taken()
        rows = db.execute(
            "select url, backfill_id, declared_at from backfill_urls where source_id = ? and state = 'waiting'"
            " order by backfill_id, page, url limit ?",
            [source.id, min(limit, max(articles, 1))],
        ).fetchall()
        if not rows:
            door = next_door(db, source, now=now)
            return Taken(leases=(door,) if door is not None else ())
        taken = _promote(db, source, rows if articles > 0 else [], run_id=run_id, now=now)
        if taken.leases or taken.capped or articles <= 0:
            return taken


def sweep(db: Database, source_id: str, *, now: datetime) -> tuple[int, list[str]]:
    """Count the addresses that were fetched; return how many others are in progress, and those that are due again."""
    rows = db.execute(
        "select b.url, b.backfill_id, urls.state, urls.last_fetched_at, urls.next_due, articles.published_at"
        " from backfill_urls b left join urls on urls.url = b.url left join articles on articles.id = urls.article_id"
        " where b.source_id = ? and b.state = 'taken'",
        [source_id],
    ).fetchall()
    left, again = 0, []
    for url, door, state, fetched, due, published in rows:
        if state in ("due", "leased") and fetched is None:
            if state == "due" and (due or "") <= iso(now):
                again.append(url)
            else:
                left += 1
            continue
        day = published[:10] if published else None
        db.execute(
            "update backfill_urls set state = 'done', day = coalesce(?, day) where source_id = ? and url = ?"
            " and backfill_id = ?",
            [day, source_id, url, door],
        )
        db.execute("update backfills set fetched = fetched + ? where id = ?", [int(fetched is not None), door])
        note_day(db, door, day)
    return left, again


def _promote(
    db: Database, source: Source, rows: Sequence[tuple[str, int, str | None]], *, run_id: int, now: datetime
) -> Taken:
    """Pass waiting addresses to the frontier, and lease them."""
    named_by = "select id, case kind when 'dates' then via else url end from backfills where source_id = ?"
    vias = dict(db.execute(named_by, [source.id]).fetchall())
    capped = False
    urls = []
    for url, door, declared in rows:
        link = Link(url=url, kind=ARTICLE, declared_at=from_iso(declared) if declared else None)
        noted = additions.note_links(
            db, source.id, [link], via=vias[door], now=now, max_new=source.max_new, lists_old=True
        )
        if noted.left_out:
            capped = True
            break
        urls.append(url)
        db.execute(
            "update backfill_urls set state = 'taken' where source_id = ? and url = ? and backfill_id = ?",
            [source.id, url, door],
        )
    return Taken(leases=tuple(_lease(db, urls, run_id=run_id, now=now)), capped=capped)


def _lease(db: Database, urls: Sequence[str], *, run_id: int, now: datetime) -> list[Lease]:
    return [replace(each, is_old=True) for each in lease_queue.lease_these(db, urls, run_id=run_id, now=now)]
