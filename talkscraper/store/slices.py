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
            rows = ([storable(value) if isinstance(value, str) else value for value in row] for row in table.rows)
            make_table(connection, table.name, table.columns, rows)
        connection.execute("pragma query_only = on")
        return connection


def make_table(
    connection: sqlite3.Connection, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Create a table of these columns, without types, with these rows."""
    connection.execute(f'create table "{name}" ({_quoted(columns)})')
    connection.executemany(f'insert into "{name}" values ({", ".join("?" * len(columns))})', rows)


def capture_slice(connection: sqlite3.Connection, captures: Iterable[Capture]) -> DatabaseSlice:
    """Return what ``replay.payload.load`` reads of captures: their rows, those of their files, and takedowns.

    ``captures`` has the originals of revisits too.
    """
    ids = sorted({each.id for each in captures})
    rows = _selected(connection, "captures", _CAPTURES, "id", ids)
    files = sorted({str(row[_CAPTURES.index("warc_file")]) for row in rows.rows})
    keys = sorted({str(row[_CAPTURES.index("urlkey")]) for row in rows.rows})
    every = [each[1] for each in connection.execute("pragma table_info(warc_files)")]
    return DatabaseSlice(
        (
            rows,
            _selected(connection, "warc_files", every, "name", files),
            _selected(connection, "takedowns", ("urlkey",), "urlkey", keys),
        )
    )


def _selected(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], key: str, values: Sequence[str]
) -> TableSlice:
    rows = connection.execute(
        f'select {_quoted(columns)} from "{table}" where "{key}" in (select value from json_each(?)) order by 1',
        [json.dumps([storable(value) for value in values])],
    )
    return TableSlice(table, tuple(columns), tuple(tuple(row) for row in rows))


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
