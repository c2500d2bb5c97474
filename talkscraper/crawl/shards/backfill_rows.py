"""Rows of backfills that a shard went on with, back in the archive: only its worker had these sources' doors."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from talkscraper.store.database import select_raw

if TYPE_CHECKING:
    from sqlite_utils import Database

_PARTS = ("backfill_pages", "backfill_urls")


def merge_backfills(db: Database, shard: sqlite3.Connection) -> None:
    """Replace the rows of the shard's backfills by its own; doors that it added get numbers of the archive."""
    for door in select_raw(shard, "select * from backfills order by id"):
        there = door.pop("id")
        columns = ", ".join(door)
        changes = ", ".join(f"{name} = excluded.{name}" for name in door)
        db.execute(
            f"insert into backfills ({columns}) values ({', '.join('?' * len(door))})"
            f" on conflict (source_id, url) do update set {changes}",
            list(door.values()),
        )
        (here,) = db.execute(
            "select id from backfills where source_id = ? and url = ?", [door["source_id"], door["url"]]
        ).fetchone()
        for table in _PARTS:
            db.execute(f"delete from {table} where backfill_id = ?", [here])
            for row in select_raw(shard, f"select * from {table} where backfill_id = ?", [there]):
                row["backfill_id"] = here
                insert_row(db, table, row)


def insert_row(db: Database, table: str, row: Mapping[str, Any]) -> int:
    """Insert a row as it is; return its number."""
    cursor = db.conn.execute(
        f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
    )
    return int(cursor.lastrowid or 0)
