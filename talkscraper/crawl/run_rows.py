"""Rows of a run: its start, its sources, its failures, its figures. Each function runs in one transaction."""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.crawl import retention
from talkscraper.frontier import backfills, lease_queue, seeds
from talkscraper.monitor.run_report import BAD, RunReport
from talkscraper.sources.model import Source
from talkscraper.store.database import from_iso, iso
from talkscraper.version import __version__

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.crawl.options import BackfillOrder


def begin_run(db: Database, *, command: str, now: datetime) -> int:
    """Write the run's row; give back the leases of runs that died, and mark those runs as died.

    The first run of a day also applies the retention periods.
    """
    last = db.execute("select max(started_at) from runs").fetchone()[0]
    if last is not None and last[:10] != iso(now)[:10]:
        retention.thin(db, now=now)
    db.execute(
        "update runs set finished_at = ?, exit_code = ?, reason = 'died' where finished_at is null", [iso(now), 1]
    )
    lease_queue.give_back(db, now=now)
    lease_queue.resume_requisites(db, now=now)
    cursor = db.execute(
        "insert into runs (command, started_at, pid, host, version) values (?, ?, ?, ?, ?)",
        [command, iso(now), os.getpid(), platform.node(), __version__],
    )
    assert cursor.lastrowid is not None
    return int(cursor.lastrowid)


def last_end(db: Database) -> datetime | None:
    """Return when the last run ended; one that was killed has ended when the next one found that out."""
    (last,) = db.execute("select max(finished_at) from runs").fetchone()
    return from_iso(last) if last is not None else None


def begin_source(db: Database, source: Source, *, named: bool, now: datetime) -> None:
    """Write the source's row and seeds, and make due what this run must fetch."""
    seeds.seed(db, source, now=now)
    if named or source.recrawl.always:
        lease_queue.make_seeds_due(db, source.id, now=now)
    if source.recrawl.always:
        lease_queue.make_articles_due(db, source.id, now=now)


def begin_backfill(db: Database, source: Source, *, order: BackfillOrder, now: datetime) -> None:
    """Write the source's row, its seeds, and the doors of its backfill."""
    seeds.seed(db, source, now=now)
    bounded = backfills.bounded(source, order.since, order.until)
    assert bounded.since is not None
    backfills.start(db, source, since=bounded.since, until=bounded.until, now=now, again=order.again)


def note_failure(
    db: Database, *, run_id: int, source_id: str, url: str, error: str, detail: str | None, now: datetime
) -> None:
    """Store the failure of an address; completeness reports cite its row as the reason."""
    db.execute(
        "insert into fetch_failures (run_id, source_id, url, failed_at, error, detail) values (?, ?, ?, ?, ?, ?)",
        [run_id, source_id, url, iso(now), error, detail],
    )


def end_run(db: Database, report: RunReport, *, now: datetime, crawled: bool = True) -> None:
    """Write the run's figures, and give back the leases it still holds; ``crawled``: it wasn't a backfill."""
    lease_queue.give_back(db, now=now)
    for source in report.sources:
        values = {
            "run_id": report.run_id,
            "source_id": source.source_id,
            "found": source.found,
            "fetched": source.fetched,
            "new": source.new,
            "revised": source.revised,
            "unchanged": source.unchanged,
            "failed": source.failed,
            "skipped": source.skipped,
            "bytes": source.bytes,
            "page_kinds": json.dumps(source.page_kinds, sort_keys=True),
            "min_gap_s": source.min_gap_s,
            "median_gap_s": source.median_gap_s,
            "delay_s": source.delay_s,
            "diagnosis": source.diagnosis if source.detail is None else f"{source.diagnosis}: {source.detail}",
            "left_out": source.left_out,
            "capped": source.capped,
        }
        db.execute(
            f"insert or replace into run_sources ({', '.join(values)}) values ({', '.join('?' * len(values))})",
            list(values.values()),
        )
        if source.diagnosis in BAD:
            lease_queue.hasten_seeds(db, source.source_id, now=now)
        if crawled and not source.by_hand:
            db.execute("update sources set last_crawled_at = ? where id = ?", [iso(now), source.source_id])
    db.execute(
        "update runs set finished_at = ?, exit_code = ?, reason = ?, summary = ? where id = ?",
        [
            iso(report.finished_at),
            int(report.exit_code),
            report.reason,
            json.dumps(report.summary(), ensure_ascii=False),
            report.run_id,
        ],
    )
