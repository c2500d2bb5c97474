"""Repair, at the start of a run, of times that an earlier run with a clock set ahead wrote.

A run whose clock was years ahead postponed every address until then, and its looks at articles count as the newest:
later runs would find nothing due and report success, and their captures would never be shown. So times after now are
corrected: addresses fetched by such a run are due, no address is postponed beyond the schedule's maximum, and articles
show their latest look that isn't in the future.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.frontier import schedule
from talkscraper.store import articles
from talkscraper.store.database import iso, latest

if TYPE_CHECKING:
    from sqlite_utils import Database

_STATES = ("due", "done", "failed", "gone", "refused")
_URL_TIMES = ("last_fetched_at", "last_changed_at", "discovered_at", "last_listed_at", "full_fetch_at", "gone_at")
_ARTICLE_TIMES = ("indexed_at", "gone_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedTimes:
    """Numbers of rows whose times lay in the future."""

    addresses: int = 0
    articles: int = 0
    runs: int = 0

    def note(self) -> str | None:
        """Return the numbers as one line; None where nothing was corrected."""
        if not self.addresses and not self.articles and not self.runs:
            return None
        return (
            f"the clock was ahead once: {self.addresses} addresses that were put off beyond the schedule are due in"
            f" time again, {self.articles} articles and {self.runs} runs had times after now"
        )


def repair_times(db: Database, *, now: datetime, longest: timedelta = schedule.MAX_INTERVAL) -> RepairedTimes:
    """Correct times after ``now``; ``longest`` is the schedule's maximum postponement.

    Where the clock was always right this costs a few index look-ups.
    """
    limit, horizon = latest(now), iso(now + longest)
    runs = db.execute(
        "update runs set started_at = min(started_at, ?), finished_at = min(finished_at, ?)"
        " where started_at > ? or finished_at > ?",
        [iso(now), iso(now), limit, limit],
    ).rowcount
    if not runs and not _beyond(db, horizon):
        return RepairedTimes()
    addresses = db.execute(
        "update urls set next_due = ? where state in ('due', 'done', 'failed', 'refused') and last_fetched_at > ?"
        " and (next_due is null or next_due > ?)",
        [iso(now), limit, iso(now)],
    ).rowcount
    addresses += db.execute("update urls set next_due = ? where next_due > ?", [horizon, horizon]).rowcount
    _clamp(db, "urls", _URL_TIMES, now)
    _clamp(db, "sources", ("last_crawled_at",), now)
    db.execute(
        "update host_notes set blocked_until = null, last_fetch_at = null, robots_checked_at = null"
        " where last_fetch_at > ? or robots_checked_at > ? or blocked_until > ?",
        [limit, limit, horizon],
    )
    ahead = db.execute("select id from articles where last_captured_at > ?", [limit]).fetchall()
    _clamp(db, "articles", _ARTICLE_TIMES, now)
    for row in ahead:
        articles.settle_again(db, row[0], now=now, until=now)
    return RepairedTimes(addresses=addresses, articles=len(ahead), runs=runs)


def _beyond(db: Database, horizon: str) -> bool:
    """Whether any address is due later than the schedule allows; one index look-up for each source and state."""
    row = db.execute(
        "select 1 from sources where exists (select 1 from json_each(?) as states join urls"
        " on urls.source_id = sources.id and urls.state = states.value and urls.next_due > ?) limit 1",
        ['["' + '", "'.join(_STATES) + '"]', horizon],
    ).fetchone()
    return row is not None


def _clamp(db: Database, table: str, columns: tuple[str, ...], now: datetime) -> None:
    for column in columns:
        db.execute(f"update {table} set {column} = ? where {column} > ?", [iso(now), latest(now)])
