"""A buffer for bytes of unknown number: in memory while small, in a temporary file beyond."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

SPOOL_BYTES = 1024 * 1024
"""Maximum number of bytes kept in memory."""
CHUNK_BYTES = 64 * 1024


class Spool:
    """Append, cut the end off, read any number of times.

    ``close`` frees the temporary file; so does dropping the last reference, for records that are only iterated over.
    """

    __slots__ = ("_file", "_limit", "_memory", "size")

    def __init__(self, data: bytes = b"", *, limit: int = SPOOL_BYTES) -> None:
        self._memory = bytearray(data)
        self._file: IO[bytes] | None = None
        self._limit = limit
        self.size = len(data)
        """Number of bytes."""

    @property
    def in_memory(self) -> bool:
        """Whether it can be read without disk access."""
        return self._file is None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes.

        Raises:
            OSError: the temporary file can't grow.
        """
        if self._file is None and self.size + len(data) > self._limit:
            self._file = tempfile.TemporaryFile(prefix="talkscraper-")  # noqa: SIM115  closed in close()
            self._file.write(self._memory)
            self._memory = bytearray()
        if self._file is None:
            self._memory += data
        else:
            self._file.seek(self.size)
            self._file.write(data)
        self.size += len(data)

    def cut(self, count: int) -> None:
        """Remove the last ``count`` bytes."""
        self.size -= count
        if self._file is None:
            del self._memory[self.size :]
        else:
            self._file.truncate(self.size)

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """Return the bytes from ``start`` up to ``end``."""
        stop = self.size if end is None else min(end, self.size)
        if self._file is None:
            return bytes(memoryview(self._memory)[start:stop])
        self._file.seek(start)
        return self._file.read(max(0, stop - start))

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Yield the bytes from ``start`` on, in pieces of at most 64 KiB."""
        for position in range(start, self.size, CHUNK_BYTES):
            yield self.read(position, position + CHUNK_BYTES)

    def close(self) -> None:
        """Discard the bytes and the temporary file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._memory = bytearray()
        self.size = 0

    def __del__(self) -> None:
        self.close()
