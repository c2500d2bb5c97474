"""Pages of a backfill's doors: what one names, as rows, and where its door goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.discovery.date_bounds import period_of
from talkscraper.discovery.model import Link
from talkscraper.frontier import schedule
from talkscraper.frontier.backfill_doors import (
    DATES,
    LISTING,
    MAX_DATE_DOORS,
    MAX_EMPTY,
    MAX_FAILURES,
    MAX_STALE,
    SITEMAP,
    add_door,
    close_door,
    note_day,
    period_at,
)
from talkscraper.frontier.model import Lease
from talkscraper.store.database import iso
from talkscraper.urls.date_archives import address_of, unit_of
from talkscraper.urls.periods import Period, period_of_article

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.discovery.older_pages import OlderPage
    from talkscraper.sources.model import Source

_CHILD_RANK = 1


def store_page(db: Database, source: Source, lease: Lease, page: OlderPage, *, url: str, now: datetime) -> int:
    """Store what a page of a door names, and where it goes on; return how many addresses are to be fetched.

    ``url`` is where the page was, after redirects.
    """
    row = db.execute(
        "select kind, page, url, day, since, until, stale from backfills where id = ? and state = 'open'",
        [lease.backfill_id],
    ).fetchone()
    if row is None:
        return 0
    door, (kind, number, pattern, day, since, until, stale) = lease.backfill_id, row
    assert door is not None
    first, last = date.fromisoformat(since), date.fromisoformat(until) if until else None
    if _was_walked(db, door, lease.url, url, page):
        db.execute("update backfills set stale = stale + 1 where id = ?", [door])
        _go_on(db, door, None if kind != DATES else _earlier(pattern, day, first), "repeats", now=now)
        return 0
    for address in {lease.url, url}:
        db.execute(
            "insert or ignore into backfill_pages (backfill_id, address, names, walked_at) values (?, ?, ?, ?)",
            [door, _digest([address]), _digest(link.url for link in page.articles), iso(now)],
        )
    fresh, found = _store_links(db, source.id, door, number + 1, page.articles, now=now)
    stale = 0 if fresh or page.older else stale + 1
    db.execute(
        "update backfills set page = page + 1, pages = pages + 1, found = found + ?, older = ?, stale = ?,"
        " failures = 0, retry_at = null where id = ?",
        [found, page.older, stale, door],
    )
    for child in page.sitemaps:
        days = period_of(child)
        add_door(
            db, source.id, SITEMAP, child.url, via=lease.url, since=first, until=last, now=now, rank=_CHILD_RANK,
            days=days,
        )  # fmt: skip
    if kind == LISTING and number == 0:
        _add_archives(db, source, page, via=lease.url, since=first, until=last, now=now)
    following = page.next_url if kind != SITEMAP or not page.sitemaps else None
    if kind == DATES:
        if following is None or stale > 1:
            _go_on(db, door, _earlier(pattern, day, first), "since", now=now)
            return found
    elif stale >= MAX_STALE:
        _go_on(db, door, None, "repeats" if number else "empty", now=now)
        return found
    db.execute("update backfills set cursor = ? where id = ?", [following, door])
    if following is None and kind == SITEMAP:
        close_door(db, door, "end", now=now)
    return found


def ended(db: Database, lease: Lease, *, now: datetime) -> None:
    """Note that there is no page at the address (404, or a redirect to one that was walked): the list has ended."""
    row = db.execute(
        "select kind, url, day, since, page from backfills where id = ? and state = 'open'", [lease.backfill_id]
    ).fetchone()
    if row is None:
        return
    assert lease.backfill_id is not None
    kind, pattern, day, since, page = row
    if kind == DATES:
        db.execute("update backfills set stale = stale + 1 where id = ?", [lease.backfill_id])
        _go_on(db, lease.backfill_id, _earlier(pattern, day, date.fromisoformat(since)), "since", now=now)
    else:
        close_door(db, lease.backfill_id, "end" if page else "gone", now=now)


def failed(
    db: Database, lease: Lease, error: str, *, now: datetime, final: bool, retry_at: datetime | None = None
) -> None:
    """Note a failure of a door's page: it is tried again, at growing intervals; a final one closes the door.

    ``retry_at``: it wasn't tried, because its host is busy until then.
    """
    if retry_at is not None:
        db.execute("update backfills set retry_at = ? where id = ?", [iso(retry_at), lease.backfill_id])
        return
    assert lease.backfill_id is not None
    (failures,) = db.execute("select failures + 1 from backfills where id = ?", [lease.backfill_id]).fetchone() or (0,)
    if final or failures >= MAX_FAILURES:
        close_door(db, lease.backfill_id, error if final else "failed", now=now)
        return
    db.execute(
        "update backfills set failures = ?, why = ?, retry_at = ? where id = ?",
        [failures, error, iso(now + schedule.retry_seed(failures)), lease.backfill_id],
    )


def _go_on(db: Database, door: int, earlier: tuple[str, Period] | None, why: str, *, now: datetime) -> None:
    """Go on with the period before, or close the door."""
    if earlier is None:
        close_door(db, door, why, now=now)
        return
    address, days = earlier
    stale, pattern = db.execute("select stale, url from backfills where id = ?", [door]).fetchone()
    if stale >= MAX_EMPTY[unit_of(pattern)]:
        close_door(db, door, "empty", now=now)
        return
    walked = days.last + timedelta(days=1)
    db.execute(
        "update backfills set cursor = ?, day = ?, failures = 0, retry_at = null,"
        " oldest = case when stale < page then min(coalesce(oldest, '9999'), max(since, ?)) else oldest end"
        " where id = ?",
        [address, days.first.isoformat(), walked.isoformat(), door],
    )


def _earlier(pattern: str, day: str | None, since: date) -> tuple[str, Period] | None:
    current = period_at(pattern, date.fromisoformat(day)) if day else None
    before = current.before() if current is not None else None
    return None if before is None or before.last < since else (address_of(pattern, before), before)


def _add_archives(
    db: Database, source: Source, page: OlderPage, *, via: str, since: date, until: date | None, now: datetime
) -> None:
    newest = min(until, now.date()) if until is not None else now.date()
    (count,) = db.execute(
        "select count(*) from backfills where source_id = ? and kind = 'dates'", [source.id]
    ).fetchone()
    for pattern in page.archives[: max(0, MAX_DATE_DOORS - count)]:
        days = period_at(pattern, newest)
        if days is not None:
            add_door(
                db, source.id, DATES, pattern, via=via, since=since, until=until, now=now,
                cursor=address_of(pattern, days), day=days.first,
            )  # fmt: skip


def _store_links(
    db: Database, source_id: str, door: int, page: int, links: Iterable[Link], *, now: datetime
) -> tuple[int, int]:
    """Store the addresses that a page names; return how many the door hadn't named, and how many are to be fetched."""
    fresh = found = 0
    for link in links:
        known = db.execute(
            "select backfill_id = ? from backfill_urls where source_id = ? and url = ? order by 1 desc limit 1",
            [door, source_id, link.url],
        ).fetchone()
        if known is not None and known[0]:
            continue
        fresh += 1
        wanted = known is None and _is_wanted(db, link.url)
        days = period_of_article(link.url)
        declared = link.declared_at if link.declared_at is not None and link.declared_at <= now else None
        day = declared.date() if declared else days.last if days is not None and days.unit == "day" else None
        db.execute(
            "insert into backfill_urls (source_id, url, backfill_id, page, declared_at, state, day)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            [source_id, link.url, door, page, iso(declared) if declared else None,
             "waiting" if wanted else "seen", day.isoformat() if day else None],
        )  # fmt: skip
        note_day(db, door, day.isoformat() if day else None)
        found += wanted
    return fresh, found


def _is_wanted(db: Database, url: str) -> bool:
    """Whether an address has never been fetched, and may be."""
    row = db.execute("select state, last_fetched_at from urls where url = ?", [url]).fetchone()
    return row is None or (row[0] in ("due", "leased") and row[1] is None)


def _was_walked(db: Database, door: int, address: str, url: str, page: OlderPage) -> bool:
    """Whether the door led to this page before: the same address, or another that names the same articles."""
    names = _digest(link.url for link in page.articles)
    walked = "select 1 from backfill_pages where backfill_id = ? and (address in (?, ?) or (names = ? and ?)) limit 1"
    values = [door, _digest([address]), _digest([url]), names, int(bool(page.articles))]
    return db.execute(walked, values).fetchone() is not None


def _digest(addresses: Iterable[str]) -> str:
    text = "\n".join(sorted(addresses))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
