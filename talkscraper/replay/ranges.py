"""Byte ranges (RFC 9110 §14): parsing of ``Range`` headers, and reading of files in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from talkscraper.object_store.remote_warc import WarcPlace, opened_ranges

_UNIT = re.compile(r"bytes\s*=\s*", re.IGNORECASE | re.ASCII)
_RANGE = re.compile(r"([0-9]{0,18})\s*-\s*([0-9]{0,18})", re.ASCII)
MAX_RANGES = 100
"""Maximum number of ranges; a header with more, probably an attack, gets the whole file."""
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The offsets of the first byte and of the one after the last."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.stop - self.start

    def content_range(self, size: int) -> str:
        """The ``Content-Range`` header."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


class Unsatisfiable(ValueError):
    """The range is outside the file: 416."""


def parse_ranges(header: str | None, size: int) -> list[ByteRange]:
    """Return the requested ranges in order; none if the whole file is to be sent.

    An invalid header means the whole file, and so do ranges that overlap or are too many, as §14.2 allows.

    Raises:
        Unsatisfiable: no range is within the file.
    """
    unit = _UNIT.match(header.strip()) if header else None
    if header is None or unit is None:
        return []
    written = header.strip()[unit.end() :].split(",")
    if len(written) > MAX_RANGES:
        return []
    found: list[ByteRange] = []
    for each in written:
        match = _RANGE.fullmatch(each.strip())
        if match is None or not (match[1] or match[2]):
            return []
        if match[1] and match[2] and int(match[2]) < int(match[1]):
            return []
        part = _part(match[1], match[2], size)
        if part is not None:
            found.append(part)
    if not found:
        raise Unsatisfiable
    return [] if len(found) > 1 and _overlap(found) else found


def _part(first: str, last: str, size: int) -> ByteRange | None:
    if not first:
        wanted = min(int(last), size)
        return ByteRange(size - wanted, size) if wanted else None
    start = int(first)
    return ByteRange(start, min(int(last) + 1, size) if last else size) if start < size else None


def _overlap(parts: list[ByteRange]) -> bool:
    ordered = sorted(parts, key=lambda part: part.start)
    return any(one.stop > other.start for one, other in pairwise(ordered))


@dataclass(frozen=True, slots=True)
class Multipart:
    """Several ranges in one response: ``multipart/byteranges`` (§14.6)."""

    parts: list[ByteRange]
    size: int
    """Size of the whole file."""
    media_type: str
    boundary: str

    @property
    def content_type(self) -> str:
        """The response's ``Content-Type``."""
        return f"multipart/byteranges; boundary={self.boundary}"

    @property
    def length(self) -> int:
        """The response's ``Content-Length``."""
        return sum(len(self._head(part)) + part.length for part in self.parts) + len(self._tail())

    def read(self, path: WarcPlace) -> Iterator[bytes]:
        """Yield the response's bytes in pieces."""
        for part in self.parts:
            yield self._head(part)
            yield from read_range(path, part)
        yield self._tail()

    def _head(self, part: ByteRange) -> bytes:
        lines = (
            f"\r\n--{self.boundary}",
            f"Content-Type: {self.media_type}",
            f"Content-Range: {part.content_range(self.size)}",
            "\r\n",
        )
        return "\r\n".join(lines).encode("ascii")

    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode("ascii")


def read_range(path: WarcPlace, part: ByteRange) -> Iterator[bytes]:
    """Yield the bytes of a file in pieces."""
    with opened_ranges(path) as handle:
        handle.seek(part.start)
        left = part.length
        while left:
            data = handle.read(min(left, CHUNK_BYTES))
            if not data:
                return
            left -= len(data)
            yield data
