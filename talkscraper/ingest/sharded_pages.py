"""Pages read on a cluster: divided into units, whose shards are merged in the order of the pages.

What a worker couldn't read is read here. So the result is that of a local run, whatever happens to workers.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cluster import Executor, UnitReceipt
from talkscraper.errors import ArchiveError, ClusterError
from talkscraper.extraction.extractor import EXTRACTOR
from talkscraper.extraction.pool import ExtractorPool
from talkscraper.ingest.extraction_json import from_json
from talkscraper.ingest.page_reader import PageToRead, ReadPage, extracted
from talkscraper.ingest.page_units import PageUnit, UnitPage, extract_pages
from talkscraper.ingest.shards import SHARD_SUFFIX, DamagedShard, Shard, remove_shard, remove_shards
from talkscraper.model import Capture, RecordType
from talkscraper.replay.payload import original_of
from talkscraper.store.slices import capture_slice

UNIT_PAGES = 250
"""Maximum number of pages of a unit: some seconds of work."""
UNIT_BYTES = 32 * 1024 * 1024
"""Number of bytes of records after which a unit has no more pages."""
MIN_UNIT_PAGES = 25
"""Maximum number of pages of the last units, so that all workers end at about the same time."""
PARTS_LEFT = 2
"""Number of units for each slot into which what is left would be divided; a unit near the end has no more pages."""
WINDOW = 5_000
"""Number of pages that are divided into units together; the last ones may be twice as many."""
KEPT_PAGES = 100
"""A shard is removed when this many pages were read after its last: then its own are stored."""
MAX_OPEN = 100
"""Maximum number of shards that are open at a time."""
_MAX_CHAIN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterWork:
    """What a cluster did."""

    slots: int = 0
    units: int = 0
    pages: int = 0
    """Number of pages whose extraction came from a worker."""
    reused: int = 0
    """Number of them that an interrupted run had left behind."""
    read_here: int = 0
    """Number of pages that were read here, because no worker could."""
    workers: dict[str, int] = field(default_factory=dict)
    """Number of units by worker."""


class ShardedPages:
    """Reads pages on the workers of an executor (``page_reader.ClusterReading``)."""

    def __init__(self, executor: Executor, shards: Path) -> None:
        """``shards`` is the folder of shards, which all workers see."""
        self._executor = executor
        self._shards = shards.absolute()
        self._counts: Counter[str] = Counter()
        self._workers: Counter[str] = Counter()

    @property
    def executor(self) -> Executor:
        """The executor whose workers read the pages."""
        return self._executor

    def read(
        self, connection: sqlite3.Connection, folder: ArchiveFolder, pages: Iterator[PageToRead], workers: int | None
    ) -> Iterator[ReadPage]:
        """Yield the pages' extractions, in order.

        Raises:
            ClusterError: the cluster is lost, or a worker can't read the archive or write shards.
        """
        plan = _Plan(connection, folder, pages, self._shards, slots=self._executor.slots)
        with ExitStack() as stack:
            shards = stack.enter_context(closing(_OpenShards()))
            here = _ReadHere(connection, folder, stack, workers)
            receipts = stack.enter_context(closing(self._executor.map(extract_pages, plan.units())))
            done: set[str] = set()
            while True:
                while plan.waiting and ((unit := plan.waiting[0].unit) is None or unit.key in done):
                    place = plan.waiting.popleft()
                    yield self._result(place, shards, here)
                    if unit is not None and shards.used(unit):
                        done.discard(unit.key)
                receipt = next(receipts, None)
                if receipt is None:
                    break
                self._check(receipt)
                done.add(receipt.unit.key)

    def work(self) -> ClusterWork:
        """Return what was done so far."""
        return ClusterWork(
            slots=self._executor.slots,
            units=self._counts["units"],
            pages=self._counts["pages"],
            reused=self._counts["reused"],
            read_here=self._counts["here"],
            workers=dict(sorted(self._workers.items())),
        )

    def clean(self) -> None:
        """Remove all shards: everything is stored. Hold the archive's lock."""
        remove_shards(self._shards)

    def _check(self, receipt: UnitReceipt[PageUnit, int]) -> None:
        self._counts["units"] += 1
        if receipt.failure is not None:
            if not receipt.failure.died:
                raise ClusterError(f"worker {receipt.worker}: {receipt.failure.message}")
            return
        assert receipt.result is not None
        self._workers[receipt.worker] += 1
        self._counts["reused"] += receipt.result

    def _result(self, place: _Place, shards: _OpenShards, here: _ReadHere) -> ReadPage:
        capture = place.page.capture
        if place.unit is None:
            return ReadPage(capture=capture)
        try:
            shard = shards.of(place.unit)
            if shard.holds(capture.id, place.inputs):
                text = shard.text(capture.id)
                self._counts["pages"] += 1
                return ReadPage(capture=capture, extraction=from_json(text) if text else None)
        except (DamagedShard, ValueError):
            pass  # no worker could write it, or somebody changed it
        self._counts["here"] += 1
        return here.read(place.page)


@dataclass(frozen=True, slots=True)
class _Place:
    """A page in its order; without a unit, if it isn't to be extracted."""

    page: PageToRead
    unit: PageUnit | None = None
    inputs: str = ""


class _Plan:
    """Divides pages into units, some thousand at a time."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        folder: ArchiveFolder,
        pages: Iterator[PageToRead],
        shards: Path,
        *,
        slots: int,
    ) -> None:
        self._slots = slots
        self._connection = connection
        self._root = folder.root.absolute()
        self._folder = folder
        self._pages = pages
        self._shards = shards
        self.waiting: deque[_Place] = deque()
        """The pages that were divided and not yet yielded, in their order."""

    def units(self) -> Iterator[PageUnit]:
        """Yield the units, in the order of their first pages."""
        for window, is_last in self._windows():
            wanted = [page for page in window if page.is_wanted]
            places: dict[str, tuple[PageUnit, str]] = {}
            units = [self._unit(part, places) for part in _parts(wanted, self._slots if is_last else None)]
            for page in window:
                self.waiting.append(_Place(page, *places.get(page.capture.id, ())))
            order = {each.capture.id: number for number, each in enumerate(window)}
            yield from sorted(units, key=lambda unit: order[unit.pages[0].page.capture.id])

    def _windows(self) -> Iterator[tuple[list[PageToRead], bool]]:
        """Yield the pages in windows, and whether it is the last one."""
        window = list(islice(self._pages, WINDOW))
        while window:
            following = list(islice(self._pages, WINDOW))
            if len(following) < WINDOW:
                yield window + following, True
                return
            yield window, False
            window = following

    def _unit(self, pages: list[PageToRead], places: dict[str, tuple[PageUnit, str]]) -> PageUnit:
        originals = {each.capture.id: _originals(self._connection, each.capture) for each in pages}
        captures = [capture for each in pages for capture in (each.capture, *originals[each.capture.id])]
        rows = capture_slice(self._connection, captures)
        files = self._files(captures)
        name = pages[0].capture.warc_file
        prefix = files[name][:16]
        unit_pages = tuple(
            UnitPage(page=each, inputs=_inputs(each, originals[each.capture.id], files)) for each in pages
        )
        selectors = _digest(*sorted({repr(each.selectors) for each in pages}))
        extractor = _digest(EXTRACTOR)
        offset = pages[0].capture.warc_offset
        unit = PageUnit(
            key=f"{name}:{offset}",
            weight=sum(each.capture.warc_length for each in pages),
            root=self._root,
            shard=self._shards / f"{prefix}-{offset:012d}-{extractor[:8]}-{selectors[:8]}{SHARD_SUFFIX}",
            prefix=prefix,
            pages=unit_pages,
            rows=rows,
        )
        places.update((each.page.capture.id, (unit, each.inputs)) for each in unit_pages)
        return unit

    def _files(self, captures: list[Capture]) -> dict[str, str]:
        """Return what identifies the bytes of each file: its digest, size and time of change."""
        found = {}
        for name in sorted({each.warc_file for each in captures}):
            row = self._connection.execute("select path, sha256 from warc_files where name = ?", [name]).fetchone()
            try:
                stat = self._folder.warc_place(name, row["path"] if row is not None else None).stat()
                state = f"{stat.st_size} {stat.st_mtime_ns}"
            except (OSError, ArchiveError):
                state = "elsewhere"
            digest = (row["sha256"] if row is not None else None) or _digest(name)
            found[name] = f"{digest} {state}"
        return found


def _parts(pages: Sequence[PageToRead], slots: int | None) -> Iterator[list[PageToRead]]:
    """Divide pages into those of units, each of one file; ``slots``: None if these aren't the last ones."""
    begun: dict[str, list[PageToRead]] = {}
    sizes: Counter[str] = Counter()
    for number, page in enumerate(pages):
        name = page.capture.warc_file
        part = begun.setdefault(name, [])
        part.append(page)
        sizes[name] += page.capture.warc_length
        most = UNIT_PAGES if slots is None else _most(len(pages) - number, slots)
        if len(part) >= most or sizes[name] >= UNIT_BYTES:
            yield begun.pop(name)
            del sizes[name]
    yield from begun.values()


def _most(left: int, slots: int) -> int:
    """Return how many pages a unit may have when so many are left."""
    return min(UNIT_PAGES, max(MIN_UNIT_PAGES, left // (PARTS_LEFT * slots)))


def _originals(connection: sqlite3.Connection, capture: Capture) -> tuple[Capture, ...]:
    """Return the captures that a revisit leads to, the last of which holds its payload."""
    found: list[Capture] = []
    here = capture
    while here.record_type is RecordType.REVISIT and len(found) < _MAX_CHAIN:
        original = original_of(connection, here)
        if original is None:
            break
        found.append(original)
        here = original
    return tuple(found)


def _inputs(page: PageToRead, originals: tuple[Capture, ...], files: dict[str, str]) -> str:
    captures = (page.capture, *originals)
    return _digest(EXTRACTOR, repr(page.selectors), *map(repr, captures), *(files[each.warc_file] for each in captures))


def _digest(*values: str) -> str:
    joined = "\0".join(values).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]


class _OpenShards:
    """The shards that are being read, and those that were and aren't needed any more."""

    def __init__(self) -> None:
        self._open: dict[str, Shard] = {}
        self._left: dict[str, int] = {}
        self._yielded = 0
        self._past: deque[tuple[int, Path]] = deque()

    def of(self, unit: PageUnit) -> Shard:
        """Return the shard of a unit.

        Raises:
            DamagedShard: it isn't there, or isn't what was written.
        """
        shard = self._open.get(unit.key)
        if shard is None:
            shard = Shard(unit.shard)
            if len(self._open) >= MAX_OPEN:
                self._open.pop(next(iter(self._open))).close()
            self._open[unit.key] = shard
        return shard

    def used(self, unit: PageUnit) -> bool:
        """Note that one of the unit's pages was yielded; return whether it was the last."""
        self._yielded += 1
        while self._past and self._yielded - self._past[0][0] > KEPT_PAGES:
            remove_shard(self._past.popleft()[1])
        left = self._left[unit.key] = self._left.get(unit.key, len(unit.pages)) - 1
        if left:
            return False
        del self._left[unit.key]
        if unit.key in self._open:
            self._open.pop(unit.key).close()
        self._past.append((self._yielded, unit.shard))
        return True

    def close(self) -> None:
        """Close all."""
        for each in self._open.values():
            each.close()


class _ReadHere:
    """Reads single pages in this process's own pool, which starts when one is needed."""

    def __init__(
        self, connection: sqlite3.Connection, folder: ArchiveFolder, stack: ExitStack, workers: int | None
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._stack = stack
        self._workers = workers
        self._pool: ExtractorPool | None = None

    def read(self, page: PageToRead) -> ReadPage:
        """Return the page's extraction."""
        if self._pool is None:
            self._pool = self._stack.enter_context(ExtractorPool(self._workers))
        (found,) = extracted(self._connection, self._folder, [page], self._pool)
        return found
