"""Counts of matches by day, and by day and value of a field, on bitmaps.

All that is read for one answer is read in one transaction, so that bitmaps and layout belong together.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain

from talkscraper.store.bitmaps.expression import evaluated, parsed
from talkscraper.store.bitmaps.layout import TERM_BITS, Layout, month_of_seq, numbers, restored, seqs_of
from talkscraper.store.bitmaps.planes import PlanesOfFields
from talkscraper.store.match import Prepared, ask
from talkscraper.store.row_numbers import FURTHEST, PER_DAY


@dataclass(frozen=True, slots=True)
class ByDay:
    """The matches of a search by day, as far as bitmaps tell."""

    counts: Counter[int]
    """By the number of the day (``seq``'s)."""
    gaps: tuple[Prepared, ...]
    """The same search within the days that have no bitmaps, to be counted by the index."""


@dataclass(frozen=True, slots=True)
class ByValue:
    """The matches of a search by value and period, as far as bitmaps tell."""

    counts: Counter[tuple[str, date]]
    gaps: tuple[Prepared, ...]


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Read everything as of one moment."""
    if connection.in_transaction:
        yield
        return
    connection.execute("begin")
    try:
        yield
    finally:
        connection.execute("rollback")


def by_day(connection: sqlite3.Connection, prepared: Prepared) -> ByDay | None:
    """Count the matches of each day; None if bitmaps are of no use for this search."""
    with snapshot(connection):
        months = _Months.of(connection, prepared)
        if months is None:
            return None
        found = months.matching()
        counts: Counter[int] = Counter()
        for layout, at in months.placed():
            for day, start, end in months.days(layout):
                if count := int.from_bytes(found[at + start : at + end], "little").bit_count():
                    counts[day] = count
        return ByDay(counts, months.gaps())


def by_value(
    connection: sqlite3.Connection,
    prepared: Prepared,
    field: str,
    series_of: Callable[[str | None], str],
    starts: Mapping[int, date],
    planes: PlanesOfFields,
) -> ByValue | None:
    """Count the matches of each period and value of a column; None if bitmaps are of no use for this search.

    Args:
        connection: The archive.
        prepared: The search.
        field: The column.
        series_of: Returns the series to which a value counts.
        starts: The first day of the period of each day, by its number.
        planes: Those of the searches before.
    """
    with snapshot(connection):
        months = _Months.of(connection, prepared)
        if months is None:
            return None
        found = months.matching()
        columns = planes.of(connection, field, months.layouts)
        counts: Counter[tuple[str, date]] = Counter()
        for layout, at in months.placed():
            column = columns[layout.month]
            series = [series_of(name) for name in column.names]
            for period, start, end in _together(months.days(layout), starts):
                for code, count in column.counts(found[at + start : at + end], start):
                    counts[series[code - 1], period] += count
        return ByValue(counts, months.gaps())


def _together(days: Iterable[tuple[int, int, int]], starts: Mapping[int, date]) -> Iterator[tuple[date, int, int]]:
    """Yield the bytes of each period's days that stand side by side."""
    found: tuple[date, int, int] | None = None
    for day, start, end in days:
        period = starts[day]
        if found is not None and found[0] == period and found[2] == start:
            found = period, found[1], end
        else:
            if found is not None:
                yield found
            found = period, start, end
    if found is not None:
        yield found


@dataclass(frozen=True)
class _Months:
    """The months that have bitmaps, within the days of a search."""

    connection: sqlite3.Connection
    prepared: Prepared
    common: dict[str, int]
    layouts: tuple[Layout, ...]
    low: int
    high: int
    """Numbers of the first and the last day of the search."""
    stale: frozenset[int]
    """Days that are left to the index."""

    @classmethod
    def of(cls, connection: sqlite3.Connection, prepared: Prepared) -> _Months | None:
        if prepared.parsed.numbers:
            return None
        terms = set(parsed(prepared.parsed.match).terms())
        marks = ", ".join("?" * len(terms))
        common = dict(
            map(
                tuple,
                connection.execute(f"select term, number from bitmap_terms where term in ({marks})", list(terms)),
            )
        )
        low, high = max(prepared.low, -FURTHEST), min(prepared.high, FURTHEST)
        if not common or (low % PER_DAY and low > -FURTHEST) or ((high + 1) % PER_DAY and high < FURTHEST):
            return None
        rows = connection.execute(
            "select month, counts from bitmap_months where month between ? and ? order by month",
            [_month(low), _month(high)],
        )
        layouts = tuple(restored(month, counts) for month, counts in rows)
        if not layouts:
            return None
        stale = connection.execute("select day from bitmap_stale")
        return cls(
            connection,
            prepared,
            common,
            layouts,
            low // PER_DAY,
            high // PER_DAY,
            frozenset(chain.from_iterable(stale)),
        )

    @cached_property
    def size(self) -> int:
        return sum(each.size for each in self.layouts)

    def placed(self) -> Iterator[tuple[Layout, int]]:
        """Yield each month with its first byte."""
        at = 0
        for each in self.layouts:
            yield each, at
            at += each.size

    def days(self, layout: Layout) -> Iterator[tuple[int, int, int]]:
        """Yield the days of a month that are counted, with their bytes."""
        for day, start, end in layout.days():
            if self.low <= day <= self.high and day not in self.stale:
                yield day, start, end

    def matching(self) -> bytes:
        """Return the bitmap of the matches."""
        found = evaluated(parsed(self.prepared.parsed.match), self._bitmap, self._index, self.common)
        return found.to_bytes(self.size, "little")

    def _bitmap(self, term: str) -> int | None:
        key = self.common[term] << TERM_BITS
        rows = dict(
            map(
                tuple,
                self.connection.execute(
                    "select id, bits from bitmaps where id between ? and ?",
                    [key + self.layouts[0].month, key + self.layouts[-1].month],
                ),
            )
        )
        try:
            parts = [rows[key + each.month] for each in self.layouts]
        except KeyError:
            return None
        whole = b"".join(parts)
        return int.from_bytes(whole, "little") if len(whole) == self.size else None

    @cached_property
    def _offsets(self) -> dict[int, Layout]:
        months = {each.month: each for each in self.layouts}
        rows = self.connection.execute(
            "select month, offsets from bitmap_months where month between ? and ?",
            [self.layouts[0].month, self.layouts[-1].month],
        )
        return {month: replace(months[month], offsets=numbers("I", offsets)) for month, offsets in rows}

    def _index(self, text: str) -> int:
        """Return the bitmap of what only the index knows."""
        cursor = self.connection.cursor()
        cursor.row_factory = None
        low = max(self.prepared.low, seqs_of(self.layouts[0].month)[0])
        high = min(self.prepared.high, seqs_of(self.layouts[-1].month)[1])
        sql = "select rowid from articles_fts where articles_fts match ? and rowid between ? and ? order by rowid"
        found = list(chain.from_iterable(ask(cursor, sql, [text, low, high])))
        if not found:
            return 0
        parts = []
        at = 0
        for each in self.layouts:
            end = bisect_right(found, seqs_of(each.month)[1], at)
            at = bisect_right(found, each.first_seq - 1, at)
            mine, at = found[at:end], end
            parts.append(self._offsets[each.month].bits_of(mine) if mine else bytes(each.size))
        return int.from_bytes(b"".join(parts), "little")

    def gaps(self) -> tuple[Prepared, ...]:
        """Return the search within what is between these months, and within the days that are left to the index."""
        stale = sorted(self.stale)
        bounds = []
        for each in self.layouts:
            start, last = seqs_of(each.month)
            for day in stale[bisect_left(stale, start // PER_DAY) : bisect_right(stale, last // PER_DAY)]:
                bounds.append((start, day * PER_DAY - 1))
                start = (day + 1) * PER_DAY
            bounds.append((start, last))
        found, start = [], self.prepared.low
        for first, last in bounds:
            if first <= last:
                if start < first:
                    found.append(replace(self.prepared, low=start, high=min(first - 1, self.prepared.high)))
                start = max(start, last + 1)
        if start <= self.prepared.high:
            found.append(replace(self.prepared, low=start))
        return tuple(each for each in found if each.low <= each.high)


def _month(seq: int) -> int:
    if seq <= -FURTHEST:
        return 0
    if seq >= FURTHEST:
        return 1 << TERM_BITS
    return month_of_seq(seq)
