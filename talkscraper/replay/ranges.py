"""Byte ranges (RFC 9110 §14): one range of a ``Range`` header, and files in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_RANGE = re.compile(r"bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)", re.IGNORECASE | re.ASCII)
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The first byte and the one after the last."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.stop - self.start

    def content_range(self, size: int) -> str:
        """The ``Content-Range`` header."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


class Unsatisfiable(ValueError):
    """The range lies outside of the file: 416."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The range that is asked for; None where the whole file is to be sent.

    A header that isn't understood, and one with several ranges, mean the whole file, as §14.2 allows.

    Raises:
        Unsatisfiable: nothing of the file lies in the range.
    """
    if header is None:
        return None
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        wanted = int(match[2])
        if not wanted or not size:
            raise Unsatisfiable
        return ByteRange(max(0, size - wanted), size)
    start = int(match[1])
    stop = min(int(match[2]) + 1, size) if match[2] else size
    if match[2] and int(match[2]) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return ByteRange(start, stop)


def read_range(path: Path, part: ByteRange) -> Iterator[bytes]:
    """The bytes of a file in pieces."""
    with path.open("rb") as handle:
        handle.seek(part.start)
        left = part.length
        while left:
            data = handle.read(min(left, CHUNK_BYTES))
            if not data:
                return
            left -= len(data)
            yield data
