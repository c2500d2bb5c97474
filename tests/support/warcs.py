"""WARC records made by hand, and the members and records that a file holds."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from talkscraper.errors import DamagedRecord
from talkscraper.warc.reader import Record, read_record
from talkscraper.warc.records import NewRecord, build_request, build_response, build_warcinfo
from tests.support.clock import at


def response(
    url: str,
    body: bytes,
    *,
    when: str = "2025-10-21T10:00:00",
    status: str = "HTTP/1.1 200 OK",
    mime: str = "text/html; charset=utf-8",
    more: str = "",
    digest: str | None = None,
    record_id: str | None = None,
) -> NewRecord:
    """A response record."""
    head = f"{status}\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return build_response(
        url=url, date=at(when), block=head.encode() + body, payload_digest=digest, record_id=record_id
    )


def request(url: str, answer: NewRecord, method: str = "GET", referer: str | None = None) -> NewRecord:
    """The request record of a response."""
    more = f"Referer: {referer}\r\n" if referer else ""
    block = f"{method} / HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()
    return build_request(url=url, date=answer.date, block=block, concurrent_to=answer.record_id)


def info(software: str = "a crawler/1.0") -> NewRecord:
    """A warcinfo record."""
    return build_warcinfo(date=at("2025-10-21"), filename="x.warc.gz", pairs=(("software", software),))


def members(*records: NewRecord) -> bytes:
    """One gzip member for each record."""
    return b"".join(b"".join(record.member()) for record in records)


def plain(*records: NewRecord) -> bytes:
    """No compression."""
    return b"".join(b"".join(record.chunks()) for record in records)


def one_member(*records: NewRecord) -> bytes:
    """One gzip member for all."""
    return gzip.compress(plain(*records), mtime=0)


@dataclass(frozen=True)
class WarcMember:
    """One gzip member: where it lies, how long it is (to the file's end, where it isn't whole), whether it is whole."""

    offset: int
    length: int
    complete: bool


def scan_members(path: Path) -> Iterator[WarcMember]:
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
            yield WarcMember(offset, len(data) - offset, complete=False)
            return
        end = at - len(unpacker.unused_data)
        yield WarcMember(offset, end - offset, complete=True)
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
