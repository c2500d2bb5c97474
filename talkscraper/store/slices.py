"""A part of the database that a worker on another machine can read: a few rows, sent with its work.

SQLite can't be shared over a network. So a worker gets the rows that its work needs, and reads them by the same
statements from a database in its own memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from talkscraper.model import Capture
from talkscraper.store.captures import CAPTURE_COLUMNS
from talkscraper.store.text_values import as_text, storable

_CAPTURES = ("seq", *CAPTURE_COLUMNS, "lost_at", "lost_why")
"""What a record says, and whether it is lost: columns that an extraction doesn't change."""
_FILES = ("name", "path", "size", "sha256", "origin")


@dataclass(frozen=True, slots=True)
class TableSlice:
    """Some rows of a table."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class DatabaseSlice:
    """Some rows of some tables."""

    tables: tuple[TableSlice, ...]

    def open(self) -> sqlite3.Connection:
        """Return a connection to a database in memory that holds these rows; close it."""
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.text_factory = as_text
        for table in self.tables:
            columns = ", ".join(f'"{name}"' for name in table.columns)
            connection.execute(f'create table "{table.name}" ({columns})')
            connection.executemany(
                f'insert into "{table.name}" values ({", ".join("?" * len(table.columns))})',
                ([storable(value) if isinstance(value, str) else value for value in row] for row in table.rows),
            )
        connection.execute("pragma query_only = on")
        return connection


def capture_slice(connection: sqlite3.Connection, captures: Iterable[Capture]) -> DatabaseSlice:
    """Return what ``replay.payload.load`` reads of captures: their rows, those of their files, and takedowns.

    ``captures`` has the originals of revisits too.
    """
    ids = sorted({each.id for each in captures})
    rows = _selected(connection, "captures", _CAPTURES, "id", ids)
    files = sorted({str(row[_CAPTURES.index("warc_file")]) for row in rows.rows})
    keys = sorted({str(row[_CAPTURES.index("urlkey")]) for row in rows.rows})
    every = tuple(each[1] for each in connection.execute("pragma table_info(warc_files)"))
    return DatabaseSlice(
        (
            rows,
            _selected(connection, "warc_files", every or _FILES, "name", files),
            _selected(connection, "takedowns", ("urlkey",), "urlkey", keys),
        )
    )


def _selected(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], key: str, values: Sequence[str]
) -> TableSlice:
    names = ", ".join(f'"{name}"' for name in columns)
    rows = connection.execute(
        f'select {names} from "{table}" where "{key}" in (select value from json_each(?)) order by 1',
        [json.dumps([storable(value) for value in values])],
    )
    return TableSlice(table, tuple(columns), tuple(tuple(row) for row in rows))
