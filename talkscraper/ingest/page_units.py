"""Units of extraction: some pages of one WARC, read and extracted by a worker into a shard.

A worker reads WARCs and writes shards, and never opens the archive's database. Bytes from the web are parsed in a
process of its own that can be killed, as everywhere.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import StorageError, StoreUnreachable
from talkscraper.extraction.pool import ExtractorPool
from talkscraper.ingest.extraction_json import to_json
from talkscraper.ingest.page_reader import PageToRead, extracted
from talkscraper.ingest.shards import DamagedShard, Piece, Shard, pack, shards_in, write_shard
from talkscraper.store.slices import DatabaseSlice


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPage:
    """A page of a unit."""

    page: PageToRead
    inputs: str
    """Digest of everything that its extraction depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageUnit:
    """Some pages of one WARC."""

    key: str
    weight: int
    """Bytes of their records."""
    root: Path
    """The archive's folder."""
    shard: Path
    """Where the result goes."""
    prefix: str
    """How the names of all shards of this WARC begin."""
    pages: tuple[UnitPage, ...]
    rows: DatabaseSlice
    """What the database knows of them."""


def extract_pages(unit: PageUnit) -> int:
    """Extract the pages of a unit, and write their shard; return how many a shard of an earlier run held.

    Pages that can't be read here are left out of it.

    Raises:
        StorageError: the archive's folder isn't there, or the shard can't be written.
    """
    if not unit.root.is_dir():
        raise StorageError(f"{unit.root} isn't there: share the archive's folder, and mount it at this path")
    known = _known(unit)
    missing = [each for each in unit.pages if each.page.capture.id not in known]
    pieces = [*known.values(), *_extracted(unit, missing)]
    if missing or not unit.shard.exists():
        try:
            write_shard(unit.shard, pieces)
        except OSError as e:
            raise StorageError(f"can't write {unit.shard}: {e.strerror or e}") from e
    return len(known)


def _known(unit: PageUnit) -> dict[str, Piece]:
    """Return the results that shards of earlier runs hold."""
    found: dict[str, Piece] = {}
    for path in shards_in(unit.shard.parent, unit.prefix):
        try:
            with closing(Shard(path)) as shard:
                for each in unit.pages:
                    capture_id = each.page.capture.id
                    if capture_id not in found and shard.holds(capture_id, each.inputs):
                        found[capture_id] = shard.piece(capture_id)
        except DamagedShard:
            path.unlink(missing_ok=True)
    return found


def _extracted(unit: PageUnit, pages: list[UnitPage]) -> Iterator[Piece]:
    inputs = {each.page.capture.id: each.inputs for each in pages}
    with closing(unit.rows.open()) as connection:
        # what a store doesn't send to this machine is missing in the shard, and read by the command itself
        with suppress(StoreUnreachable):
            for read in extracted(connection, ArchiveFolder(unit.root), (each.page for each in pages), _pool()):
                if read.unread is None:
                    text = to_json(read.extraction) if read.extraction is not None else ""
                    yield pack(read.capture.id, inputs[read.capture.id], text)


_threads = threading.local()


def _pool() -> ExtractorPool:
    """Return this thread's process, which stays warm from one unit to the next."""
    pool: ExtractorPool | None = getattr(_threads, "pool", None)
    if pool is None:
        pool = _threads.pool = ExtractorPool(1)
    return pool
