"""Leases: addresses are handed out in batches, and taken back when a run stops or has died.

A lease is a state of a row. The run that holds the archive's lock is the only one, so every lease that it finds at
its start belongs to a run that died.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from talkscraper.frontier import schedule
from talkscraper.frontier.model import OUT_OF_BOUNDS, Lease
from talkscraper.sources.seed_kinds import ARTICLE, seed_kinds
from talkscraper.store.database import from_iso, iso

if TYPE_CHECKING:
    from sqlite_utils import Database

LEASE_TIME = timedelta(hours=1)
"""Duration of a lease, informative only: the next run gives leases back, not the clock."""

MAX_HASTENED = 50
"""Maximum number of seeds of a source in alarm that are due within a day."""

_COLUMNS = (
    "id, url, source_id, kind, etag, last_modified, payload_digest, lying_validators, interval_s, failures, "
    "discovered_at, declared_at, last_fetched_at, requisites_pending, full_fetch_at, named"
)
_DUE = (
    f"select {_COLUMNS} from urls where source_id = ? and state in ('due', 'done', 'failed', 'gone', 'refused')"
    " and next_due <= ? and not exists (select 1 from takedowns where takedowns.urlkey = urls.urlkey)"
)
_SEEDS = (
    f"{_DUE.replace('from urls', 'from urls indexed by urls_seeds')} and kind <> 'article' and kind in ({{}})"
    " order by priority desc, last_fetched_at is not null, last_fetched_at,"
    " coalesce(declared_at, discovered_at) desc, id limit ?"
)
NEVER_FETCHED = (
    f"{_DUE.replace('from urls', 'from urls indexed by urls_fresh')}"
    " and kind = 'article' and last_fetched_at is null and next_due is not null"
    " order by coalesce(declared_at, discovered_at) desc, id limit ?"
)
"""In the order of the index, so that a backlog of a million rows is never sorted."""
FETCHED_BEFORE = (
    f"{_DUE} and kind = 'article' and last_fetched_at is not null"
    " order by last_fetched_at, coalesce(declared_at, discovered_at) desc, id limit ?"
)


def lease(
    db: Database, source_id: str, *, run_id: int, now: datetime, limit: int, kinds: Collection[str] | None = None
) -> list[Lease]:
    """Lease up to ``limit`` due addresses of a source: seeds first, then the newest articles."""
    wanted = frozenset((ARTICLE, *seed_kinds()) if kinds is None else kinds)
    rows: list[tuple[Any, ...]] = []
    values = [source_id, iso(now)]
    seeds = sorted(wanted - {ARTICLE})
    if seeds:
        rows += db.execute(_SEEDS.format(", ".join("?" * len(seeds))), [*values, *seeds, limit]).fetchall()
    if ARTICLE in wanted:
        # never fetched addresses come first, so that a budget can't starve them
        for question in (NEVER_FETCHED, FETCHED_BEFORE):
            if len(rows) < limit:
                rows += db.execute(question, [*values, limit - len(rows)]).fetchall()
    return _leased(db, rows, run_id=run_id, now=now)


def lease_rows(db: Database, question: str, values: Sequence[object], *, run_id: int, now: datetime) -> list[Lease]:
    """Lease the rows of ``urls`` that a query finds; ``{columns}`` in it stands for the columns of a lease."""
    return _leased(db, db.execute(question.format(columns=_COLUMNS), values).fetchall(), run_id=run_id, now=now)


def _leased(db: Database, rows: list[tuple[Any, ...]], *, run_id: int, now: datetime) -> list[Lease]:
    db.conn.executemany(
        "update urls set state = 'leased', lease_run = ?, lease_until = ? where id = ?",
        [(run_id, iso(now + LEASE_TIME), row[0]) for row in rows],
    )
    return [_lease(row) for row in rows]


def lease_next(db: Database, source_id: str, *, run_id: int, now: datetime, limit: int, articles: int) -> list[Lease]:
    """Lease up to ``limit`` due addresses, with a maximum number of articles among them."""
    leases = lease(db, source_id, run_id=run_id, now=now, limit=limit, kinds=seed_kinds())
    room = min(limit - len(leases), articles)
    if room > 0:
        leases += lease(db, source_id, run_id=run_id, now=now, limit=room, kinds=(ARTICLE,))
    return leases


def lease_these(db: Database, urls: Collection[str], *, run_id: int, now: datetime) -> list[Lease]:
    """Lease those of these addresses that are due."""
    question = _DUE.replace("source_id = ?", "url = ?")
    rows = [row for url in dict.fromkeys(urls) for row in db.execute(question, [url, iso(now)]).fetchall()]
    return _leased(db, rows, run_id=run_id, now=now)


def lease_unseen_homepage(db: Database, source_id: str, *, run_id: int, now: datetime) -> list[Lease]:
    """Lease a source's homepage if it was never fetched and is due."""
    rows = db.execute(
        "select url from urls where source_id = ? and kind = 'homepage' and last_fetched_at is null", [source_id]
    ).fetchall()
    return lease_these(db, [row[0] for row in rows], run_id=run_id, now=now)


def due_count(
    db: Database | sqlite3.Connection, source_id: str, *, now: datetime, kinds: Collection[str] | None = None
) -> int:
    """Return the number of due addresses of a source."""
    wanted = (ARTICLE, *seed_kinds()) if kinds is None else kinds
    marks = ", ".join("?" * len(wanted))
    (count,) = db.execute(
        f"select count(*) from urls where source_id = ? and state in ('due', 'done', 'failed', 'gone', 'refused')"
        f" and next_due <= ? and kind in ({marks})",
        [source_id, iso(now), *wanted],
    ).fetchone()
    return int(count)


def give_back(db: Database, *, now: datetime) -> int:
    """Make every leased address due again; return how many. Call it only while holding the archive's lock."""
    cursor = db.execute(
        "update urls set state = 'due', next_due = coalesce(min(next_due, ?), ?), lease_run = null, lease_until = null"
        " where state = 'leased'",
        [iso(now), iso(now)],
    )
    return int(cursor.rowcount)


def resume_requisites(db: Database, *, now: datetime) -> int:
    """Make pages due whose requisites were still being fetched when the last run stopped."""
    cursor = db.execute(
        "update urls set state = 'due', next_due = ? where requisites_pending = 1 and state = 'done'", [iso(now)]
    )
    return int(cursor.rowcount)


def make_seeds_due(db: Database, source_id: str, *, now: datetime) -> None:
    """Make all seeds of a source due, whatever their interval: the caller named the source."""
    db.execute(
        "update urls set next_due = ? where source_id = ? and kind <> 'article'"
        " and state != 'refused' and (next_due is null or next_due > ?)",
        [iso(now), source_id, iso(now)],
    )


def make_homepage_due(db: Database, source_id: str, *, now: datetime) -> None:
    """Make the homepage due now, at the URL where it was last found."""
    db.execute(
        "update urls set next_due = ? where source_id = ? and kind = 'homepage' and state = 'done' and next_due > ?",
        [iso(now), source_id, iso(now)],
    )


def make_articles_due(db: Database, source_id: str, *, now: datetime) -> None:
    """Make every article due that isn't gone (``recrawl = "always"``)."""
    db.execute(
        "update urls set next_due = ? where source_id = ? and kind = 'article' and state = 'done'"
        " and (next_due is null or next_due > ?) and reason is not ?",
        [iso(now), source_id, iso(now), OUT_OF_BOUNDS],
    )


def _lease(row: tuple[Any, ...]) -> Lease:
    return Lease(
        id=row[0],
        url=row[1],
        source_id=row[2],
        kind=row[3],
        etag=row[4],
        last_modified=row[5],
        payload_digest=row[6],
        lying_validators=bool(row[7]),
        interval_s=row[8],
        failures=row[9],
        discovered_at=from_iso(row[10]),
        declared_at=from_iso(row[11]) if row[11] else None,
        last_fetched_at=from_iso(row[12]) if row[12] else None,
        requisites_pending=bool(row[13]),
        unconditional_since=from_iso(row[14]) if row[14] else None,
        named=row[15],
    )


def hasten_seeds(db: Database, source_id: str, *, now: datetime) -> None:
    """Make the first seeds of a source in alarm due within a day, whatever their intervals and failures."""
    latest = iso(now + schedule.ALARM_INTERVAL)
    db.execute(
        "update urls set next_due = ? where next_due > ? and id in (select id from urls where source_id = ?"
        " and kind <> 'article' and state <> 'leased' order by priority desc, last_listed_at desc limit ?)",
        [latest, latest, source_id, MAX_HASTENED],
    )
