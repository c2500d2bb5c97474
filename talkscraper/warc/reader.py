"""Reader of one record: its head, and its block in pieces. By it a file is scanned, and a record read by its place.

Lenient: old writers ended heads with LF only, and records with more or fewer line ends than two. What differs from the
format is a ``Problem``; what can't be read ends the reading. ``read_record`` is strict about the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from talkscraper.errors import DamagedRecord
from talkscraper.model import RecordType
from talkscraper.object_store.remote_warc import RemoteWarc, WarcPlace
from talkscraper.warc.compression import GZIP_MAGIC
from talkscraper.warc.digests import Hasher
from talkscraper.warc.faults import Fault, Problem
from talkscraper.warc.headers import MAX_HEAD_BYTES, NO_FIELDS, WarcHeaders, head_size, parse_date, parse_head
from talkscraper.warc.http import MAX_LEAD_BYTES, HttpHead, final_head, payload_pieces
from talkscraper.warc.members import MemberSource, PlainSource, RawFile, opened
from talkscraper.warc.spool import Spool

_READ_BYTES = 64 * 1024
"""Number of bytes read at once of a single record: enough for most of them."""
_END = b"\r\n\r\n"
_WRONG_LENGTH = frozenset({Fault.LENGTH, Fault.FIELD})


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

    def http_head(self) -> tuple[int, HttpHead]:
        """Return where a response's final head begins in the block (after interim 1xx heads), and the head."""
        interim, head = final_head(self.spool.read(0, MAX_LEAD_BYTES))
        return sum(map(len, interim)), head

    def payload(self) -> Iterator[bytes | memoryview]:
        """Yield a response's payload: without transfer coding, with content codings."""
        start, head = self.http_head()
        return payload_pieces(self.spool.chunks(start + head.size), chunked=head.chunked)

    def payload_digest(self) -> str:
        """Return the computed digest of a response's payload, ignoring the record's own digest field."""
        hasher = Hasher()
        for piece in self.payload():
            hasher.update(piece)
        return hasher.digest()


def read_record(path: WarcPlace, offset: int, length: int | None = None) -> Record:
    """Return the record that begins at ``offset``, gzip member or uncompressed.

    ``length``, if given, must be the record's own.

    Raises:
        DamagedRecord: there is no complete record there.
        StorageError: the file can't be read.
    """
    try:
        return _read_from(path, offset, length)
    except DamagedRecord:
        if not isinstance(path, RemoteWarc):
            raise
    # what is in the cache may have been damaged on its way there
    path.forget_cached()
    return _read_from(path, offset, length)


def _read_from(path: WarcPlace, offset: int, length: int | None) -> Record:
    spool = Spool()
    try:
        with opened(path, ranges=True) as handle:
            record = _read(RawFile(handle, start=offset, read_bytes=_READ_BYTES), spool, path.name)
        if length is not None and record.length != length:
            raise ValueError(f"it is {record.length} bytes long, not {length}")
    except ValueError as e:
        spool.close()
        raise DamagedRecord(str(e), file=path.name, offset=offset) from e
    return record


def _read(file: RawFile, spool: Spool, name: str) -> Record:
    offset = file.position
    magic = file.at(offset, len(GZIP_MAGIC))
    if not magic:
        raise ValueError("the file ends before it")
    source = MemberSource(file) if magic == GZIP_MAGIC else PlainSource(file)
    reader = RecordReader(source)
    whole = reader.read_head(source.read()) and reader.read_block(
        lambda data, start, end: spool.write(memoryview(data)[start:end])
    )
    if source.error is not None:
        raise ValueError(source.error)
    wrong = [each.message for each in reader.problems if each.fault in _WRONG_LENGTH]
    if not whole or wrong:
        raise ValueError(wrong[0] if wrong else reader.trouble)
    following = 0 if source.gzipped else len(reader.rest)
    if source.gzipped and reader.rest:
        raise ValueError("it shares its gzip member with other records")
    length = file.position - following - offset
    return Record(version=reader.version, headers=reader.headers, spool=spool, file=name, offset=offset, length=length)


class RecordReader:
    """Reads one record from a source. Afterwards ``rest`` holds the bytes after it."""

    __slots__ = ("_at", "_data", "_source", "cut", "fault", "headers", "problems", "rest", "trouble", "version")

    def __init__(self, source: MemberSource | PlainSource) -> None:
        self._source = source
        self._data, self._at = b"", 0
        self.version = ""
        """``WARC/1.1`` or ``WARC/1.0``."""
        self.headers = NO_FIELDS
        self.problems: list[Problem] = []
        self.fault, self.trouble = Fault.HEAD, ""
        """Why there is no record."""
        self.cut = False
        """Whether the source ended in the middle of it."""
        self.rest = b""

    def read_head(self, data: bytes) -> bool:
        """Read the head that begins with ``data``; return whether there is one, else ``trouble`` is the reason."""
        while (size := head_size(data)) is None or not data.startswith(b"WARC/"):
            if not data.startswith(b"WARC/") and not b"WARC/".startswith(data[:5]):
                self.trouble = "no WARC record begins here"
                return False
            if len(data) > MAX_HEAD_BYTES or b"\nWARC/" in data:
                self.trouble = "its head has no end"
                return False
            more = self._source.read()
            if not more:
                self.cut = True
                self.trouble = "its head is cut off"
                return False
            data += more
        self.version, self.headers = parse_head(data[:size])
        self._data, self._at = data, size
        return True

    def read_block(self, feed: Callable[[bytes, int, int], object]) -> bool:
        """Pass the block to ``feed(data, start, end)`` in pieces ``data[start:end]``.

        Return whether there is a record, with ``problems``; else ``trouble`` is the reason.
        """
        declared = self.headers.by_name.get("content-length", "")
        missing = 0
        if declared.isascii() and declared.isdigit() and len(declared) <= 18:
            missing = int(declared)
        else:
            what = f"Content-Length is {declared[:20]!r}" if declared else "Content-Length is missing"
            if not self._source.gzipped:
                self.fault, self.trouble = Fault.FIELD, what
                return False
            self.problems.append(Problem(Fault.FIELD, what))
        data, at = self._data, self._at
        if isinstance(self._source, PlainSource) and missing > len(data) - at + self._source.left:
            # without reading to the file's end: a file may consist of such records
            self.cut = True
            early = missing - (len(data) - at) - self._source.left
            self.fault, self.trouble = Fault.LENGTH, f"its block ends {early} bytes early"
            return False
        while missing:
            until = min(at + missing, len(data))
            if until > at:
                feed(data, at, until)
                missing -= until - at
                at = until
            if missing:
                data, at = self._source.read(), 0
                if not data:
                    self.cut = True
                    self.problems.append(Problem(Fault.LENGTH, f"its block ends {missing} bytes early"))
                    return True
        self._read_end(data[at:])
        return True

    def _read_end(self, data: bytes) -> None:
        """Check what follows the block: two line ends, and then the next record, if any."""
        while len(data) <= len(_END) + len(b"WARC/"):
            more = self._source.read()
            if not more:
                break
            data += more
        if data == _END or (not self._source.gzipped and data.startswith(_END)):
            self.rest = data[len(_END) :]
            return
        rest = data.lstrip(b"\r\n")
        if self._source.gzipped and rest.startswith(b"WARC/"):
            self.rest = rest
        elif self._source.gzipped and rest:
            for _ in iter(self._source.read, b""):
                pass  # to the member's end, which may be damaged
            message = "there are more bytes in its gzip member than Content-Length says"
            self.problems.append(Problem(Fault.LENGTH, message))
        elif rest and not rest.startswith(b"WARC/"):
            self.problems.append(Problem(Fault.LENGTH, "its block doesn't end where Content-Length says"))
            self.rest = data
        else:
            self.problems.append(Problem(Fault.END, "there aren't two line ends after its block"))
            self.rest = rest
