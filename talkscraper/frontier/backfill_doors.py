"""The doors of a backfill, as rows: which there are, which page of which is next, and when one has ended."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from talkscraper.frontier.model import Lease
from talkscraper.store.database import iso
from talkscraper.urls.date_archives import prefix_of, unit_of
from talkscraper.urls.periods import Period, period

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

SITEMAP, LISTING, DATES = "sitemap", "listing", "dates"
"""Kinds of doors; the first two are kinds of seeds."""
MAX_PAGES = 5000
"""Maximum number of pages of one door."""
MAX_DOORS = 4000
"""Maximum number of doors of a source: sitemaps of an index, sections, archives."""
MAX_DATE_DOORS = 20
MAX_NAMED = 500_000
"""Maximum number of addresses that a source's doors name."""
MAX_STALE = 3
"""Number of consecutive pages of a list that name nothing new, after which it has ended."""
MAX_EMPTY = {"year": 5, "month": 24, "day": 366}
"""The same for the pages of an archive by date, by the length of their periods."""
MAX_FAILURES = 5
"""Number of consecutive failures after which a door is given up."""

_RANKS = {SITEMAP: 0, DATES: 2, LISTING: 3}

WHYS = {
    "since": "the first day was reached",
    "end": "the list ended",
    "repeats": "its pages repeat",
    "empty": "its pages name nothing",
    "covered": "another archive names the same articles",
    "pages": f"more than {MAX_PAGES:,} pages",
    "named": f"more than {MAX_NAMED:,} addresses",
    "failed": f"{MAX_FAILURES} failures in a row",
}
"""Values of ``backfills.why``, with their meaning; others are reasons of failures."""


def add_door(
    db: Database,
    source_id: str,
    kind: str,
    url: str,
    *,
    via: str | None,
    since: date,
    until: date | None,
    now: datetime,
    days: Period | None = None,
    rank: int | None = None,
    cursor: str | None = None,
    day: date | None = None,
) -> None:
    """Add a door, unless it is known or the source has ``MAX_DOORS``; its first page is ``cursor``, or its address."""
    (count,) = db.execute("select count(*) from backfills where source_id = ?", [source_id]).fetchone()
    if count >= MAX_DOORS:
        return
    values = {
        "source_id": source_id, "kind": kind, "url": url, "via": via, "since": since.isoformat(),
        "until": until.isoformat() if until else None, "first_day": days.first.isoformat() if days else None,
        "last_day": days.last.isoformat() if days else None, "rank": _RANKS[kind] if rank is None else rank,
        "state": "open", "cursor": cursor or url, "day": day.isoformat() if day else None, "started_at": iso(now),
    }  # fmt: skip
    db.execute(
        f"insert or ignore into backfills ({', '.join(values)}) values ({', '.join('?' * len(values))})",
        list(values.values()),
    )


def next_door(db: Database, source: Source, *, now: datetime) -> Lease | None:
    """Return a lease of the next page of the first open door; doors that have ended are closed on the way."""
    while True:
        row = db.execute(
            "select id, kind, cursor, page, older, url from backfills where source_id = ? and state = 'open'"
            " and coalesce(retry_at, '') <= ? order by rank, last_day desc, id limit 1",
            [source.id, iso(now)],
        ).fetchone()
        if row is None:
            return None
        door, kind, cursor, page, older, pattern = row
        why = None
        if kind == LISTING and page and _is_past(db, door, page, older):
            why = "since"
        elif kind == DATES and page == 0 and _is_covered(db, source.id, pattern):
            why = "covered"
        elif cursor is None:
            why = "end"
        elif page >= MAX_PAGES:
            why = "pages"
        elif not page and _named(db, source.id) >= MAX_NAMED:
            why = "named"
        if why is not None:
            close_door(db, door, why, now=now)
            continue
        return Lease(
            id=0, url=cursor, source_id=source.id, kind=SITEMAP if kind == SITEMAP else LISTING, backfill_id=door,
            discovered_at=now,
        )  # fmt: skip


def _is_past(db: Database, door: int, page: int, older: int) -> bool:
    """Whether all that the last page named, and no page before, is older than the first day."""
    past, inside = db.execute(
        "select sum(day < since), sum(day is null or day >= since) from (select"
        " coalesce(b.day, substr(articles.published_at, 1, 10), substr(urls.declared_at, 1, 10)) as day,"
        " backfills.since as since from backfill_urls b join backfills on backfills.id = b.backfill_id"
        " left join urls on urls.url = b.url left join articles on articles.id = urls.article_id"
        " where b.backfill_id = ? and b.page = ?)",
        [door, page],
    ).fetchone()
    return bool((past or 0) + older) and not inside


def _is_covered(db: Database, source_id: str, pattern: str) -> bool:
    rows = db.execute(
        "select url from backfills where source_id = ? and kind = 'dates' and stale < page", [source_id]
    ).fetchall()
    return any(prefix_of(row[0]) == prefix_of(pattern) for row in rows)


def _named(db: Database, source_id: str) -> int:
    (found,) = db.execute("select coalesce(sum(found), 0) from backfills where source_id = ?", [source_id]).fetchone()
    return int(found)


def close_door(db: Database, door: int, why: str, *, now: datetime) -> None:
    """End a door. If the days are known that it covers, or all were walked, its oldest is the first of them."""
    state = "failed" if why in ("pages", "named", "failed") or why not in WHYS else "done"
    db.execute(
        "update backfills set state = ?, why = ?, retry_at = null, finished_at = ? where id = ?",
        [state, why, iso(now), door],
    )
    if state == "done":
        db.execute(
            "update backfills set oldest = min(coalesce(oldest, '9999'), max(since, first_day))"
            " where id = ? and first_day is not null",
            [door],
        )
        db.execute("update backfills set oldest = since where id = ? and why = 'since'", [door])
    # the addresses are needed to recognise repeated pages of this door only
    db.execute("delete from backfill_urls where backfill_id = ? and state in ('done', 'seen')", [door])
    db.execute("delete from backfill_pages where backfill_id = ?", [door])


def note_day(db: Database, door: int, day: str | None) -> None:
    """Note the day of an article that a door named, if it is the oldest within the bounds."""
    if day is not None:
        db.execute(
            "update backfills set oldest = ? where id = ? and ? >= since and coalesce(oldest, '9999') > ?",
            [day, door, day, day],
        )


def period_at(pattern: str, day: date) -> Period | None:
    """Return the period of a pattern of archives in which a day is; None if there is none."""
    return period(day.year, day.month, day.day, unit=unit_of(pattern))
