"""Archives as an older version of the tables held them, made from an archive of today."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import sqlite_utils

from talkscraper.store import fulltext, migrations


def as_before(path: Path, step: str) -> None:
    """Replace a database by one with the same rows in the tables that there were before a step of the migrations."""
    older = path.with_name(f"{path.name}.older")
    with closing(sqlite_utils.Database(older)) as db:
        migrations.apply(db, stop_before=step)
        db.execute("pragma foreign_keys = off")
        db.execute("attach database ? as newer", [str(path)])
        tables = db.execute("select name from main.sqlite_master where type = 'table' and sql like '%) strict%'")
        with db.conn:
            for (table,) in tables.fetchall():
                rows = "select name from pragma_table_info(?, ?)"
                names = {name for (name,) in db.execute(rows, [table, "newer"])}
                kept = ", ".join(name for (name,) in db.execute(rows, [table, "main"]) if name in names)
                db.execute(f"insert or ignore into main.{table} ({kept}) select {kept} from newer.{table}")
            fulltext.rebuild(db)
        db.execute("detach database newer")
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    older.replace(path)
