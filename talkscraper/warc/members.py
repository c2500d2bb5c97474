"""Walking the gzip members of a WARC, streaming: what an archive's ``verify`` and ``repair`` stand on.

A member is whole when zlib reaches its end and its CRC fits. The walk stops at the first one that isn't: there is
no way to tell reliably where the next begins.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from talkscraper.warc import inflate

READ_BYTES = 256 * 1024
OUT_BYTES = 1024 * 1024
"""No more than this is decompressed at a time, whatever a member claims to hold."""
GZIP_MAGIC = inflate.GZIP_MAGIC
_FIRST_WINDOW = 4096


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member: where it lies, how long it is, whether it is whole, and why not."""

    offset: int
    length: int
    """Up to the end of the file, where it isn't whole."""
    complete: bool
    error: str | None = None


class MemberStream:
    """One member while it is being read: ``chunks()`` decompresses it; then ``member`` says how it ended."""

    __slots__ = ("_walk", "member", "offset")

    def __init__(self, walk: MemberWalk, offset: int) -> None:
        self._walk = walk
        self.offset = offset
        self.member: Member | None = None
        """Set when ``chunks()`` has been read to its end."""

    def chunks(self) -> Iterator[bytes]:
        """The decompressed bytes, at most 1 MiB at a time; never raises for damage, see ``member``."""
        if self.member is not None:
            return
        unpacker = zlib.decompressobj(inflate.GZIP_WBITS)
        error: str | None = None
        pending: bytes | memoryview = b""
        window = _FIRST_WINDOW
        while not unpacker.eof:
            if not pending:
                pending = self._walk.take(window)
                window = min(4 * window, READ_BYTES)
                if not pending:
                    error = "the file ends inside this gzip member"
                    break
            try:
                data = unpacker.decompress(pending, OUT_BYTES)
            except zlib.error as e:
                error = f"not gzip: {e}" if not unpacker.unconsumed_tail and pending else str(e)
                break
            pending = unpacker.unconsumed_tail
            if data:
                yield data
        if error is None:
            self._walk.give_back(len(unpacker.unused_data))
            self.member = Member(self.offset, self._walk.position - self.offset, complete=True)
        else:
            self.member = Member(self.offset, self._walk.size - self.offset, complete=False, error=error)


class MemberWalk:
    """Reads a file member by member; iterate over it, and over each member's ``chunks()``."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self._ahead = memoryview(b"")
        self._at = 0
        self.position = handle.tell()
        handle.seek(0, 2)
        self.size = handle.tell()
        handle.seek(self.position)

    def take(self, most: int) -> memoryview:
        """The next raw bytes, at most so many: zlib copies what it doesn't use of them."""
        if self._at >= len(self._ahead):
            self._ahead, self._at = memoryview(self._handle.read(READ_BYTES)), 0
        data = self._ahead[self._at : self._at + most]
        self._at += len(data)
        self.position += len(data)
        return data

    def give_back(self, size: int) -> None:
        """So many of the bytes that were taken last belong to the next member."""
        self._at -= size
        self.position -= size

    def __iter__(self) -> Iterator[MemberStream]:
        while self.position < self.size:
            stream = MemberStream(self, self.position)
            yield stream
            for _ in stream.chunks():
                pass
            if stream.member is None or not stream.member.complete:
                return


def walk_members(handle: IO[bytes]) -> MemberWalk:
    """The members of an open file from its present position on, with their decompressed bytes."""
    return MemberWalk(handle)


def scan_members(path: Path) -> Iterator[Member]:
    """Every gzip member of a file; the last one isn't ``complete`` where the file is damaged or torn."""
    with path.open("rb") as handle:
        for stream in MemberWalk(handle):
            for _ in stream.chunks():
                pass
            assert stream.member is not None
            yield stream.member
