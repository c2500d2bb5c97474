"""All that a database holds, to be compared with all of another: every row of every table, of the full text too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def every_row(root: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table of the archive at ``root``, in an order that doesn't depend on when they were written."""
    with closing(sqlite3.connect(f"file:{root / 'talkscraper.db'}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        tables = [
            row[0].decode()
            for row in connection.execute(
                "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
                " and sql not like 'create virtual%' and name not like '_sqlite_migrations' order by name"
            )
        ]
        return {
            table: sorted((tuple(row) for row in connection.execute(f'select * from "{table}"')), key=repr)
            for table in tables
        }
