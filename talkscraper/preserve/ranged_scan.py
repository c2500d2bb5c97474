"""Scans of files by the workers of an executor, large ones in ranges, and their results as those of one scan.

What a scan finds from the beginning of a gzip member on depends on nothing before it. So a range is scanned from the
first member that seems to begin in it, and counts only from where the one before it has ended: what looks like the
beginning of a member may be a part of another one, such as a WARC that was captured. What doesn't fit is scanned here.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from talkscraper.cluster import Executor, UnitReceipt
from talkscraper.preserve.archive_files import sha256_of
from talkscraper.preserve.file_stamp import FileStamp
from talkscraper.warc.members import RawFile, opened
from talkscraper.warc.scan import Gap, Scan, ScannedRecord, Scanner, WholeScan, scanned

RANGE_BYTES = 64 * 1024 * 1024
"""Number of bytes of a file that a worker scans at a time."""
MAX_KEPT = 32 * 1024 * 1024
"""Number of characters in heads after which a worker ends the scan of a range early: its result is sent to us."""
_RECORD_COST = 200
"""Number of characters that a record counts for besides its heads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBytes:
    """What identifies the bytes of a file."""

    stamp: FileStamp
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestUnit:
    """A file whose SHA-256 is computed."""

    key: str
    weight: int
    path: Path


def bytes_of(unit: DigestUnit) -> FileBytes:
    """Return stamp and SHA-256 of a file.

    Raises:
        StorageError: it can't be read.
    """
    stamp = FileStamp.of(unit.path)
    return FileBytes(stamp=stamp, sha256=sha256_of(unit.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeUnit:
    """A range of a file."""

    key: str
    weight: int
    path: Path
    start: int
    stop: int
    is_member: bool = False
    """Whether a gzip member certainly begins at ``start``; otherwise the first is looked for."""
    is_whole: bool = False
    """Whether it is the only range of its file: then the file's SHA-256 is computed as it is read."""


@dataclass(frozen=True, slots=True)
class ScannedRange:
    """What begins in a range."""

    end: int
    """Where the gzip member begins that follows what was scanned."""
    found: tuple[ScannedRecord | Gap, ...]
    stamp: FileStamp
    """That of the file before it was read."""
    sha256: str | None = None
    """That of the file, if the range is all of it."""

    def since(self, position: int) -> ScannedRange | None:
        """Return the part from a position on; None if no gzip member was read from there."""
        for number, each in enumerate(self.found):
            if each.offset == position:
                return replace(self, found=self.found[number:])
        return None


def scan_range(unit: RangeUnit) -> ScannedRange:
    """Scan a range of a file.

    Raises:
        StorageError: it can't be read.
    """
    with opened(unit.path) as handle:
        stamp = FileStamp.of(unit.path)
        start: int | None = unit.start
        if unit.start and not unit.is_member:
            start = RawFile(handle).next_member(unit.start, unit.stop)
        if start is None:
            return ScannedRange(unit.stop, (), stamp)
        scan = Scan(handle, start=start, stop=unit.stop)
        found, kept = [], 0
        for each in scan:
            found.append(each)
            kept += _size_of(each)
            # only the last one of a member is followed by another member
            if kept > MAX_KEPT and each.length:
                break
        return ScannedRange(scan.position, tuple(found), stamp, scan.sha256() if unit.is_whole else None)


def read_unit(unit: RangeUnit | DigestUnit) -> ScannedRange | FileBytes:
    """Scan a range, or compute a digest."""
    return scan_range(unit) if isinstance(unit, RangeUnit) else bytes_of(unit)


def _size_of(found: ScannedRecord | Gap) -> int:
    size = _RECORD_COST + _characters(found.headers)
    if isinstance(found, ScannedRecord):
        size += len(found.start) + (_characters(found.http.headers) if found.http is not None else 0)
    return size


def _characters(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(len(name) + len(value) for name, value in pairs)


class RangedScans:
    """Has files scanned by the workers of an executor, in the order in which their scans are needed; close it.

    A file of one range is read once: its scan computes its digest. The digest of a larger one is a unit of its own.
    """

    def __init__(self, executor: Executor | None) -> None:
        """``executor``: None: files are read here, when they are needed."""
        self._executor = executor
        self._bytes: dict[Path, FileBytes] = {}
        self._stamps: dict[Path, FileStamp] = {}
        self._units: dict[Path, list[RangeUnit]] = {}
        self._receipts: Generator[UnitReceipt[RangeUnit | DigestUnit, ScannedRange | FileBytes], None, None] | None
        self._receipts = None
        self._arrived: dict[str, ScannedRange | FileBytes | None] = {}

    @property
    def by_workers(self) -> bool:
        """Whether there is an executor."""
        return self._executor is not None

    def read_digests(self, paths: Sequence[Path]) -> dict[Path, str]:
        """Have the SHA-256 of files computed, and return those known; a file that no worker can read has none.

        Raises:
            ClusterError: the cluster is lost.
        """
        if self._executor is not None:
            units = [_digest_unit(path, path.stat().st_size) for path in paths if path.is_file()]
            for receipt in self._executor.map(bytes_of, units):
                if receipt.result is not None:
                    self._bytes[Path(receipt.unit.key)] = receipt.result
        return {path: found.sha256 for path, found in self._bytes.items()}

    def sha256_of(self, path: Path) -> str:
        """Return the SHA-256 of a file, computed here if it has changed, or no worker could.

        Raises:
            StorageError: it can't be read.
        """
        known = self._bytes.get(path)
        return known.sha256 if known is not None and known.stamp.is_still_of(path) else sha256_of(path)

    def begin(self, paths: Sequence[Path]) -> None:
        """Have files scanned; ``scanner`` of each is then called in this order."""
        self.close()
        if self._executor is None:
            return
        self._stamps = {path: FileStamp.of(path) for path in paths}
        self._units = {path: _ranges_of(path, stamp.size) for path, stamp in self._stamps.items()}
        self._receipts = self._executor.map(read_unit, self._all_units())

    def scanner(self, path: Path) -> Scanner:
        """Return what opens the scan of a file, or of its copy; of one that wasn't begun, or has changed, here."""
        if path not in self._units or not self._stamps[path].is_still_of(path):
            return scanned
        return lambda _place: self._opened(path)

    def close(self) -> None:
        """Cancel what isn't scanned."""
        if self._receipts is not None:
            self._receipts.close()
        self._receipts = None
        self._arrived.clear()

    def _all_units(self) -> Iterator[RangeUnit | DigestUnit]:
        for path, units in self._units.items():
            if len(units) > 1 and path not in self._bytes:
                yield _digest_unit(path, self._stamps[path].size)
            yield from units

    @contextmanager
    def _opened(self, path: Path) -> Iterator[WholeScan]:
        yield _JoinedRanges(self, path, self._stamps[path].size)

    def found(self, path: Path) -> Iterator[ScannedRecord | Gap]:
        """Yield what is found in a file that was begun."""
        position = 0
        for unit in self._units[path]:
            part = self._scanned(unit, self._stamps[path])
            if part is not None and part.sha256 is not None:
                self._bytes[path] = FileBytes(stamp=part.stamp, sha256=part.sha256)
            if position and position >= unit.stop:
                continue  # a record that begins before it ends after it
            part = part.since(position) if part is not None else None
            while True:
                if part is None:
                    part = scan_range(replace(unit, start=position, is_member=True, is_whole=False))
                yield from part.found
                position, part = part.end, None
                if position >= unit.stop:
                    break

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file that was begun, after all that was found in it.

        Raises:
            StorageError: it can't be read.
        """
        if path not in self._bytes and len(self._units[path]) > 1:
            result = self._result(_digest_unit(path, self._stamps[path].size).key)
            if isinstance(result, FileBytes):
                self._bytes[path] = result
        return self.sha256_of(path)

    def _scanned(self, unit: RangeUnit, stamp: FileStamp) -> ScannedRange | None:
        """Return what workers found in a range; None if none could read it, or it was another file's then."""
        result = self._result(unit.key)
        return result if isinstance(result, ScannedRange) and result.stamp == stamp else None

    def _result(self, key: str) -> ScannedRange | FileBytes | None:
        while key not in self._arrived:
            receipt = next(self._receipts, None) if self._receipts is not None else None
            if receipt is None:
                return None
            self._arrived[receipt.unit.key] = receipt.result
        return self._arrived.pop(key)


class _JoinedRanges:
    """What was found in the ranges of a file, as one scan of it."""

    def __init__(self, scans: RangedScans, path: Path, size: int) -> None:
        self._scans = scans
        self._path = path
        self.size = size

    def __iter__(self) -> Iterator[ScannedRecord | Gap]:
        return self._scans.found(self._path)

    def sha256(self) -> str:
        """See ``Scan.sha256``."""
        return self._scans.digest(self._path)


def _digest_unit(path: Path, size: int) -> DigestUnit:
    return DigestUnit(key=str(path), weight=size, path=path.absolute())


def _ranges_of(path: Path, size: int) -> list[RangeUnit]:
    stops = [*range(RANGE_BYTES, size, RANGE_BYTES), size]
    if len(stops) > 1:
        with opened(path) as handle:
            # the records of an uncompressed file can only be told from their contents by reading all before them
            stops = stops if Scan(handle).gzipped else [size]
    return [
        RangeUnit(
            key=f"{path}:{start}",
            weight=stop - start,
            path=path.absolute(),
            start=start,
            stop=stop,
            is_whole=len(stops) == 1,
        )
        for start, stop in pairwise([0, *stops])
    ]
