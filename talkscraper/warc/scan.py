"""One pass over a WARC of any writer: every record with its position and digests, and the gaps between records.

Streaming, in bounded memory, and never raising for the contents of a file: damage is a ``Gap``, after which the scan
continues at the next record that it finds. Compressed and plain files are read by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import IO, Protocol

from talkscraper.object_store.remote_warc import WarcPlace
from talkscraper.warc.block_reader import BlockReader
from talkscraper.warc.compression import GZIP_MAGIC
from talkscraper.warc.faults import Fault, Problem
from talkscraper.warc.headers import NO_FIELDS, WarcHeaders
from talkscraper.warc.http import HttpHead
from talkscraper.warc.members import MemberSource, PlainSource, RawFile, opened
from talkscraper.warc.reader import RecordReader

_WRONG_LENGTH = frozenset({Fault.LENGTH, Fault.FIELD})


@dataclass(slots=True, kw_only=True)
class ScannedRecord:
    """A record as found by the scan."""

    offset: int
    length: int
    """Length of its gzip member, or of the plain record; 0 if it shares its member with others."""
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
    fault: Fault
    message: str
    headers: WarcHeaders = NO_FIELDS
    """The named fields of the record there; none if they can't be read."""


class WholeScan(Protocol):
    """What a scan finds in a file from its beginning to its end: iterate once; ``sha256`` and ``size`` afterwards."""

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        ...

    def __iter__(self) -> Iterator[ScannedRecord | Gap]: ...

    def sha256(self) -> str:
        """Return the SHA-256 of the whole file in base16."""
        ...


Scanner = Callable[[WarcPlace], AbstractContextManager[WholeScan]]
"""Opens the scan of a file."""


class Scan:
    """The scan of one file, or of a range of a compressed one: iterate once; ``sha256`` and ``size`` afterwards."""

    def __init__(self, handle: IO[bytes], *, digests: bool = True, start: int = 0, stop: int | None = None) -> None:
        """Scan an open file.

        Args:
            handle: The file.
            digests: False: only find the records.
            start: Where a gzip member begins. What is found there doesn't depend on what is before.
            stop: No gzip member that begins here or later is read.
        """
        self._file = RawFile(handle, start=start)
        self._digests = digests
        self.size = self._file.size
        self._stop = self.size if stop is None else min(stop, self.size)
        self.gzipped = self._is_gzipped()

    @property
    def position(self) -> int:
        """Where the gzip member begins that is read next."""
        return self._file.position

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
            yield Gap(offset=0, length=0, fault=Fault.EMPTY, message="the file is empty")
            return
        yield from self._members() if self.gzipped else self._plain()

    # --- gzip -------------------------------------------------------------------------------------------------------

    def _members(self) -> Iterator[ScannedRecord | Gap]:
        file = self._file
        while file.position < self._stop:
            offset = file.position
            if file.begins_with(GZIP_MAGIC):
                yield from self._member(offset)
            else:
                yield self._gap(offset)

    def _member(self, offset: int) -> Iterator[ScannedRecord | Gap]:
        source = MemberSource(self._file)
        data, first = source.read(), True
        while data or first:
            reader = RecordReader(source)
            seen = self._record(reader, data)
            if seen is None and not source.broken():
                for _ in iter(source.read, b""):
                    pass  # to the member's end, where the next one begins
            if source.broken():
                yield self._gap(offset, reader, source)
                return
            if seen is None:
                length = self._file.position - offset
                yield Gap(
                    offset=offset, length=length, fault=reader.fault, message=reader.trouble, headers=reader.headers
                )
                return
            data = reader.rest
            seen.offset = offset
            if first and data:
                message = "several records share this gzip member, so that only the first opens alone"
                seen.problems.append(Problem(Fault.SHARED_MEMBER, message))
            elif first:
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
            reader = RecordReader(source)
            seen = self._record(reader, data)
            if seen is None:
                gap = self._gap(offset, reader)
                yield gap
                offset, data = gap.offset + gap.length, b""
                continue
            data = reader.rest
            following = file.position - len(data)
            seen.offset, seen.length = offset, following - offset
            yield seen
            offset = following

    # --- both -------------------------------------------------------------------------------------------------------

    def _record(self, reader: RecordReader, data: bytes) -> ScannedRecord | None:
        """Return the record that begins with ``data``, without its place; None if there is none."""
        if not reader.read_head(data):
            return None
        block = BlockReader(reader.headers, digests=self._digests)
        if not reader.read_block(block.feed):
            return None
        block.close()
        problems = reader.problems
        if not any(problem.fault in _WRONG_LENGTH for problem in problems):
            problems += block.complaints()
        return ScannedRecord(
            offset=0,
            length=0,
            headers=reader.headers,
            record_type=block.record_type,
            record_id=reader.headers.by_name.get("warc-record-id", ""),
            block_size=block.size,
            http=block.head,
            payload_digest=block.payload_digest,
            start=block.kept,
            framed=block.framed_digest,
            problems=problems,
        )

    def _gap(self, offset: int, reader: RecordReader | None = None, source: MemberSource | None = None) -> Gap:
        """Return the gap at ``offset``; the file's position is at its end afterwards."""
        file = self._file
        find = file.next_member if self.gzipped else file.next_plain
        torn = source.at_file_end if source is not None else reader is not None and reader.cut
        following = find(offset + 1)
        end = file.size if following is None else following
        if file.at(offset, 1) == b"\0" and following is None and file.only_zeros(offset):
            fault, message = Fault.ZERO_TAIL, f"the file ends in {end - offset} zeros"
        elif torn and following is None:
            fault, message = Fault.TORN_TAIL, f"the file ends inside this record; {end - offset} bytes of it are there"
        elif source is not None and source.error is not None:
            fault, message = Fault.GZIP, source.error
            if source.at_file_end:
                message = "this gzip member has no end"
        elif reader is not None and reader.version:
            fault, message = reader.fault, reader.trouble
        else:
            fault, message = Fault.RUBBISH, f"{end - offset} bytes that are no record"
        file.seek(end)
        headers = reader.headers if reader is not None else NO_FIELDS
        return Gap(offset=offset, length=end - offset, fault=fault, message=message, headers=headers)


@contextmanager
def scanned(path: WarcPlace) -> Iterator[WholeScan]:
    """Scan a file while the context is active.

    Raises:
        StorageError: it can't be read.
    """
    with opened(path) as handle:
        yield Scan(handle)
