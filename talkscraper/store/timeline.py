"""Timeline: the number of matching articles for each day, week or month, and of all articles.

Only full texts are counted, in both numbers, unless the query names ``access:`` or ``truncated:``.
Where copies are collapsed, both numbers are of stories, each on the day of its first printing.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal

from talkscraper.store import stories
from talkscraper.store.article_rows import PER_DAY, day_of_seq, seq_range
from talkscraper.store.match import Prepared, SearchRequest, matches, prepare

Unit = Literal["day", "week", "month"]

MAX_BUCKETS = 800
"""Maximum number of buckets; a longer range is divided into weeks, or else months."""
_FEW = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A day, a week from Monday, or a month."""

    start: date
    count: int
    """Number of matches."""
    all: int
    """Number of all articles of that time (of the source, if the request names one)."""

    @property
    def share(self) -> float:
        """Matches divided by all, 0.0 to 1.0."""
        return self.count / self.all if self.all else 0.0


def timeline(
    connection: sqlite3.Connection,
    request: SearchRequest,
    unit: Unit = "month",
    helpers: Sequence[sqlite3.Connection] = (),
) -> tuple[Bucket, ...]:
    """Return the matches by day, week or month, from the first bucket (or ``since``) to the last, without gaps.

    A range of more than ``MAX_BUCKETS`` days is divided into weeks, one of more weeks into months; see the buckets'
    starts.

    Args:
        connection: As for ``search.search``.
        request: The search request; ``limit``, ``order`` and ``after`` are ignored.
        unit: Length of a bucket.
        helpers: Further connections to the same database, to count in parallel.

    Raises:
        QueryError: the query is invalid.
    """
    prepared = prepare(request, connection)
    totals = _totals(connection, request, prepared, unit)
    if not totals:
        return ()
    first, last = min(totals), max(totals)
    edges = list(_edges(first, last, unit))
    if len(edges) > MAX_BUCKETS:
        return timeline(connection, request, "week" if unit == "day" else "month", helpers)
    everything = prepared.is_everything
    if not prepared.names_access:
        prepared = prepared.of_full_texts()
    counts = totals if everything else _counts((connection, *helpers), prepared, edges, unit)
    if prepared.collapses:
        source = request.value("source")
        all_repeats = stories.all_repeats(connection, prepared.low, prepared.high, str(source) if source else None)
        totals = _without(totals, all_repeats, unit)
        counts = totals if everything else _without(counts, stories.repeats(connection, prepared), unit)
    return tuple(Bucket(start=edge, count=counts.get(edge, 0), all=totals.get(edge, 0)) for edge in edges[:-1])


def _without(counts: Mapping[date, int], repeats: Mapping[int, int], unit: Unit) -> dict[date, int]:
    """Return the counts without copies of what was counted before, so that stories are left."""
    left = dict(counts)
    for number, repeated in repeats.items():
        left[bucket_of(day_of_seq(number * PER_DAY), unit)] -= repeated
    return left


def bucket_of(day: date, unit: Unit) -> date:
    """Return the first day of the bucket that contains ``day``."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1)


def _totals(connection: sqlite3.Connection, request: SearchRequest, prepared: Prepared, unit: Unit) -> dict[date, int]:
    number = "articles + truncated" if prepared.names_access else "articles"
    sql = f"select day, sum({number}) from article_days where day between ? and ?"
    values: list[Any] = [_day(prepared.low), _day(prepared.high)]
    if source := request.value("source"):
        sql += " and source_id = ?"
        values.append(source)
    totals: Counter[date] = Counter()
    for day, count in connection.execute(f"{sql} group by day having sum({number}) > 0", values):
        totals[bucket_of(date.fromisoformat(day), unit)] += count
    return dict(totals)


def _counts(
    connections: Sequence[sqlite3.Connection], prepared: Prepared, edges: list[date], unit: Unit
) -> dict[date, int]:
    few = list(matches(connections[0], prepared, limit=_FEW + 1))
    if len(few) <= _FEW:
        days = Counter(seq // PER_DAY for seq in few)
        counts: Counter[date] = Counter()
        for number, found in days.items():
            counts[bucket_of(day_of_seq(number * PER_DAY), unit)] += found
        return dict(counts)
    # for a common word the index counts ranges of row numbers much faster than it returns the matches
    spans = list(pairwise(edges))

    def share(number: int) -> dict[date, int]:
        # every second bucket, or third: neighbours have about as many matches
        mine = spans[number :: len(connections)]
        return {start: _count(connections[number], prepared, start, end) for start, end in mine}

    if len(connections) == 1:
        return share(0)
    together: dict[date, int] = {}
    with ThreadPoolExecutor(len(connections)) as pool:
        for part in pool.map(share, range(len(connections))):
            together |= part
    return together


def _count(connection: sqlite3.Connection, prepared: Prepared, start: date, end: date) -> int:
    low, high = seq_range(start.isoformat(), (end - timedelta(days=1)).isoformat())
    condition, values = prepared.where(max(low, prepared.low), min(high, prepared.high))
    return int(connection.execute(f"select count(*) from articles_fts where {condition}", values).fetchone()[0])


def _edges(first: date, last: date, unit: Unit) -> Iterator[date]:
    at = first
    while at <= last:
        yield at
        at = _next(at, unit)
    yield at


def _next(start: date, unit: Unit) -> date:
    if unit == "day":
        return start + timedelta(days=1)
    if unit == "week":
        return start + timedelta(days=7)
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1)


def _day(seq: int) -> str:
    if seq <= -(2**61):
        return "0001-01-01"
    if seq >= 2**61:
        return "9999-12-31"
    return day_of_seq(seq).isoformat()
