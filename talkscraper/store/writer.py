"""The single writing connection: every change is a function of the database, applied as a whole or not at all.

Changes submitted while another is being written share the next transaction, and their futures are resolved when it is
on disk. If one of them fails, nothing of it stays, and each is applied again in a transaction of its own. Savepoints
would spare that, but at each of them the full-text index writes a segment, which it later has to merge.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from talkscraper.errors import StorageError
from talkscraper.group_thread import GroupThread
from talkscraper.store import sketch_pass, space_pass
from talkscraper.store.bitmaps import build
from talkscraper.store.database import open_writer

if TYPE_CHECKING:
    from sqlite_utils import Database

_P = ParamSpec("_P")
_R = TypeVar("_R")

Change = Callable[Concatenate["Database", _P], _R]
"""A function that reads or changes the archive; the database is its first argument."""

_OUR_MISTAKES = (sqlite3.IntegrityError, sqlite3.ProgrammingError)
"""Errors that aren't caused by the disk."""


@dataclass(frozen=True, slots=True)
class _WriteJob:
    change: Callable[[Database], Any]
    future: Future[Any]


class ArchiveWriter:
    """Owns the write connection of one archive. The archive's lock must be held while it is open.

    Any thread may call ``run``; a transaction is committed or rolled back when it returns. A failing change leaves
    nothing behind.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_writer(path)
        self._path = path
        self._lock = threading.RLock()
        self._thread: GroupThread[_WriteJob] = GroupThread("talkscraper-store", self._write)
        self._closed = False
        try:
            space_pass.finish(self.run)
            sketch_pass.finish(self.run)
        except BaseException:
            self.close()
            raise

    def run(self, change: Change[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Call ``change(db, *args)`` in one transaction in this thread. Inside another change it joins that one.

        Raises:
            StorageError: the disk is full or broken, the file is damaged, or the archive is closed.
        """
        with self._use() as db:
            connection = db.conn
            if connection.in_transaction:
                return change(db, *args, **kwargs)
            connection.execute("begin immediate")
            try:
                result = change(db, *args, **kwargs)
                connection.execute("commit")
            except BaseException:
                _roll_back(connection)
                raise
            return result

    def sync_commits(self) -> None:
        """Have every change from now on, and all before it, survive a power failure when ``run`` returns.

        Call it before something is deleted elsewhere on the strength of a row.
        """
        with self._lock:
            self._db.conn.execute("pragma synchronous = full")

    def look_up(self, question: Change[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Call ``question(db, *args)``, which only reads, in this thread: without a transaction, so without its locks.

        Raises:
            StorageError: the disk is broken, the file is damaged, or the archive is closed.
        """
        with self._use() as db:
            return question(db, *args, **kwargs)

    def submit(self, change: Change[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
        """Queue a change for the writer's own thread, in the order of the calls.

        Raises:
            StorageError: the archive is closed.
        """
        future: Future[_R] = Future()
        if not self._thread.put(_WriteJob(lambda db: change(db, *args, **kwargs), future)):
            raise StorageError(f"{self._path} is closed")
        return future

    def close(self) -> None:
        """Finish the submitted changes and close the file. Idempotent."""
        self._thread.close()
        with self._lock:
            if self._closed:
                return
            connection = self._db.conn
            try:
                build.refresh(self.run)
                connection.execute("pragma optimize")
            except sqlite3.DatabaseError as e:
                raise self._public_error(e) from e
            finally:
                self._closed = True
                connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    @contextmanager
    def _use(self) -> Iterator[Database]:
        """The database, for this thread alone; errors are those that a caller receives."""
        with self._lock:
            if self._closed:
                raise StorageError(f"{self._path} is closed")
            try:
                yield self._db
            except sqlite3.DatabaseError as e:
                public = self._public_error(e)
                if public is e:
                    raise
                raise public from e

    # --- the thread -------------------------------------------------------------------------------------------------

    def _write(self, group: list[_WriteJob]) -> None:
        if len(group) == 1 or not self._write_together(group):
            for job in group:
                _settle(job.future, partial(self.run, job.change))

    def _write_together(self, group: list[_WriteJob]) -> bool:
        """Apply changes in one transaction; return False if one failed, and nothing of them stays."""
        try:
            results = self.run(lambda db: [job.change(db) for job in group])
        except Exception:  # noqa: BLE001  whose error it is shows when each change is applied alone
            return False
        for job, result in zip(group, results, strict=True):
            _settle(job.future, partial(_same, result))
        return True

    def _public_error(self, error: Exception) -> Exception:
        """Return the error that a caller receives for an error."""
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _OUR_MISTAKES):
            refused = StorageError(f"can't write {self._path}: {error}")
            refused.__cause__ = error
            return refused
        return error


def _settle(future: Future[Any], outcome: Callable[[], Any]) -> None:
    if future.cancelled():
        return
    try:
        result = outcome()
    except Exception as e:  # noqa: BLE001  whatever it is, it is for whoever submitted the change
        future.set_exception(e)
    else:
        future.set_result(result)


def _same(value: _R) -> _R:
    return value


def _roll_back(connection: sqlite3.Connection) -> None:
    # a full disk may have rolled back already
    if connection.in_transaction:
        connection.execute("rollback")
