"""The raw bytes of a WARC, gzip member by gzip member: decompression, the next member after damage, the SHA-256.

The file is read in large blocks and decompressed in small slices: zlib finds the end of a gzip member and returns
its unused input, and copying that would cost more than decompressing a small record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import IO

from talkscraper.errors import StorageError
from talkscraper.object_store.remote_warc import WarcPlace, opened_ranges
from talkscraper.warc.compression import ERRORS, GZIP_MAGIC, MAX_OUT_BYTES, first_bytes, new_unpacker, sound_start

READ_BYTES = 1024 * 1024
FEED_BYTES = 32 * 1024
MEMBER_START = GZIP_MAGIC + b"\x08"
_PROBE_BYTES = 4096
_FIRST_BYTES = 4096
_PLAIN_BYTES = 64 * 1024


@contextmanager
def opened(path: WarcPlace, *, ranges: bool = False) -> Iterator[BufferedReader]:
    """Open a file for reading from its start on, or (``ranges``) single records of it.

    Raises:
        StorageError: it can't be opened, or an OSError was raised while it was open.
    """
    try:
        with opened_ranges(path) if ranges else path.open("rb") as handle:
            yield handle
    except OSError as e:
        raise StorageError(f"can't read {path}: {e.strerror or e}") from e


class RawFile:
    """A file that is read forward, and can be searched again after damage; read from its start, it has a SHA-256."""

    def __init__(self, handle: IO[bytes], *, start: int = 0, read_bytes: int = READ_BYTES) -> None:
        """Read from ``start`` on, ``read_bytes`` at a time."""
        self._handle = handle
        self._read_bytes = read_bytes
        self.size = handle.seek(0, 2)
        self._sha256 = hashlib.sha256()
        self._hashed = 0
        self._buffer = b""
        self._start = 0
        """Offset of the buffer in the file."""
        self.position = start
        """Offset of the next byte that ``take`` returns."""

    def take(self, most: int = FEED_BYTES) -> memoryview:
        """Return up to ``most`` bytes at ``position``, and advance it; none at the file's end."""
        at = self.position - self._start
        if at >= len(self._buffer):
            self._fill(self.position)
            at = 0
        piece = memoryview(self._buffer)[at : at + most]
        self.position += len(piece)
        return piece

    def begins_with(self, wanted: bytes) -> bool:
        """Whether these bytes are at ``position``."""
        at = self.position - self._start
        if at + len(wanted) > len(self._buffer):
            return self.at(self.position, len(wanted)) == wanted
        return self._buffer.startswith(wanted, at)

    def seek(self, position: int) -> None:
        """Set the position, forward or back."""
        if not self._start <= position <= self._start + len(self._buffer):
            self._fill(position)
        self.position = position

    def sha256(self) -> str:
        """Return the SHA-256 of the whole file in base16; the rest is read as needed."""
        self._handle.seek(self._hashed)
        while data := self._handle.read(READ_BYTES):
            self._sha256.update(data)
            self._hashed += len(data)
        return self._sha256.hexdigest()

    def find(self, wanted: bytes, start: int, end: int | None = None) -> int | None:
        """Return the first offset at or after ``start``, and before ``end``, of ``wanted``."""
        position, kept = start, b""
        self._handle.seek(start)
        # it is usually near, and crafted input may contain false matches every few bytes
        size = _FIRST_BYTES
        while (end is None or position - len(kept) < end) and (data := self._handle.read(size)):
            size = min(READ_BYTES, 4 * size)
            found = (kept + data).find(wanted)
            if found >= 0:
                at = position - len(kept) + found
                return at if end is None or at < end else None
            position += len(data)
            kept = (kept + data)[-(len(wanted) - 1) :]
        return None

    def at(self, position: int, length: int) -> bytes:
        """Return some bytes, without moving the position."""
        self._handle.seek(position)
        return self._handle.read(length)

    def only_zeros(self, start: int) -> bool:
        """Whether only zeros follow."""
        self._handle.seek(start)
        while data := self._handle.read(READ_BYTES):
            if data.count(0) != len(data):
                return False
        return True

    def next_member(self, start: int, end: int | None = None) -> int | None:
        """Return the offset of the next gzip member with a WARC record, at or after ``start``, and before ``end``."""
        position = start
        while (found := self.find(MEMBER_START, position, end)) is not None:
            if first_bytes(self.at(found, _PROBE_BYTES), 5) == b"WARC/":
                return found
            position = found + 1
        return None

    def next_plain(self, start: int) -> int | None:
        """Return the offset of the next uncompressed record, at or after ``start``: a line beginning with ``WARC/``."""
        found = self.find(b"\nWARC/", max(0, start - 1))
        return None if found is None else found + 1

    def _fill(self, position: int) -> None:
        self._handle.seek(position)
        self._buffer = self._handle.read(self._read_bytes)
        self._start = position
        fresh = self._hashed - position
        if 0 <= fresh < len(self._buffer):
            self._sha256.update(memoryview(self._buffer)[fresh:])
            self._hashed += len(self._buffer) - fresh


class MemberSource:
    """Decompresses one gzip member; ``error`` is the reason why it is incomplete."""

    __slots__ = ("_file", "_pending", "_unpacker", "error")

    gzipped = True

    def __init__(self, file: RawFile) -> None:
        self._file = file
        self._unpacker = new_unpacker()
        self._pending: bytes | memoryview = file.take()
        self.error: str | None = None
        beginning = self._pending if len(self._pending) >= 4 else file.at(file.position - len(self._pending), 4)
        if not sound_start(beginning):
            self.error = "this gzip member is damaged (reserved flags in its header)"

    def read(self) -> bytes:
        """Return some bytes; none at the member's end or at damage."""
        unpacker = self._unpacker
        while not self._ended() and self.error is None:
            if not self._pending:
                self._pending = self._file.take()
                if not self._pending:
                    self.error = "the file ends inside this gzip member"
                    break
            try:
                data = unpacker.decompress(self._pending, MAX_OUT_BYTES)
            except ERRORS as e:
                self.error = _reason(e)
                break
            self._pending = unpacker.unconsumed_tail
            if self._ended():
                self._file.seek(self._file.position - len(unpacker.unused_data))
            if data:
                return data
        return b""

    def broken(self) -> bool:
        """Whether the member is incomplete or damaged."""
        return self.error is not None

    @property
    def at_file_end(self) -> bool:
        """Whether it is incomplete because the file ends."""
        return self.broken() and not self._ended() and self._file.position >= self._file.size

    def _ended(self) -> bool:
        return self._unpacker.eof


class PlainSource:
    """Reads an uncompressed file from an offset."""

    __slots__ = ("_file",)

    gzipped = False
    error = None

    def __init__(self, file: RawFile) -> None:
        self._file = file

    def read(self) -> bytes:
        """Return some bytes; none at the file's end."""
        return bytes(self._file.take(_PLAIN_BYTES))

    @property
    def left(self) -> int:
        """Return the number of bytes to the file's end."""
        return self._file.size - self._file.position


def _reason(error: Exception) -> str:
    text = str(error).partition(": ")[2] or str(error)
    return f"this gzip member is damaged ({text})"
