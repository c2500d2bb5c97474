"""Pool of read-only database connections: each request borrows one, with a time limit on its statements."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from talkscraper.errors import NotAnArchive
from talkscraper.store.database import limit_statements, open_reader
from talkscraper.store.federation import Federation, check_paths, older_looks, open_members

TIME_LIMIT_S = 10.0
"""Maximum number of seconds for all statements of a request; no page needs a tenth of it."""
COMPARED_FOR = 20
"""Several archives are compared again after this many times what it took, and a commit."""
MAX_IDLE = 20
"""Number of idle connections kept, each with its cache; opening one reads the whole schema."""


class Readers:
    """Connections to one archive or several; opened on demand, and again after a file was replaced."""

    def __init__(self, path: Path, *others: Path, time_limit_s: float = TIME_LIMIT_S) -> None:
        self.paths = (path, *others)
        if others:
            check_paths(self.paths)
        self._compared: tuple[tuple[int, ...], float, float, list[str | None]] | None = None
        self._time_limit_s = time_limit_s
        self._idle: deque[tuple[tuple[int, ...], sqlite3.Connection]] = deque()
        self._lock = threading.Lock()
        self._comparing = threading.Lock()
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
        connection = self._take(file) or self._open()
        if isinstance(connection, Federation):
            for member, excluded in zip(connection.members, self._older_looks(), strict=True):
                member.excluded = excluded
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
        for path in (name for each in self.paths for name in (each, each.with_name(each.name + "-wal"))):
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

    def _open(self) -> sqlite3.Connection:
        return open_reader(self.paths[0]) if len(self.paths) == 1 else Federation(open_members(self.paths))

    def _older_looks(self) -> list[str | None]:
        """Return what each archive leaves out for another one, as of the last commit or shortly before."""
        version, now = self.version(), time.monotonic()
        with self._comparing:
            known = self._compared
            # during a crawl there is a commit every second
            if known is None or (known[0] != version and now - known[1] > COMPARED_FOR * known[2]):
                found = older_looks(self.paths)
                known = self._compared = (version, now, time.monotonic() - now, found)
        return known[3]

    def _file(self) -> tuple[int, ...]:
        files: list[int] = []
        for path in self.paths:
            try:
                found = os.stat(path)  # noqa: PTH116  once per request
            except OSError as e:
                raise NotAnArchive(f"{path} doesn't exist yet: run 'talkscraper crawl' or 'talkscraper import'") from e
            files += [found.st_dev, found.st_ino]
        return tuple(files)

    def _take(self, file: tuple[int, ...]) -> sqlite3.Connection | None:
        with self._lock:
            while self._idle:
                opened, connection = self._idle.pop()
                if opened == file:
                    return connection
                connection.close()
        return None

    def _give_back(self, file: tuple[int, ...], connection: sqlite3.Connection) -> None:
        with self._lock:
            self.leased -= 1
            if len(self._idle) < MAX_IDLE:
                self._idle.append((file, connection))
                return
        connection.close()
