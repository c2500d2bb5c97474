"""Budgets: limits of time, bytes, articles and disk space, for a run and for each of its sources.

A run stops before the disk is full, and no source uses up all the remaining space.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.shutdown import Shutdown
from talkscraper.crawl.source_state import SourceState, SourceStates
from talkscraper.errors import StorageError
from talkscraper.monitor.archive_size import database_bytes, final_bytes, full_line, headroom, is_full
from talkscraper.monitor.run_report import CAPPED, MAX_ARCHIVE
from talkscraper.sources.hours import in_words, is_open

if TYPE_CHECKING:
    from talkscraper.sources.model import Source

logger = logging.getLogger(__name__)

MIN_FREE = 512 * 1024**2
"""Bytes that stay free on the archive's disk, if nothing else is asked for."""
SMALL_DISK_SHARE = 0.05
"""Share of a disk smaller than 10 GiB that stays free."""
DISK_CHECK_S = 5.0
"""Interval in seconds between checks of free disk space."""
DISK_CHECK_BYTES = 32 * 2**20
"""Number of received bytes after which the disk is checked before the interval is over."""
OUTSIDE_HOURS = "hours"
"""``Tally.stopped_by`` of a source whose window is closed."""
_SPENT = frozenset({"max-bytes", "disk", OUTSIDE_HOURS})
"""Reasons for which not even requests in progress are sent any more; one that is counted for the day is sent."""
_UNLIMITED = 1 << 30


class Budget:
    """What a run and its sources may still use. Used on the reactor's thread only."""

    def __init__(self, folder: ArchiveFolder, options: CrawlOptions, states: SourceStates, shutdown: Shutdown) -> None:
        self._folder = folder
        self._options = options
        self._states = states
        self._shutdown = shutdown
        self._started = time.monotonic()
        self._disk_checked = 0.0
        self._received = 0
        """Bytes received by all sources together."""
        self._unchecked = 0
        """Bytes received since the last check of the disk."""
        self._ceiling: int | None = None
        """Maximum size of the database and of what this run captures, in bytes; None without ``max_archive``."""
        self._captured: Callable[[], int] = int
        """Returns the bytes that this run added to WARCs and indexes."""
        self._rows: sqlite3.Connection | None = None
        """A connection that asks how large the database is."""
        self._disk_room = 0
        """Maximum number of bytes above the floor that were free during the run."""
        self.open_ended: frozenset[str] = frozenset()
        """Ids of sources whose hours don't hold in this run: what is fetched was asked for by hand."""

    @contextmanager
    def time_limit(self) -> Iterator[None]:
        """End the run when its time is over, even while no lease is requested: servers may delay every request."""
        if self._options.max_time is None:
            yield
            return
        left = max(0.0, self._options.max_time - (time.monotonic() - self._started))
        clock = asyncio.get_running_loop().call_later(left, self._shutdown.stop, "max-time")
        try:
            yield
        finally:
            clock.cancel()

    async def check_run(self) -> None:
        """End the run if one of its budgets is used up."""
        options = self._options
        if options.max_time is not None and time.monotonic() - self._started >= options.max_time:
            self._shutdown.stop("max-time")
        elif options.max_bytes is not None and self._received >= options.max_bytes:
            self._shutdown.stop("max-bytes")
        elif time.monotonic() - self._disk_checked >= DISK_CHECK_S:
            self._check_disk(await asyncio.to_thread(free_bytes, self._folder))

    def limit_archive(self, size: int, max_archive: int, captured: Callable[[], int]) -> None:
        """End the run before the archive's folder, which has ``size`` bytes, has ``max_archive``.

        ``captured`` returns the bytes that this run has added to WARCs and indexes.
        """
        self._ceiling = max_archive - headroom(max_archive) - (size - database_bytes(self._folder))
        self._captured = captured
        self._rows = sqlite3.connect(f"{self._folder.database.absolute().as_uri()}?mode=ro", uri=True)
        if is_full(size, max_archive):
            logger.warning("%s", full_line(size, max_archive))
            self._shutdown.stop(MAX_ARCHIVE)

    def close(self) -> None:
        """Close what ``limit_archive`` opened."""
        if self._rows is not None:
            self._rows.close()
            self._rows = None

    def _check_archive(self) -> None:
        if self._ceiling is None or self._rows is None or self._shutdown.is_ending():
            return
        if self._captured() + final_bytes(self._rows) >= self._ceiling:
            logger.warning("%s", CAPPED[MAX_ARCHIVE])
            self._shutdown.stop(MAX_ARCHIVE)

    def count_bytes(self, size: int) -> None:
        """Count received bytes; check the archive's size, and the disk after ``DISK_CHECK_BYTES`` of them."""
        self._check_archive()
        self._received += size
        self._unchecked += size
        if self._unchecked >= DISK_CHECK_BYTES:
            try:
                self._check_disk(free_bytes(self._folder))
            except StorageError as e:
                self._shutdown.fail(e)

    def articles_left(self, state: SourceState) -> int:
        """Return how many more articles of a source may be leased."""
        left = _UNLIMITED
        if state.source is not None and state.source.max_pages is not None:
            left = state.source.max_pages - state.tally.leased
        if self._options.max_pages is not None:
            left = min(left, self._options.max_pages - self._leased())
        return max(0, left)

    def is_over(self, state: SourceState) -> bool:
        """Whether nothing more of a source may be leased: it was stopped, or has used up its bytes or its time."""
        source, tally = state.source, state.tally
        if tally.stopped_by is not None:
            return True
        now = time.monotonic()
        if state.started is None:
            state.started = now
        if self.is_spent(state.id):
            return True
        if (
            source is not None
            and source.max_time is not None
            and now - state.started >= source.max_time.total_seconds()
        ):
            state.stop("max-time")
        return tally.stopped_by is not None

    def is_spent(self, source_id: str) -> bool:
        """Whether a source has used up its bytes or its share of the disk, and nothing more is fetched for it."""
        state = self._states.get(source_id)
        if state is None or state.source is None:
            return False
        tally, limit = state.tally, state.source.max_bytes
        if tally.stopped_by is None and max(tally.bytes, tally.grown) >= limit:
            state.stop("max-bytes")
            logger.warning("%s: capped: %s (%d bytes)", source_id, CAPPED["max-bytes"], limit)
        if tally.stopped_by is None and not self._is_open(state.source):
            state.stop(OUTSIDE_HOURS)
            logger.info("%s: waiting %s", source_id, in_words(state.source, self._options.clock()))
        return tally.stopped_by in _SPENT

    def _is_open(self, source: Source) -> bool:
        return source.hours is None or source.id in self.open_ended or is_open(source, self._options.clock())

    def _check_disk(self, free: int) -> None:
        """End the run at the disk's floor; well before, end the sources that used more than their share."""
        floor = disk_floor(self._folder, self._options.min_free)
        self._disk_checked, self._unchecked = time.monotonic(), 0
        if free < floor:
            self._shutdown.fail(too_little_free(self._folder, free, floor))
            return
        room = self._disk_room = max(self._disk_room, free - floor)
        used = {
            state.id: state.tally.bytes + state.tally.grown
            for state in self._states.values()
            if state.source is not None
        }
        for source_id in over_share(used, room=room, left=free - floor):
            state = self._states[source_id]
            if state.tally.stopped_by is None:
                state.stop("disk")
                logger.warning("%s: capped: %s; other sources go on", source_id, CAPPED["disk"])

    def _leased(self) -> int:
        return sum(state.tally.leased for state in self._states.values())


def free_bytes(folder: ArchiveFolder) -> int:
    """Return the number of bytes on the archive's disk that are free for this user.

    Raises:
        StorageError: the disk can't be queried.
    """
    return _total_and_free(folder)[1]


def _total_and_free(folder: ArchiveFolder) -> tuple[int, int]:
    try:
        usage = shutil.disk_usage(folder.root)
    except OSError as e:
        raise StorageError(f"can't ask how much is free on {folder.root}: {e.strerror}") from e
    return usage.total, usage.free


def disk_floor(folder: ArchiveFolder, wanted: int | None) -> int:
    """Return the minimum number of bytes that must be free on the archive's disk.

    Args:
        folder: The archive.
        wanted: What was asked for; by default ``MIN_FREE``, or ``SMALL_DISK_SHARE`` of a disk if that is less.

    Raises:
        StorageError: the disk can't be queried.
    """
    if wanted is not None:
        return wanted
    total, _ = _total_and_free(folder)
    return min(MIN_FREE, int(total * SMALL_DISK_SHARE))


def too_little_free(folder: ArchiveFolder, free: int, floor: int) -> StorageError:
    """Return the error that ends a run whose disk has too little free space."""
    return StorageError(
        f"{folder.root}: only {free // 2**20} MiB free, and --min-free is {floor // 2**20} MiB: "
        "make room, or lower --min-free"
    )


def over_share(used: Mapping[str, int], *, room: int, left: int) -> list[str]:
    """Return the ids of the sources that must not fetch more, so that space is left for the others.

    None is stopped while half of the room is free; after that, every source that used more than an equal share of the
    other half.

    Args:
        used: Bytes received by each of the run's sources, by source id.
        room: Bytes free above the floor when the run began.
        left: Bytes free above the floor now.
    """
    if len(used) < 2 or left * 2 >= room:
        return []
    part = room / 2 / len(used)
    return [source_id for source_id, size in used.items() if size > part]
