"""Pool of read-only database connections: each request borrows one, with a time limit on its statements."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from talkscraper.errors import NotAnArchive
from talkscraper.store.database import limit_statements, open_reader

TIME_LIMIT_S = 10.0
"""Maximum number of seconds for all statements of a request; no page needs a tenth of it."""
MAX_IDLE = 20
"""Number of idle connections kept, each with its cache; opening one reads the whole schema."""


class Readers:
    """Connections to one database file; opened on demand, and again after the file was replaced."""

    def __init__(self, path: Path, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        self.path = path
        self._time_limit_s = time_limit_s
        self._idle: deque[tuple[tuple[int, int], sqlite3.Connection]] = deque()
        self._lock = threading.Lock()
        self.leased = 0
        """Number of connections in use."""

    @contextmanager
    def lease(
        self, *, time_limit_s: float | None = None, stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[sqlite3.Connection]:
        """Borrow a connection for a request; statements are interrupted after the limit, or when ``stopped`` is true.

        Raises:
            NotAnArchive: there is no database yet.
        """
        file = self._file()
        connection = self._take(file) or open_reader(self.path)
        limit_statements(connection, time_limit_s or self._time_limit_s, stopped)
        with self._lock:
            self.leased += 1
        try:
            yield connection
        finally:
            self._give_back(file, connection)

    def version(self) -> tuple[int, ...]:
        """Return a value that changes with every commit: sizes and modification times of file and write-ahead log."""
        found: list[int] = []
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            try:
                state = os.stat(path)  # noqa: PTH116  once per request
            except OSError:
                continue
            found += [state.st_ino, state.st_size, state.st_mtime_ns]
        return tuple(found)

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            while self._idle:
                self._idle.pop()[1].close()

    def _file(self) -> tuple[int, int]:
        try:
            found = os.stat(self.path)  # noqa: PTH116  once per request
        except OSError as e:
            raise NotAnArchive(f"{self.path} doesn't exist yet: run 'talkscraper crawl' or 'talkscraper import'") from e
        return found.st_dev, found.st_ino

    def _take(self, file: tuple[int, int]) -> sqlite3.Connection | None:
        with self._lock:
            while self._idle:
                opened, connection = self._idle.pop()
                if opened == file:
                    return connection
                connection.close()
        return None

    def _give_back(self, file: tuple[int, int], connection: sqlite3.Connection) -> None:
        with self._lock:
            self.leased -= 1
            if len(self._idle) < MAX_IDLE:
                self._idle.append((file, connection))
                return
        connection.close()
