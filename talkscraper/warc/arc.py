"""Reader of ARC files, the Internet Archive's format before WARC: a header line, then the response.

The line holds address, IP, date, media type and length. Reads version 1 (five fields) and 2 (ten) leniently: spaces in
addresses and types, no or several line ends after a response. Unreadable bytes are a ``Skipped`` piece, after which
the next line that looks like a record's is searched. https://archive.org/web/researcher/ArcFileFormat.php
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from talkscraper.warc.headers import raw_uri
from talkscraper.warc.spool import Spool

_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*+:")
_IP = re.compile(rb"[0-9A-Fa-f.:]+|-")
_DATE = re.compile(rb"[0-9]{8,17}")
_LENGTH = re.compile(rb"[0-9]{1,15}")
_MAX_LINE = 64 * 1024
_READ = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcRecord:
    """A record; ``block`` is the response as received, with its HTTP head if it had one."""

    offset: int
    line: bytes
    """The line before the block, as it is."""
    url: str
    ip: str | None
    date: datetime | None
    mime: str | None
    block: Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Bytes that are no complete record."""

    offset: int
    length: int
    torn: bool
    """Whether the file ends inside a record."""


@dataclass(frozen=True, slots=True)
class _Line:
    """The line before a response."""

    url: bytes
    ip: bytes
    date: bytes
    rest: bytes
    """What is between date and length; the media type comes first."""
    length: int


def _line(line: bytes) -> _Line | None:
    """Parse a record's first line; address and type may contain spaces; the first IP and date in a row end the URL."""
    line = line.removesuffix(b"\n").removesuffix(b"\r")
    if b"\r" in line or b"\n" in line or _SCHEME.match(line) is None:
        return None
    words = line.split(b" ")
    if _LENGTH.fullmatch(words[-1]) is None:
        return None
    for at in range(1, len(words) - 2):
        if _IP.fullmatch(words[at]) is not None and _DATE.fullmatch(words[at + 1]) is not None:
            url, rest = b" ".join(words[:at]), b" ".join(words[at + 2 : -1])
            return _Line(url, words[at], words[at + 1], rest, int(words[-1]))
    return None


def iter_arc(handle: IO[bytes]) -> Iterator[ArcRecord | Skipped]:
    """Yield all records of an uncompressed ARC file; the first one is its description (``filedesc://``)."""
    handle.seek(0, 2)
    size = handle.tell()
    offset = 0
    while True:
        offset = _past_line_ends(handle, offset)
        if offset >= size:
            return
        handle.seek(offset)
        first = handle.readline(_MAX_LINE)
        line = _line(first)
        end = offset + len(first) + line.length if line is not None else 0
        if line is None or end > size:
            following = _next_line(handle, offset + len(first), size)
            yield Skipped(offset=offset, length=following - offset, torn=line is not None and following >= size)
            offset = following
            continue
        yield ArcRecord(
            offset=offset,
            line=first,
            url=raw_uri(line.url),
            ip=line.ip.decode() if line.ip not in (b"-", b"0.0.0.0") else None,
            date=_date(line.date.decode()),
            mime=_mime(line.rest.decode("latin-1")),
            block=_block(handle, offset + len(first), line.length),
        )
        offset = end


def _past_line_ends(handle: IO[bytes], offset: int) -> int:
    while True:
        handle.seek(offset)
        data = handle.read(512)
        rest = data.lstrip(b"\r\n")
        offset += len(data) - len(rest)
        if rest or not data:
            return offset


def _next_line(handle: IO[bytes], offset: int, size: int) -> int:
    """Return where the next line begins that looks like a record's; the file's end if there is none."""
    handle.seek(offset)
    while first := handle.readline(_MAX_LINE):
        if _line(first) is not None:
            return offset
        offset += len(first)
    return size


def _block(handle: IO[bytes], offset: int, length: int) -> Spool:
    spool = Spool()
    handle.seek(offset)
    while length > 0 and (data := handle.read(min(length, _READ))):
        spool.write(data)
        length -= len(data)
    return spool


def _date(digits: str) -> datetime | None:
    """Parse a date of 14 digits; also 12 and 8 in old files, 17 with milliseconds."""
    try:
        moment = datetime.strptime(digits[:14].ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return moment.replace(microsecond=int(digits[14:].ljust(3, "0")) * 1000)
    except ValueError:
        return None


def _mime(rest: str) -> str | None:
    mime = rest.split(" ", 1)[0].partition(";")[0].strip()
    return mime if "/" in mime else None
