"""Retention of run data, so that it doesn't grow without limit. Provenance of captures is never removed.

| data | kept |
| --- | --- |
| ``runs``: time, options, reason of the end | for good |
| ``run_sources``: figures and diagnosis of a source in a run | for good, except rows with nothing due |
| ``run_sources`` rows with nothing due, or nothing fetched outside the hours | ``IDLE_KEPT`` |
| ``runs.summary``: the same figures as JSON, with gaps by host | ``SUMMARY_KEPT`` |
| ``fetch_failures`` | ``FAILURES_KEPT``; the last one of an address for good |
| ``requests_by_hand`` | ``FAILURES_KEPT`` |
| ``request_days`` | ``REQUEST_DAYS_KEPT`` |
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.frontier import request_days
from talkscraper.store.database import iso

if TYPE_CHECKING:
    from sqlite_utils import Database

IDLE_KEPT = timedelta(days=90)
SUMMARY_KEPT = timedelta(days=400)
"""More than a year, so that a week can be compared with the same week of the year before."""
FAILURES_KEPT = timedelta(days=400)
REQUEST_DAYS_KEPT = timedelta(days=90)


def thin(db: Database, *, now: datetime) -> None:
    """Remove rows older than their retention period."""
    db.execute(
        "delete from run_sources"
        " where (diagnosis = 'idle' or (diagnosis like 'waiting%' and fetched = 0 and found = 0))"
        " and run_id <= (select max(id) from runs where started_at < ?)",
        [iso(now - IDLE_KEPT)],
    )
    db.execute("delete from requests_by_hand where asked_at < ?", [iso(now - FAILURES_KEPT)])
    request_days.thin(db, before=iso(now - REQUEST_DAYS_KEPT)[:10])
    db.execute("update runs set summary = null where summary is not null and started_at < ?", [iso(now - SUMMARY_KEPT)])
    db.execute(
        "delete from fetch_failures where failed_at < ?"
        " and exists (select 1 from fetch_failures later where later.url = fetch_failures.url"
        " and later.id > fetch_failures.id)",
        [iso(now - FAILURES_KEPT)],
    )
