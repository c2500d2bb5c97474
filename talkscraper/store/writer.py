"""The one connection that writes: every change is a function of the database, run in a transaction of its own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from talkscraper.errors import StorageError
from talkscraper.store.database import open_writer

if TYPE_CHECKING:
    from sqlite_utils import Database

_P = ParamSpec("_P")
_R = TypeVar("_R")

Change = Callable[Concatenate["Database", _P], _R]
"""A function that reads or changes the archive: the database first, whatever else after it."""


class ArchiveWriter:
    """Owns the write connection of one archive. Hold the archive's lock while it is open.

    Any thread may call ``run``; a transaction is over, on disk or undone, when it returns. A change that fails
    leaves nothing behind.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_writer(path)
        self._path = path
        self._lock = threading.RLock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="talkscraper-store")
        self._closed = False

    def run(self, change: Change[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Call ``change(db, *args)`` in one transaction, here and now. Inside another change it joins that one.

        Raises:
            StorageError: the disk is full or broken, the file is damaged, or the archive is closed.
        """
        with self._lock:
            if self._closed:
                raise StorageError(f"{self._path} is closed")
            connection = self._db.conn
            try:
                if connection.in_transaction:
                    return change(self._db, *args, **kwargs)
                connection.execute("begin immediate")
                try:
                    result = change(self._db, *args, **kwargs)
                    connection.execute("commit")
                except BaseException:
                    _roll_back(connection)
                    raise
                return result
            except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
                raise  # our own mistake, not the disk's
            except sqlite3.DatabaseError as e:
                raise StorageError(f"can't write {self._path}: {e}") from e

    def submit(self, change: Change[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
        """The same on the writer's own thread, in the order of the calls."""
        return self._worker.submit(self.run, change, *args, **kwargs)

    def close(self) -> None:
        """Finish what was submitted and close the file. Closing twice is fine."""
        self._worker.shutdown(wait=True)
        with self._lock:
            if self._closed:
                return
            self._closed = True
            connection = self._db.conn
            try:
                connection.execute("pragma optimize")
            except sqlite3.DatabaseError as e:
                raise StorageError(f"can't write {self._path}: {e}") from e
            finally:
                connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def _roll_back(connection: sqlite3.Connection) -> None:
    # a full disk may have rolled back by itself already
    if connection.in_transaction:
        connection.execute("rollback")
