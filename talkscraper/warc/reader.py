"""Reading one record by its place in a file, anyone's.

Everything read is checked: an incomplete record raises ``DamagedRecord`` with file and offset. Old writers ended heads
with LF only, and records with more or fewer line ends than two; their blocks are accepted.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from talkscraper.errors import DamagedRecord, StorageError
from talkscraper.model import RecordType
from talkscraper.warc.headers import WarcHeaders
from talkscraper.warc.inflate import GZIP_MAGIC, GZIP_WBITS, MAX_OUT_BYTES
from talkscraper.warc.spool import Spool

MAX_HEAD_BYTES = 256 * 1024
"""Maximum size of a record's named fields in bytes; a few hundred are usual."""
_FIRST_BYTES = 16 * 1024
"""Number of bytes read at once: enough for most records that are looked up singly."""
_AHEAD_BYTES = 128 * 1024


class Record:
    """A record of a file. ``length`` is that of its gzip member, or of the uncompressed record."""

    __slots__ = ("file", "headers", "length", "offset", "spool", "version")

    def __init__(
        self, *, version: str, headers: WarcHeaders, spool: Spool, file: str, offset: int, length: int
    ) -> None:
        self.version = version
        """``WARC/1.1`` or ``WARC/1.0``."""
        self.headers = headers
        self.spool = spool
        self.file = file
        self.offset = offset
        self.length = length

    @property
    def block(self) -> bytes:
        """The whole block; use ``spool.chunks()`` where it may be large."""
        return self.spool.read()

    @property
    def record_id(self) -> str:
        """WARC-Record-ID with its angle brackets; empty if it is missing."""
        return self.headers.get("WARC-Record-ID") or ""

    @property
    def record_type(self) -> RecordType | None:
        """WARC-Type, if it is a known one."""
        try:
            return RecordType((self.headers.get("WARC-Type") or "").lower())
        except ValueError:
            return None

    @property
    def target_uri(self) -> str | None:
        """WARC-Target-URI, without the angle brackets that old writers put around it."""
        uri = self.headers.get("WARC-Target-URI")
        if uri is not None and uri.startswith("<") and uri.endswith(">"):
            return uri[1:-1]
        return uri

    @property
    def date(self) -> datetime | None:
        """WARC-Date as an aware datetime; None if it is missing or invalid."""
        return parse_date(self.headers.get("WARC-Date"))


EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""The earliest possible capture: there was no web before."""
GRACE = timedelta(days=1)
"""Tolerance for the clock of a capturing machine that is ahead."""


def parse_date(text: str | None) -> datetime | None:
    """Return a WARC-Date (W3C date-time of 1.1, with or without fractions) as UTC; None if it is invalid."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)  # at the first or last representable day the offset is ignored


def possible_date(text: str | None, latest: datetime) -> datetime | None:
    """Return a plausible WARC-Date: not before 1990, and not more than a day after ``latest``; else None."""
    moment = parse_date(text)
    return moment if moment is not None and is_possible(moment, latest) else None


def is_possible(moment: datetime, latest: datetime) -> bool:
    """Whether a capture at this moment is plausible, if ``latest`` is when its file was finished."""
    return moment >= EARLIEST and moment - GRACE <= latest


def read_record(path: Path, offset: int, length: int | None = None) -> Record:
    """Return the record that begins at ``offset``, gzip member or uncompressed.

    ``length``, if given, must be the record's own.

    Raises:
        DamagedRecord: there is no complete record there.
        StorageError: the file can't be read.
    """
    try:
        with path.open("rb") as handle:
            record = _read_at(handle, offset, path.name)
    except OSError as e:
        raise StorageError(f"can't read {path}: {e.strerror or e}") from e
    if record is None:
        raise DamagedRecord("the file ends before it", file=path.name, offset=offset)
    if length is not None and record.length != length:
        raise DamagedRecord(f"it is {record.length} bytes long, not {length}", file=path.name, offset=offset)
    return record


class _Gunzip:
    """Decompresses one gzip member; ``consumed`` counts its raw bytes."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self._unpacker = zlib.decompressobj(GZIP_WBITS)
        self._pending = b""
        self.consumed = 0

    def read(self) -> bytes:
        """Return some bytes, or none at the member's end."""
        while not self._unpacker.eof:
            if not self._pending:
                self._pending = self._handle.read(_AHEAD_BYTES if self.consumed else _FIRST_BYTES)
                if not self._pending:
                    raise EOFError("the file ends inside it")
                self.consumed += len(self._pending)
            data = self._unpacker.decompress(self._pending, MAX_OUT_BYTES)
            self._pending = self._unpacker.unconsumed_tail
            # not empty only once, when the member has ended
            self.consumed -= len(self._unpacker.unused_data)
            if data:
                return data
        return b""


class _Plain:
    """Reads an uncompressed file; only the record's head gives its length."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle

    def read(self) -> bytes:
        """Return some bytes, or none at the file's end."""
        return self._handle.read(_AHEAD_BYTES)


def _read_at(handle: IO[bytes], offset: int, file: str) -> Record | None:
    handle.seek(offset)
    magic = handle.read(len(GZIP_MAGIC))
    if not magic:
        return None
    handle.seek(offset)
    source: _Gunzip | _Plain = _Gunzip(handle) if magic == GZIP_MAGIC else _Plain(handle)
    return _parse(source, file, offset)


def _parse(source: _Gunzip | _Plain, file: str, offset: int) -> Record:
    spool = Spool()
    try:
        return _parse_into(spool, source, file, offset)
    except (zlib.error, EOFError, ValueError) as e:
        spool.close()
        raise DamagedRecord(str(e), file=file, offset=offset) from e


def _parse_into(spool: Spool, source: _Gunzip | _Plain, file: str, offset: int) -> Record:
    head, rest = _read_head(source)
    version, headers = parse_head(head)
    length_field = headers.get("Content-Length") or ""
    if not (length_field.isascii() and length_field.isdigit()):
        raise ValueError(f"Content-Length is {length_field[:20]!r}")
    missing = int(length_field)
    end = b""
    data = rest
    while True:
        piece = data[:missing]
        spool.write(piece)
        missing -= len(piece)
        end += data[len(piece) :]
        if isinstance(source, _Plain) and not missing and len(end) >= 4:
            break
        if len(end) > 4 and end.strip(b"\r\n"):
            raise ValueError("bytes after the record in its gzip member")
        data = source.read()
        if not data:
            break
    if missing:
        raise ValueError(f"its block ends {missing} bytes early")
    following = end.lstrip(b"\r\n")[:5]
    if following != b"WARC/"[: len(following)]:
        raise ValueError("no two line ends after its block")
    ends = len(end) - len(end.lstrip(b"\r\n"))
    length = source.consumed if isinstance(source, _Gunzip) else len(head) + spool.size + ends
    return Record(version=version, headers=headers, spool=spool, file=file, offset=offset, length=length)


def _read_head(source: _Gunzip | _Plain) -> tuple[bytes, bytes]:
    data = b""
    while True:
        if (size := head_size(data)) is not None:
            return data[:size], data[size:]
        if not b"WARC/".startswith(data[:5]):
            raise ValueError("no WARC record begins here")
        if len(data) > MAX_HEAD_BYTES:
            raise ValueError("its head has no end")
        more = source.read()
        if not more:
            raise ValueError("its head is cut off")
        data += more


def head_size(data: bytes) -> int | None:
    """Length of the head that ``data`` begins with, its blank line included; None where it goes on."""
    end, line_ends = data.find(b"\r\n\r\n"), 4
    if end < 0 or b"\n\n" in data[:end]:
        # writers of old ended lines with LF only
        end, line_ends = data.find(b"\n\n"), 2
    return end + line_ends if end >= 0 else None


def parse_head(head: bytes) -> tuple[str, WarcHeaders]:
    """Parse version and named fields of a record's head (with its blank line).

    Raises:
        ValueError: it doesn't begin with a WARC version line.
    """
    lines = head.replace(b"\r\n", b"\n").split(b"\n")
    if not lines[0].startswith(b"WARC/"):
        raise ValueError("no WARC record begins here")
    return lines[0].decode("ascii", "replace"), WarcHeaders.parse(line for line in lines[1:] if line)
