"""What the database knows of one WARC, in a small database file of its own: for a worker that checks the file.

A worker on another machine can't open the archive's database (SQLite can't be shared over a network), but can open a
file that nobody changes. It has the same tables with fewer rows. A question about other rows raises ``NotInSlice``, and
the file is checked where the whole database is.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from talkscraper.errors import TalkscraperError
from talkscraper.store.slices import make_table
from talkscraper.store.text_values import as_text

SLICE_SUFFIX = ".rows"
_TABLES = {
    "warc_files": "select * from warc_files where name = ?1",
    "captures": "select * from captures where warc_file = ?1",
    "acceptances": "select * from acceptances where warc_file = ?1",
    "takedowns": "select * from takedowns where ?1 is not null",
    "requisites": (
        "select * from requisites where capture_id in (select id from captures where warc_file = ?1)"
        " or page_capture_id in (select id from captures where warc_file = ?1)"
    ),
}
_INDEXES = (
    "create index captures_by_id on captures (id)",
    "create index requisites_by_page on requisites (page_capture_id, capture_id)",
)


class NotInSlice(TalkscraperError):
    """The answer depends on rows that the slice doesn't have."""


class SliceConnection(sqlite3.Connection):
    """A connection to a slice, by which ``require_whole`` tells it from one to the whole database."""


def write_slice(connection: sqlite3.Connection, name: str, target: Path) -> None:
    """Write the rows of the WARC file ``name`` to a new database; ``connection`` reads the archive's.

    Raises:
        sqlite3.Error: it can't be written.
    """
    out = sqlite3.connect(target)
    try:
        out.execute("pragma journal_mode = off")
        out.execute("pragma synchronous = off")
        for table, query in _TABLES.items():
            rows = connection.execute(query, [name])
            make_table(out, table, [each[0] for each in rows.description], map(tuple, rows))
        for index in _INDEXES:
            out.execute(index)
        out.commit()
    finally:
        out.close()


def open_slice(path: Path) -> SliceConnection:
    """Open a slice for reading; close it.

    Raises:
        sqlite3.Error: it can't be read.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, factory=SliceConnection, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.text_factory = as_text
    return connection


def require_whole(connection: sqlite3.Connection, what: str) -> None:
    """Refuse to answer from a slice.

    Raises:
        NotInSlice: the connection is to one.
    """
    if isinstance(connection, SliceConnection):
        raise NotInSlice(f"{what} isn't in this slice of the database")
