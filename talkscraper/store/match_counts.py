"""Counts of the matches of one search: by period, and by period and value of a column.

Bitmaps (``bitmaps``) count what they know by value; all else is counted by the full-text index. Row numbers encode days
(``row_numbers``), so a period is a range of row numbers.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cache

from talkscraper.store.bitmaps.counts import by_value
from talkscraper.store.bitmaps.planes import PlanesOfFields
from talkscraper.store.match import Prepared, ask, matches
from talkscraper.store.periods import Unit, last_day, period_of
from talkscraper.store.row_numbers import PER_DAY, day_number, day_of_seq, seq_range

CountsByValue = dict[tuple[str, date], int]
"""Counts by value (empty where there is none) and first day of a period."""

_FEW = 5_000
"""Maximum number of matches that are listed to be counted."""
_DAYS_BEFORE = 1_000_000
"""More days than there are before 1970: SQLite divides negative numbers towards zero."""


def span(connection: sqlite3.Connection, prepared: Prepared) -> tuple[date, date] | None:
    """Return the days of the first and the last match; None without any."""
    condition, values = prepared.where(prepared.low, prepared.high)
    ends = []
    for order in ("asc", "desc"):
        sql = f"select rowid from articles_fts where {condition} order by rowid {order} limit 1"
        found = ask(connection, sql, values).fetchone()
        if found is None:
            return None
        ends.append(day_of_seq(found[0]))
    return ends[0], ends[1]


def limited(prepared: Prepared, first: date, last: date) -> Prepared:
    """Return the request restricted to days."""
    low, high = seq_range(first.isoformat(), last.isoformat())
    return replace(prepared, low=max(low, prepared.low), high=min(high, prepared.high))


def number(connection: sqlite3.Connection, prepared: Prepared) -> int:
    """Return the number of matches."""
    condition, values = prepared.where(prepared.low, prepared.high)
    return int(ask(connection, f"select count(*) from articles_fts where {condition}", values).fetchone()[0])


def counts(
    connections: Sequence[sqlite3.Connection], prepared: Prepared, starts: Sequence[date], unit: Unit
) -> dict[date, int]:
    """Return the matches of each period, counted over several connections in parallel."""
    if prepared.low > prepared.high:
        return {}
    within_ = [each for each in starts if _reaches(prepared, each, unit)]
    if unit == "day" or any(each.prefix for each in prepared.parsed.phrases):
        # a prefix is looked up again for each range; and many short ranges take longer than all matches at once
        return by_period(_listed_days(connections[0], prepared), unit)
    few = list(matches(connections[0], prepared, limit=_FEW + 1))
    if len(few) <= _FEW:
        return by_period(Counter(seq // PER_DAY for seq in few), unit)

    # for a common word the index counts ranges of row numbers much faster than it returns the matches
    def part(at: int) -> dict[date, int]:
        # every second period, or third: neighbours have about as many matches
        mine = within_[at :: len(connections)]
        return {each: number(connections[at], limited(prepared, each, last_day(each, unit))) for each in mine}

    if len(connections) == 1:
        return part(0)
    together: dict[date, int] = {}
    with ThreadPoolExecutor(len(connections)) as pool:
        for each in pool.map(part, range(len(connections))):
            together |= each
    return together


def by_period(days: Mapping[int, int], unit: Unit, first: date = date.min, last: date = date.max) -> Counter[date]:
    """Return the sums of each period, of the days from ``first`` to ``last``."""
    found: Counter[date] = Counter()
    starts = _StartsOfNumbers(unit)
    low, high = (seq // PER_DAY for seq in seq_range(first.isoformat(), last.isoformat()))
    for number_, count in days.items():
        if low <= number_ <= high:
            found[starts[number_]] += count
    return found


def _reaches(prepared: Prepared, start: date, unit: Unit) -> bool:
    """Whether a period has days of a search."""
    low, high = seq_range(start.isoformat(), last_day(start, unit).isoformat())
    return prepared.low <= high and low <= prepared.high


def _listed_days(connection: sqlite3.Connection, prepared: Prepared) -> dict[int, int]:
    condition, values = prepared.where(prepared.low, prepared.high)
    sql = f"select (rowid + ?) / ? as day, count(*) from articles_fts where {condition} group by 1"
    cursor = connection.cursor()
    cursor.row_factory = None
    return {day - _DAYS_BEFORE: count for day, count in ask(cursor, sql, [_DAYS_BEFORE * PER_DAY, PER_DAY, *values])}


def counts_by(
    connection: sqlite3.Connection,
    prepared: Prepared,
    column: str,
    series_of: Callable[[str | None], str],
    unit: Unit,
    planes: PlanesOfFields,
) -> CountsByValue:
    """Return the matches of each period and value.

    Args:
        connection: The archive.
        prepared: The search.
        column: The column by which they are counted; the index ``articles_facets`` holds it.
        series_of: Returns the value to which one of the column's counts.
        unit: Of the periods.
        planes: Those of the searches before.
    """
    key = cache(series_of)
    starts = _StartsOfNumbers(unit)
    mapped = by_value(connection, prepared, column, key, starts, planes)
    together: Counter[tuple[str, date]] = mapped.counts if mapped is not None else Counter()
    for gap in mapped.gaps if mapped is not None else (prepared,):
        condition, values = gap.where(gap.low, gap.high)
        sql = (
            f"select {column}, (found.seq + ?) / ? as day, count(*)"
            f" from (select rowid as seq from articles_fts where {condition}) as found"
            # a covering index holds these columns: the rows with their long texts aren't read
            " cross join articles as a indexed by articles_facets on a.seq = found.seq group by 1, 2"
        )
        cursor = connection.cursor()
        cursor.row_factory = None
        for value, day, count in ask(cursor, sql, [_DAYS_BEFORE * PER_DAY, PER_DAY, *values]):
            together[key(value), starts[day - _DAYS_BEFORE]] += count
    return dict(together)


class _StartsOfNumbers(dict[int, date]):
    """The first day of the period of each day, by its number."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self._unit = unit

    def __missing__(self, day: int) -> date:
        start = period_of(day_of_seq(day * PER_DAY), self._unit)
        # the others of the period at once: a search mostly has them
        for each in range(day_number(start.isoformat()), day_number(last_day(start, self._unit).isoformat()) + 1):
            self[each] = start
        return start
