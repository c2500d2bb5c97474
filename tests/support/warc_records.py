"""All members and all records of a WARC of ours, for tests that compare what a file holds."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from talkscraper.errors import DamagedRecord
from talkscraper.warc.reader import Record, read_record


@dataclass(frozen=True)
class Member:
    """One gzip member: where it lies, how long it is (to the file's end, where it isn't whole), whether it is whole."""

    offset: int
    length: int
    complete: bool


def scan_members(path: Path) -> Iterator[Member]:
    """Every gzip member of a file; the walk ends at the first that isn't whole."""
    data = memoryview(path.read_bytes())
    offset = 0
    while offset < len(data):
        unpacker, at = zlib.decompressobj(31), offset
        try:
            while not unpacker.eof and at < len(data):
                piece = data[at : at + 65536]
                unpacker.decompress(piece)
                at += len(piece)
        except zlib.error:
            pass
        if not unpacker.eof:
            yield Member(offset, len(data) - offset, complete=False)
            return
        end = at - len(unpacker.unused_data)
        yield Member(offset, end - offset, complete=True)
        offset = end


def iter_records(path: Path) -> Iterator[Record]:
    """All records of a file as we write them, in order.

    Raises:
        DamagedRecord: at the first record that isn't whole, or isn't ended by two line ends.
    """
    data = path.read_bytes()
    offset = 0
    while offset < len(data):
        record = read_record(path, offset)
        offset += record.length
        if not data.startswith(b"\x1f\x8b") and not data[:offset].endswith(b"\r\n\r\n"):
            raise DamagedRecord("no two line ends after its block", file=path.name, offset=record.offset)
        yield record
