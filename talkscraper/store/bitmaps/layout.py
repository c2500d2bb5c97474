"""Which bit of a bitmap is which article's.

A bitmap is divided by calendar months. In a month, the articles of the index stand in the order of their row numbers
(``article_rows``), and each day begins with a new byte, so that the matches of a day are the bits of a few whole bytes.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import repeat
from typing import TYPE_CHECKING

from talkscraper.store.row_numbers import PER_DAY, day_of_seq, seq_range

if TYPE_CHECKING:
    import sqlite3

DAYS = 31
TERM_BITS = 20
"""A bitmap's row number is that of its term, times 2 to the power of this, plus that of its month."""
_ONES = bytes.maketrans(b"\0\1", b"01")


def month_of_seq(seq: int) -> int:
    """Return the number of the month of a row number: twelve times the year, plus the month."""
    day = day_of_seq(seq)
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """Return the first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def seqs_of(month: int) -> tuple[int, int]:
    """Return the first and the last row number of a month."""
    first = first_day(month)
    last = date.max if first.year == date.max.year and first.month == 12 else first_day(month + 1) - timedelta(days=1)
    return seq_range(first.isoformat(), last.isoformat())


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of the articles of a month."""

    month: int
    counts: Sequence[int]
    """The number of articles of each day."""
    starts: Sequence[int]
    """The byte at which each day begins, and that at which the month ends."""
    offsets: Sequence[int]
    """The row numbers, less the first of the month, in order; empty where they aren't needed."""

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.starts[-1]

    @property
    def first_seq(self) -> int:
        """The first row number of the month."""
        return seqs_of(self.month)[0]

    def days(self) -> Iterator[tuple[int, int, int]]:
        """Yield the number of each day that has articles, with its first byte and that after its last."""
        number = self.first_seq // PER_DAY
        for at, count in enumerate(self.counts):
            if count:
                yield number + at, self.starts[at], self.starts[at + 1]

    def padded(self, values: Sequence[int], filler: int) -> list[int]:
        """Return a value for each bit, out of one for each article."""
        padded: list[int] = []
        at = 0
        for day, count in enumerate(self.counts):
            padded += values[at : at + count]
            padded += repeat(filler, (self.starts[day + 1] - self.starts[day]) * 8 - count)
            at += count
        return padded

    def bits_of(self, found: Iterable[int]) -> bytes:
        """Return the bitmap of articles, by row numbers of this month; those that it doesn't have are left out."""
        base, offsets = self.first_seq, self.offsets
        sums = [0]
        for count in self.counts:
            sums.append(sums[-1] + count)
        bits = bytearray(self.size)
        for seq in found:
            offset = seq - base
            at = bisect_left(offsets, offset)
            if at < len(offsets) and offsets[at] == offset:
                day = offset // PER_DAY
                place = self.starts[day] * 8 + at - sums[day]
                bits[place >> 3] |= 1 << (place & 7)
        return bytes(bits)


def packed(found: set[int], padded: Sequence[int]) -> bytes:
    """Return the bitmap of articles out of many; ``padded`` has the row number of each bit."""
    return packed_digits(bytes(map(found.__contains__, padded)).translate(_ONES))


def packed_digits(digits: bytes) -> bytes:
    """Return the bitmap that has a bit for each digit, ``0`` or ``1``; their number is a multiple of eight."""
    return int(digits[::-1], 2).to_bytes(len(digits) // 8, "little") if digits else b""


def indexed_in(connection: sqlite3.Connection, month: int) -> array[int]:
    """Return the row numbers of a month's articles in the full-text index, in order."""
    rows = connection.execute(
        "select id from articles_fts_docsize where id between ? and ? order by id", seqs_of(month)
    )
    return array("q", (row[0] for row in rows))


def layout_of(month: int, seqs: Sequence[int]) -> Layout:
    """Return the layout of a month's row numbers, which are in order."""
    base = seqs_of(month)[0]
    offsets = array("I", (seq - base for seq in seqs))
    counts = [0] * DAYS
    for offset in offsets:
        counts[offset // PER_DAY] += 1
    return _layout(month, counts, offsets)


def stored(layout: Layout) -> tuple[bytes, bytes]:
    """Return the columns ``counts`` and ``offsets`` of a layout."""
    return column_of("I", layout.counts), column_of("I", layout.offsets)


def restored(month: int, counts: bytes, offsets: bytes = b"") -> Layout:
    """Return the layout of stored columns."""
    return _layout(month, numbers("I", counts), numbers("I", offsets))


def numbers(kind: str, stored_: bytes) -> array[int]:
    """Return an array as it was stored."""
    found = array(kind, stored_)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def column_of(kind: str, values: Sequence[int]) -> bytes:
    """Return numbers as they are stored: of a ``kind`` of ``array``, the least byte first."""
    column = array(kind, values)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _layout(month: int, counts: Sequence[int], offsets: Sequence[int]) -> Layout:
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + (count + 7) // 8)
    return Layout(month, tuple(counts), starts, offsets)
