"""Opening of the archive's SQLite file: one writer, many readers.

The writer migrates and sets WAL; readers get a connection that can't write, attach or run pragmas (``mode=ro``
alone is no sandbox: it still accepts ATTACH of a new writable file).
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.errors import ArchiveError, NewerSchema, NotAnArchive, OlderSchema, StorageError
from talkscraper.store import migrations
from talkscraper.store.network_file_system import refuse_network
from talkscraper.store.text_values import as_text

if TYPE_CHECKING:
    from sqlite_utils import Database

BUSY_TIMEOUT_S = 10.0
"""Maximum wait in seconds for another connection's write; a group commit takes milliseconds."""

READER_CACHE_KIB = 16 * 1024
"""A reader's page cache: enough for the upper pages of the indexes that searches use."""

MAX_AHEAD = timedelta(minutes=10)
"""Tolerance for another machine's clock; a later time counts as being in the future."""

_READER_ACTIONS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_READER_PRAGMAS = frozenset({"table_info", "table_xinfo", "table_list", "index_list", "data_version", "query_only"})


def iso(moment: datetime) -> str:
    """Return an instant as the archive stores it: UTC, ISO 8601, whole seconds, ``Z``."""
    if moment.tzinfo is None:
        raise ValueError(f"a naive time can't be stored: {moment!r}")
    return moment.astimezone(UTC).isoformat()[:19] + "Z"


def from_iso(text: str) -> datetime:
    """Return the instant that ``iso`` formatted, aware.

    Raises:
        ArchiveError: the text has another format.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as e:
        raise ArchiveError(f"the database holds {text[:40]!r} for a time: 'talkscraper verify' says where") from e


def latest(now: datetime) -> str:
    """Return the latest instant, as stored, that doesn't count as being in the future."""
    return iso(now + MAX_AHEAD)


def select(db: Database, statement: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query as mappings by column name; the query runs at once, rows are fetched on demand.

    The ``query`` of sqlite-utils uses a savepoint for each statement and checks for duplicate column names: for the
    small
    queries of a crawl that takes longer than the result.
    """
    return select_raw(db.conn, statement, values)


def select_raw(connection: sqlite3.Connection, statement: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query on a connection of ``sqlite3``'s, as ``select`` does."""
    cursor = connection.execute(statement, values)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def first(db: Database, statement: str, values: Sequence[Any] = ()) -> dict[str, Any] | None:
    """Return the first row of a query; None if there is none."""
    return next(select(db, statement, values), None)


def open_writer(path: Path) -> Database:
    """Open the archive's database for writing; create and migrate it as needed. The caller holds the archive's lock.

    The connection may be used from one other thread (the run's writer thread), one thread at a time.

    Raises:
        ArchiveError: it is on a file system of the network.
        NewerSchema: a newer talkscraper wrote it.
        StorageError: the file can't be opened or written.
    """
    with _without_data_frames():
        from sqlite_utils import Database as SqliteUtilsDatabase  # a slow import that readers are spared

    refuse_network(path)
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
        connection.text_factory = as_text
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute("pragma foreign_keys = on")
        database = SqliteUtilsDatabase(connection)
        if unknown := migrations.unknown(database):
            raise NewerSchema(f"{path} was written by a newer talkscraper (it has {', '.join(unknown)}): upgrade")
        migrations.apply(database)
    except sqlite3.DatabaseError as e:
        if getattr(e, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise NotAnArchive(
                f"{path} is not a database of talkscraper's: move it away, or name another folder"
            ) from e
        raise StorageError(f"can't open {path}: {e}") from e
    return database


@contextmanager
def _without_data_frames() -> Iterator[None]:
    """Hide pandas and NumPy, unless they are loaded, from an import that would load them.

    sqlite-utils does where they are installed, to store their kinds of values. A crawl has none, and would take twice
    as long to start.
    """
    hidden = [name for name in ("pandas", "numpy") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: an import fails at once
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def open_reader(
    path: Path, *, time_limit_s: float | None = None, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """Open a read-only connection; rows are ``sqlite3.Row``.

    ``time_limit_s`` interrupts any statement that runs longer (``sqlite3.OperationalError: interrupted``);
    ``factory`` is the class of the connection.

    Raises:
        NotAnArchive: there is no database yet.
        OlderSchema: an older talkscraper wrote it; a holder of the lock migrates it with ``open_writer``.
        ArchiveError: the file can't be read as a database, or is on a file system of the network.
    """
    if not path.is_file():
        raise NotAnArchive(f"{path} doesn't exist yet: run 'talkscraper crawl' or 'talkscraper import' first")
    refuse_network(path)
    try:
        connection = sqlite3.connect(
            read_only_uri(path), uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False, factory=factory
        )
        connection.row_factory = sqlite3.Row
        connection.text_factory = as_text
        connection.execute("pragma query_only = on")
        connection.execute(f"pragma cache_size = -{READER_CACHE_KIB}")
        if _is_older(connection):
            connection.close()
            raise OlderSchema(path)
    except sqlite3.DatabaseError as e:
        raise ArchiveError(f"can't read {path}: {e}") from e
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_authorizer(_only_reading)
    if time_limit_s is not None:
        limit_statements(connection, time_limit_s)
    return connection


def read_only_uri(path: Path) -> str:
    """Return the URI by which a database is opened for reading, also on read-only media.

    There SQLite can't create the files beside it, and opens it only as one that nobody changes; with a log that holds
    the last changes it isn't complete without them, and the error of opening it stands.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    log = path.with_name(path.name + "-wal")
    if os.access(path.parent, os.W_OK) or (log.is_file() and log.stat().st_size):
        return uri
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("select 1 from sqlite_master limit 1").fetchone()
    except sqlite3.OperationalError:
        return uri + "&immutable=1"
    return uri


def _is_older(connection: sqlite3.Connection) -> bool:
    """Whether migrations are missing; a database without any isn't talkscraper's."""
    if not connection.execute("select 1 from sqlite_master where name = '_sqlite_migrations'").fetchone():
        return False
    names = {row[0] for row in connection.execute("select name from _sqlite_migrations")}
    return bool(names) and migrations.names()[-1] not in names


def limit_statements(
    connection: sqlite3.Connection, seconds: float, stopped: Callable[[], bool] = lambda: False
) -> None:
    """Interrupt statements on ``connection`` after ``seconds`` from now; call again to restart the clock.

    ``stopped``: interrupt as soon as this returns True.
    """
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline or stopped()), 10_000)


def _only_reading(action: int, first: str | None, _second: str | None, _db: str | None, _trigger: str | None) -> int:
    if action in _READER_ACTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _READER_PRAGMAS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_TRANSACTION:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_UPDATE and first == "sqlite_master":
        # a virtual table declaring its columns needs this; the file itself is open for reading only
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
