"""A WARC file being written: named ``*.warc.gz.open`` and locked.

A killed run leaves its ``.open`` file behind unlocked; ``talkscraper repair`` and the next crawl finish it. The writer
appends only to files that it created itself, or that are, byte for byte, what was recorded when they were finished: a
reader would stop at a torn record in the middle of a file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import socket
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from talkscraper.archive_folder import OPEN_SUFFIX, ArchiveFolder
from talkscraper.atomic_file import sync_folder
from talkscraper.errors import StorageError
from talkscraper.warc.cdxj import write_lines
from talkscraper.warc.records import NewRecord

PREFIX = "talkscraper"
WARC_SUFFIX = ".warc.gz"
FLUSH_BYTES = 4 * 1024 * 1024
"""Maximum number of bytes of a group buffered in memory before they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedFile:
    """A finished WARC file, with the fields of its row in ``warc_files``."""

    name: str
    size: int
    sha256: str
    records: int
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _FinishedBase:
    """An open, locked file whose bytes are those that were recorded, with the state of its digest."""

    handle: int
    size: int
    records: int
    sha256: hashlib._Hash
    lines: Sequence[str]


def _open_base(path: Path, finished: FinishedFile, lines: Sequence[str]) -> _FinishedBase | None:
    """Open a finished file for appending; None if it can't be written to, is linked elsewhere or has changed."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        state = os.fstat(handle)
        # appending to one of several hard links would change the others, as in a snapshot of links
        if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1 or state.st_size != finished.size:
            os.close(handle)
            return None
        sha256 = hashlib.sha256()
        while data := os.read(handle, FLUSH_BYTES):
            sha256.update(data)
    except OSError:
        os.close(handle)
        return None
    if sha256.hexdigest() != finished.sha256:
        os.close(handle)
        return None
    return _FinishedBase(handle=handle, size=finished.size, records=finished.records, sha256=sha256, lines=lines)


def _has_lines(path: Path, lines: Sequence[str]) -> bool:
    """Whether an index holds exactly these lines."""
    try:
        return path.read_bytes() == b"".join(line + b"\n" for line in sorted({each.encode() for each in lines}))
    except OSError:
        return False


def new_name(folder: ArchiveFolder, now: datetime, serial: int) -> str:
    """Return a file name unique to this run: time in milliseconds, serial number, host and process.

    If the file exists nevertheless (the clock was set back), the next serial number is used.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%d%H%M%S") + f"{now.microsecond // 1000:03d}"
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:64] or "localhost"
    while True:
        name = f"{PREFIX}-{stamp}-{serial:05d}-{host}~{os.getpid()}{WARC_SUFFIX}"
        if not (folder.warc / name).exists() and not (folder.warc / (name + OPEN_SUFFIX)).exists():
            return name
        serial += 1


def index_path(folder: ArchiveFolder, name: str) -> Path:
    """Return the path of a WARC file's CDXJ index."""
    return folder.index_of(name)


class WarcFile:
    """A growing WARC file. ``mark`` and ``take_back`` bracket a group of records that is written as a whole."""

    def __init__(
        self, folder: ArchiveFolder, name: str, opened_at: datetime, *, base: _FinishedBase | None = None
    ) -> None:
        self.name = name
        """The final file name, without ``.open``."""
        self.opened_at = opened_at
        self.size = 0
        self.records = 0
        self._folder = folder
        self._path = folder.warc / (name + OPEN_SUFFIX)
        self._sha256 = hashlib.sha256()
        self._lines: list[str] = []
        self._pending: list[bytes] = []
        self._pending_size = 0
        if base is not None:
            self.size, self.records = base.size, base.records
            self._sha256, self._handle = base.sha256, base.handle
            self._lines = list(base.lines)
        self._marked = (self.size, self.records, len(self._lines), self._sha256.copy())
        if base is not None:
            return
        if (folder.warc / name).exists():
            raise StorageError(f"{folder.warc / name} exists already: it isn't written over")
        try:
            # O_EXCL: an existing .open file belongs to another process or to a killed run
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            raise StorageError(f"can't make {self._path}: {e.strerror or e}") from e

    @classmethod
    def continuing(
        cls,
        folder: ArchiveFolder,
        finished: FinishedFile,
        lines: Sequence[str],
        opened_at: datetime,
        *,
        begin: Callable[[], None],
    ) -> WarcFile | None:
        """Open a finished file to append to it, under its ``.open`` name; None if it isn't exactly what was finished.

        ``lines``: what its index has to hold. ``begin`` is called before the file is renamed: from then on its row must
        say that it is unfinished, so that recovery finishes it if this process dies.

        Raises:
            StorageError: it can't be renamed.
        """
        final, unfinished = folder.warc / finished.name, folder.warc / (finished.name + OPEN_SUFFIX)
        if unfinished.exists() or not _has_lines(index_path(folder, finished.name), lines):
            return None
        base = _open_base(final, finished, lines)
        if base is None:
            return None
        try:
            begin()
            final.rename(unfinished)
            sync_folder(folder.warc)
        except OSError as e:
            os.close(base.handle)
            raise StorageError(f"can't continue {final}: {e.strerror or e}") from e
        except BaseException:
            os.close(base.handle)
            raise
        return cls(folder, finished.name, opened_at, base=base)

    def append(self, record: NewRecord) -> tuple[int, int]:
        """Write a record as one gzip member; return its offset and length in bytes.

        Raises:
            OSError: the write failed; call ``take_back``.
        """
        offset = self.size
        for piece in record.member():
            self._pending.append(piece)
            self._pending_size += len(piece)
            self.size += len(piece)
            if self._pending_size > FLUSH_BYTES:
                self._flush()
        self.records += 1
        return offset, self.size - offset

    def index(self, line: str) -> None:
        """Add a line to the file's CDXJ index."""
        self._lines.append(line)

    def mark(self) -> None:
        """Start a group.

        Raises:
            OSError: buffered bytes can't be written.
        """
        self._flush()
        self._marked = (self.size, self.records, len(self._lines), self._sha256.copy())

    def take_back(self) -> None:
        """Truncate the file to the last ``mark``; earlier bytes are unchanged.

        Raises:
            OSError: truncation failed; repair will find the torn end.
        """
        self._pending, self._pending_size = [], 0
        self.size, self.records, lines, sha256 = self._marked
        self._sha256 = sha256.copy()
        del self._lines[lines:]
        os.ftruncate(self._handle, self.size)
        os.lseek(self._handle, self.size, os.SEEK_SET)

    def sync(self) -> None:
        """Write buffered bytes and fsync the file.

        Raises:
            OSError: the bytes may not be on disk.
        """
        self._flush()
        os.fsync(self._handle)

    def finish(self, closed_at: datetime) -> FinishedFile:
        """Fsync the file, write its CDXJ, rename it without ``.open`` and fsync the folder.

        Raises:
            StorageError: a write failed; the ``.open`` file stays for the next run to finish.
        """
        try:
            self.sync()
            write_lines(index_path(self._folder, self.name), self._lines)
            final = self._folder.warc / self.name
            if final.exists():
                raise StorageError(f"{final} exists already: it isn't written over")
            self._path.rename(final)
            sync_folder(self._folder.warc)
            sync_folder(self._folder.index)
        except OSError as e:
            raise StorageError(f"can't finish {self._path}: {e.strerror or e}") from e
        finally:
            self.release()
        return FinishedFile(
            name=self.name, size=self.size, sha256=self._sha256.hexdigest(), records=self.records, closed_at=closed_at
        )

    def release(self) -> None:
        """Close the file as it is, which releases the lock."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _flush(self) -> None:
        data, self._pending, self._pending_size = b"".join(self._pending), [], 0
        self._sha256.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]
