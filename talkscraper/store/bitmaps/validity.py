"""Which bitmaps hold: a day of which an article is indexed, changed or removed is left to the full-text index.

That is one small statement in the article's transaction. The bitmaps of the day are made again by ``build``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store.bitmaps.layout import TERM_BITS, month_of_seq
from talkscraper.store.row_numbers import PER_DAY

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database


def forget(db: Database, seq: int) -> None:
    """Leave the day of an article to the index."""
    db.execute(
        "insert or ignore into bitmap_stale (day) select ? where exists (select 1 from bitmap_months where month = ?)",
        [seq // PER_DAY, month_of_seq(seq)],
    )


def forget_all(db: Database) -> None:
    """Leave all articles to the index; the space of the bitmaps is free."""
    if not db.execute("select 1 from sqlite_master where name = 'bitmap_months'").fetchone():
        return  # an earlier step of the migrations builds the index
    for table in ("bitmap_months", "bitmap_stale", "bitmap_values", "bitmaps", "bitmap_terms"):
        db.execute(f"delete from {table}")


def forget_source(db: Database, source_id: str) -> None:
    """Leave the days on which a source has articles to the index."""
    db.execute(
        "insert or ignore into bitmap_stale (day) select cast(julianday(day) - 2440587.5 as integer)"
        " from article_days where source_id = ?",
        [source_id],
    )


def sweep(connection: sqlite3.Connection) -> None:
    """Delete the bitmaps of months of which a day was left to the index: they tell what a removed article had."""
    days = connection.execute("select day from bitmap_stale").fetchall()
    for month in {month_of_seq(day * PER_DAY) for (day,) in days}:
        connection.execute("delete from bitmap_months where month = ?", [month])
    connection.execute("delete from bitmap_stale")
    connection.execute("delete from bitmap_values where month not in (select month from bitmap_months)")
    connection.execute(
        "delete from bitmaps where id & ? not in (select month from bitmap_months)",
        [(1 << TERM_BITS) - 1],
    )
