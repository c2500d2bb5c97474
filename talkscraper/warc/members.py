"""Streaming iteration over the gzip members of a WARC file, the basis of ``verify`` and ``repair``.

A member is complete if zlib reaches its end and its CRC is correct. The iteration stops at the first one that isn't:
there is no reliable way to find the next.
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
"""Maximum number of bytes decompressed at a time, whatever the size of a member."""
GZIP_MAGIC = inflate.GZIP_MAGIC
_FIRST_WINDOW = 4096


@dataclass(frozen=True, slots=True)
class Member:
    """A gzip member: its position and length in bytes, whether it is complete, and why not."""

    offset: int
    length: int
    """Extends to the end of the file if the member isn't complete."""
    complete: bool
    error: str | None = None


class MemberStream:
    """A member being read: ``chunks()`` decompresses it; then ``member`` holds the result."""

    __slots__ = ("_walk", "member", "offset")

    def __init__(self, walk: MemberWalk, offset: int) -> None:
        self._walk = walk
        self.offset = offset
        self.member: Member | None = None
        """Set when ``chunks()`` has been read to its end."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the decompressed bytes, at most 1 MiB at a time; never raises for damage, see ``member``."""
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
        """Return the next raw bytes, up to a maximum: zlib copies what it doesn't use of them."""
        if self._at >= len(self._ahead):
            self._ahead, self._at = memoryview(self._handle.read(READ_BYTES)), 0
        data = self._ahead[self._at : self._at + most]
        self._at += len(data)
        self.position += len(data)
        return data

    def give_back(self, size: int) -> None:
        """Return bytes taken last to the buffer: they belong to the next member."""
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
    """Yield the members of an open file from its present position on, with their decompressed bytes."""
    return MemberWalk(handle)


def scan_members(path: Path) -> Iterator[Member]:
    """Return every gzip member of a file; the last one isn't ``complete`` if the file is damaged or torn."""
    with path.open("rb") as handle:
        for stream in MemberWalk(handle):
            for _ in stream.chunks():
                pass
            assert stream.member is not None
            yield stream.member
