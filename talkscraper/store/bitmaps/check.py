"""Comparison of the bitmaps with the full-text index."""

from __future__ import annotations

import sqlite3

from talkscraper.store.bitmaps.layout import DAYS, TERM_BITS, indexed_in, layout_of, restored, seqs_of
from talkscraper.store.row_numbers import PER_DAY


def disagreeing(connection: sqlite3.Connection) -> list[int]:
    """Return the months whose bitmaps aren't what the index has; days that are left to it aren't compared."""
    stale = {day for (day,) in connection.execute("select day from bitmap_stale")}
    terms = [tuple(row) for row in connection.execute("select number, term from bitmap_terms")]
    found = []
    for month, counts in connection.execute("select month, counts from bitmap_months order by month").fetchall():
        low, high = seqs_of(month)
        layout = restored(month, counts)
        there = layout_of(month, indexed_in(connection, month))
        mine = [day for day in range(DAYS) if low // PER_DAY + day not in stale]
        if any(layout.counts[day] != there.counts[day] for day in mine) or (
            len(mine) == DAYS
            and not all(
                _agrees(connection, number << TERM_BITS | month, term, low, high, layout.size) for number, term in terms
            )
        ):
            found.append(month)
    return found


def _agrees(connection: sqlite3.Connection, key: int, term: str, low: int, high: int, size: int) -> bool:
    """Whether a term has as many bits in a month as articles."""
    row = connection.execute("select bits from bitmaps where id = ?", [key]).fetchone()
    if row is None:
        return True  # it is left to the index
    (count,) = connection.execute(
        "select count(*) from articles_fts where articles_fts match ? and rowid between ? and ?", [term, low, high]
    ).fetchone()
    return len(row[0]) == size and int.from_bytes(row[0], "little").bit_count() == count
