"""One pass over a WARC of any writer: every record with its position and digests, and the gaps between records.

Streaming, in bounded memory, and never raising for the contents of a file: damage is a ``Gap``, after which the scan
continues at the next record that it finds. Compressed and plain files are read by the same code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from talkscraper.preserve.findings import Kind
from talkscraper.preserve.scan.blocks import BlockReader
from talkscraper.preserve.scan.raw import MemberSource, PlainSource, RawFile
from talkscraper.warc.headers import WarcHeaders
from talkscraper.warc.http import HttpHead
from talkscraper.warc.inflate import GZIP_MAGIC
from talkscraper.warc.reader import MAX_HEAD_BYTES, head_size, parse_head

_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of one record."""

    kind: Kind
    message: str


@dataclass(slots=True, kw_only=True)
class ScannedRecord:
    """A record as found by the scan."""

    offset: int
    length: int
    """Length of its gzip member, or of the plain record; 0 if it shares its member with others."""
    version: str
    headers: WarcHeaders
    block_size: int
    http: HttpHead | None
    """The final HTTP head of a response or revisit that holds one."""
    record_type: str
    """WARC-Type, lower-case; empty if it is missing."""
    record_id: str
    """WARC-Record-ID with its angle brackets; empty if it is missing."""
    payload_digest: str | None
    """Digest of the payload, computed if none or a wrong one was declared; None without payload."""
    start: bytes
    """The first bytes of the block of a request, metadata or warcinfo record."""
    framed: bool = False
    """Whether its payload digest includes the chunk framing, as wget, warcio and Heritrix write it."""
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Bytes that are no complete record: damage, a torn tail, garbage."""

    offset: int
    length: int
    kind: Kind
    message: str
    headers: WarcHeaders | None = None
    """The named fields of the record there, if they can still be read."""


class Scan:
    """The scan of one file: iterate once; ``sha256`` and ``size`` afterwards."""

    def __init__(self, handle: IO[bytes], *, digests: bool = True) -> None:
        """Scan an open file; ``digests=False`` only finds the records."""
        self._file = RawFile(handle)
        self._digests = digests
        self.size = self._file.size
        self.gzipped = self._is_gzipped()

    def sha256(self) -> str:
        """Return the SHA-256 of the whole file in base16."""
        return self._file.sha256()

    def _is_gzipped(self) -> bool:
        start = self._file.at(0, 5)
        if start.startswith(GZIP_MAGIC) or start == b"WARC/":
            return start != b"WARC/"
        # with a damaged beginning, the first record after it decides
        packed, plain = self._file.next_member(0), self._file.next_plain(0)
        return packed is not None and (plain is None or packed < plain)

    def __iter__(self) -> Iterator[ScannedRecord | Gap]:
        if not self.size:
            yield Gap(offset=0, length=0, kind=Kind.EMPTY, message="the file is empty")
            return
        yield from self._members() if self.gzipped else self._plain()

    # --- gzip -------------------------------------------------------------------------------------------------------

    def _members(self) -> Iterator[ScannedRecord | Gap]:
        file = self._file
        while file.position < file.size:
            offset = file.position
            if bytes(file.take(len(GZIP_MAGIC))) != GZIP_MAGIC:
                yield self._gap(offset, None, None)
                continue
            file.seek(offset)
            yield from self._member(offset)

    def _member(self, offset: int) -> Iterator[ScannedRecord | Gap]:
        source = MemberSource(self._file)
        data, first = source.read(), True
        while data or first:
            reader = _RecordReader(source, self._digests)
            seen = reader.read(data, gzipped=True)
            if source.broken():
                yield self._gap(offset, source, reader.headers)
                return
            if seen is None:
                for _ in iter(source.read, b""):
                    pass  # to the member's end, where the next one begins
                if source.broken():
                    yield self._gap(offset, source, reader.headers)
                    return
                length = self._file.position - offset
                yield Gap(
                    offset=offset, length=length, kind=reader.kind, message=reader.trouble, headers=reader.headers
                )
                return
            data = reader.rest
            seen.offset = offset
            if data or not first:
                if first:
                    message = "several records share this gzip member, so that only the first opens alone"
                    seen.problems.append(Problem(Kind.SHARED_MEMBER, message))
            else:
                seen.length = self._file.position - offset
            first = False
            yield seen

    # --- plain ------------------------------------------------------------------------------------------------------

    def _plain(self) -> Iterator[ScannedRecord | Gap]:
        file = self._file
        offset, data = 0, b""
        source = PlainSource(file)
        while True:
            data = data or source.read()
            if not data:
                return
            reader = _RecordReader(source, self._digests)
            seen = reader.read(data, gzipped=False)
            if seen is None:
                gap = self._gap(offset, None, reader.headers, reader)
                yield gap
                offset, data = gap.offset + gap.length, b""
                continue
            data = reader.rest
            following = file.position - len(data)
            seen.offset, seen.length = offset, following - offset
            yield seen
            offset = following

    # --- gaps -------------------------------------------------------------------------------------------------------

    def _gap(
        self, offset: int, source: MemberSource | None, headers: WarcHeaders | None, reader: _RecordReader | None = None
    ) -> Gap:
        """Return the gap at ``offset``; the file's position is at its end afterwards."""
        file = self._file
        find = file.next_member if self.gzipped else file.next_plain
        torn = source.at_file_end if source is not None else reader is not None and reader.cut
        following = find(offset + 1)
        end = file.size if following is None else following
        if file.at(offset, 1) == b"\0" and following is None and file.only_zeros(offset):
            kind, message = Kind.ZERO_TAIL, f"the file ends in {end - offset} zeros"
        elif torn and following is None:
            kind, message = Kind.TORN_TAIL, f"the file ends inside this record; {end - offset} bytes of it are there"
        elif source is not None and source.error is not None:
            kind, message = Kind.GZIP, source.error
            if source.at_file_end:
                message = "this gzip member has no end"
        elif reader is not None and reader.headers is not None:
            kind, message = reader.kind, reader.trouble
        else:
            kind, message = Kind.RUBBISH, f"{end - offset} bytes that are no record"
        file.seek(end)
        return Gap(offset=offset, length=end - offset, kind=kind, message=message, headers=headers)


class _RecordReader:
    """Reads one record; ``rest`` holds the bytes after it."""

    __slots__ = ("_digests", "_source", "cut", "headers", "kind", "rest", "trouble")

    def __init__(self, source: MemberSource | PlainSource, digests: bool) -> None:
        self._source = source
        self._digests = digests
        self.rest = b""
        self.headers: WarcHeaders | None = None
        self.kind = Kind.HEAD
        self.trouble = ""
        self.cut = False
        """Whether the source ended in the middle of it."""

    def read(self, data: bytes, *, gzipped: bool) -> ScannedRecord | None:
        """Return the record that begins with ``data``; None if there is none, and then ``trouble`` is the reason."""
        version, data, at = self._read_head(data)
        if version is None:
            return None
        headers = self.headers
        assert headers is not None
        problems: list[Problem] = []
        declared = (headers.get("Content-Length") or "").strip()
        if not (declared.isascii() and declared.isdigit()) or len(declared) > 18:
            what = f"Content-Length is {declared[:20]!r}" if declared else "Content-Length is missing"
            if not gzipped:
                self.kind, self.trouble = Kind.FIELD, what
                return None
            problems.append(Problem(Kind.FIELD, what))
            missing = 0
        else:
            missing = int(declared)
        if isinstance(self._source, PlainSource) and missing > len(data) - at + self._source.left:
            # without reading to the file's end: a file may consist of such records
            self.cut = True
            self.kind, self.trouble = (
                Kind.LENGTH,
                f"its block ends {missing - (len(data) - at) - self._source.left} bytes early",
            )
            return None
        block = BlockReader(headers, digests=self._digests)
        while missing:
            until = min(at + missing, len(data))
            if until > at:
                block.feed(data, at, until)
                missing -= until - at
                at = until
            if missing:
                data, at = self._source.read(), 0
                if not data:
                    break
        if missing:
            self.cut = True
            message = f"Content-Length is {declared}, but its block has {block.size} bytes"
            problems.append(Problem(Kind.LENGTH, message))
        elif gzipped:
            self._member_end(data[at:], problems)
        else:
            self._plain_end(data[at:], problems)
        block.close()
        if not problems or not any(problem.kind in (Kind.LENGTH, Kind.FIELD) for problem in problems):
            problems += [Problem(kind, message) for kind, message in block.complaints()]
        return ScannedRecord(
            offset=0,
            length=0,
            version=version,
            headers=headers,
            record_type=block.record_type,
            record_id=headers.get("WARC-Record-ID") or "",
            block_size=block.size,
            http=block.head,
            payload_digest=block.payload_digest,
            start=block.kept,
            framed=block.framed_digest,
            problems=problems,
        )

    def _read_head(self, data: bytes) -> tuple[str | None, bytes, int]:
        """Return version, the bytes read, and where in them the block begins."""
        while True:
            if not data.startswith(b"WARC/") and not b"WARC/".startswith(data[:5]):
                self.trouble = "no WARC record begins here"
                self.rest = data
                return None, b"", 0
            if (size := head_size(data)) is not None:
                break
            if len(data) > MAX_HEAD_BYTES or b"\nWARC/" in data:
                self.trouble = "its head has no end"
                return None, b"", 0
            more = self._source.read()
            if not more:
                self.cut = True
                self.trouble = "its head is cut off"
                return None, b"", 0
            data += more
        version, self.headers = parse_head(data[:size])
        return version, data, size

    def _member_end(self, data: bytes, problems: list[Problem]) -> None:
        """Check what follows the block in its gzip member: two line ends, and nothing else."""
        while len(data) <= len(_END) + len(b"WARC/"):
            more = self._source.read()
            if not more:
                break
            data += more
        if data == _END:
            return
        rest = data.lstrip(b"\r\n")
        if rest.startswith(b"WARC/"):
            self.rest = rest
        elif rest:
            for more in iter(self._source.read, b""):
                rest += more[:64]
            problems.append(Problem(Kind.LENGTH, "there are more bytes in its gzip member than Content-Length says"))
        else:
            problems.append(Problem(Kind.END, "there aren't two line ends after its block"))

    def _plain_end(self, data: bytes, problems: list[Problem]) -> None:
        """Check what follows the block in a plain file: two line ends, then the next record."""
        while len(data) <= len(_END) + len(b"WARC/"):
            more = self._source.read()
            if not more:
                break
            data += more
        self.rest = data.removeprefix(_END)
        if len(self.rest) == len(data):
            stripped = data.lstrip(b"\r\n")
            if stripped and not stripped.startswith(b"WARC/"):
                problems.append(Problem(Kind.LENGTH, "its block doesn't end where Content-Length says"))
                self.rest = data
            else:
                problems.append(Problem(Kind.END, "there aren't two line ends after its block"))
                self.rest = stripped
