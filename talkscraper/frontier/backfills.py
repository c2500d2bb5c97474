"""Backfills: the search for a source's older articles, as rows, so that it may end at any time and go on later.

A **door** is a sitemap, a paged list or an archive by date. One page of one door is walked at a time; the addresses
that it names wait in ``backfill_urls`` until they are passed to the frontier in small batches; the next page is walked
when all of them are fetched. So the frontier never holds more than a batch of old addresses, and where dates are known
only from the articles, a list ends at the first page whose articles are all too old. Each function runs in one
transaction; a page that wasn't stored when a run died is fetched again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.discovery.date_bounds import period_of
from talkscraper.discovery.model import Link
from talkscraper.frontier import additions, lease_queue, schedule
from talkscraper.frontier.model import Lease
from talkscraper.frontier.seeds import NO_LONGER
from talkscraper.sources.seed_kinds import ARTICLE
from talkscraper.store.database import from_iso, iso
from talkscraper.urls.date_archives import address_of, prefix_of, unit_of
from talkscraper.urls.page_numbers import page_number_in
from talkscraper.urls.periods import Period, period, period_of_article

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.discovery.older_pages import OlderPage
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
_CHILD_RANK = 1

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
        _add_door(db, source.id, kind, url, via=None, since=since, until=until, now=now)


def forget(db: Database, source_id: str) -> None:
    """Remove a source's backfill; what was fetched stays."""
    db.execute("delete from backfill_urls where source_id = ?", [source_id])
    db.execute(
        "delete from backfill_pages where backfill_id in (select id from backfills where source_id = ?)", [source_id]
    )
    db.execute("delete from backfills where source_id = ?", [source_id])


def is_open(db: Database, source_id: str) -> bool:
    """Whether anything of a source's backfill is left."""
    return db.execute(
        "select 1 from backfills where source_id = ? and state = 'open'"
        " union all select 1 from backfill_urls where source_id = ? and state in ('waiting', 'taken') limit 1",
        [source_id, source_id],
    ).fetchone() is not None  # fmt: skip


def _add_door(
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


# --- what is fetched next ---------------------------------------------------------------------------------------------


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
            door = _next_door(db, source, now=now)
            return Taken(leases=(door,) if door is not None else ())
        taken = _promote(db, source, rows if articles > 0 else [], run_id=run_id, now=now)
        if taken.leases or taken.capped or articles <= 0:
            return taken
        # a crawl has fetched all of them meanwhile


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
        _note_day(db, door, day)
    return left, again


def _note_day(db: Database, door: int, day: str | None) -> None:
    if day is not None:
        db.execute(
            "update backfills set oldest = ? where id = ? and ? >= since and coalesce(oldest, '9999') > ?",
            [day, door, day, day],
        )


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


def _next_door(db: Database, source: Source, *, now: datetime) -> Lease | None:
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
            _close(db, door, why, now=now)
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


def _close(db: Database, door: int, why: str, *, now: datetime) -> None:
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


# --- what a page was --------------------------------------------------------------------------------------------------


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
        _add_door(
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
        _close(db, door, "end", now=now)
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
        _close(db, lease.backfill_id, "end" if page else "gone", now=now)


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
        _close(db, lease.backfill_id, error if final else "failed", now=now)
        return
    db.execute(
        "update backfills set failures = ?, why = ?, retry_at = ? where id = ?",
        [failures, error, iso(now + schedule.retry_seed(failures)), lease.backfill_id],
    )


def _go_on(db: Database, door: int, earlier: tuple[str, Period] | None, why: str, *, now: datetime) -> None:
    """Go on with the period before, or close the door."""
    if earlier is None:
        _close(db, door, why, now=now)
        return
    address, days = earlier
    stale, pattern = db.execute("select stale, url from backfills where id = ?", [door]).fetchone()
    if stale >= MAX_EMPTY[unit_of(pattern)]:
        _close(db, door, "empty", now=now)
        return
    walked = days.last + timedelta(days=1)
    db.execute(
        "update backfills set cursor = ?, day = ?, failures = 0, retry_at = null,"
        " oldest = case when stale < page then min(coalesce(oldest, '9999'), max(since, ?)) else oldest end"
        " where id = ?",
        [address, days.first.isoformat(), walked.isoformat(), door],
    )


def _earlier(pattern: str, day: str | None, since: date) -> tuple[str, Period] | None:
    current = _period_at(pattern, date.fromisoformat(day)) if day else None
    before = current.before() if current is not None else None
    return None if before is None or before.last < since else (address_of(pattern, before), before)


def _period_at(pattern: str, day: date) -> Period | None:
    return period(day.year, day.month, day.day, unit=unit_of(pattern))


def _add_archives(
    db: Database, source: Source, page: OlderPage, *, via: str, since: date, until: date | None, now: datetime
) -> None:
    newest = min(until, now.date()) if until is not None else now.date()
    (count,) = db.execute(
        "select count(*) from backfills where source_id = ? and kind = 'dates'", [source.id]
    ).fetchone()
    for pattern in page.archives[: max(0, MAX_DATE_DOORS - count)]:
        days = _period_at(pattern, newest)
        if days is not None:
            _add_door(
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
        _note_day(db, door, day.isoformat() if day else None)
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
