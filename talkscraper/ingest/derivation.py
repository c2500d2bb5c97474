"""Derivation of articles from captures without the network, for ``import``, ``extract`` and ``repair``.

Pages are read from the WARCs, extracted in worker processes, and stored in the order of their capture, by the function
of a live crawl (``page.store_page``). Only a few pages are held in memory.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.page import CapturedPage, Outcome, is_reserved, store_page
from talkscraper.ingest.page_reader import ClusterReading, ReadPage, Unread, read_pages
from talkscraper.ingest.site_signals import reservation_of
from talkscraper.model import Capture, Extraction
from talkscraper.store import page_captures
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

BATCH = 32
"""Number of pages whose rows are written in one transaction."""

Progress = Callable[[str, int, int], None]
"""Called with the current step, the number of pages done, and their total."""

Stored = Callable[["Database", Capture, int], None]
"""Called in a transaction that stores pages, with the last of them, and the number stored so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Counts of the pages read."""

    pages: int = 0
    new: int = 0
    revised: int = 0
    changed: int = 0
    """Number of pages whose extraction changed."""
    unchanged: int = 0
    older: int = 0
    """Number of captures older than the newest look at their article."""
    gone: int = 0
    """Number of articles marked as gone."""
    withheld: int = 0
    """Number of pages not stored: taken down, or with a rights reservation that the source's policy obeys."""
    page_kinds: dict[str, int] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()


class Derivation:
    """Extracts pages and stores the results; hold the archive's lock. Close it, or use it as a context manager."""

    def __init__(
        self,
        folder: ArchiveFolder,
        writer: ArchiveWriter,
        connection: sqlite3.Connection,
        newsrooms: Newsrooms,
        *,
        clock: Callable[[], datetime],
        workers: int | None = None,
        cluster: ClusterReading | None = None,
    ) -> None:
        """``connection`` is read-only (``open_reader``); ``workers`` is the number of processes without a cluster."""
        self._folder = folder
        self._writer = writer
        self._connection = connection
        self._newsrooms = newsrooms
        self._clock = clock
        self._workers = workers
        self._cluster = cluster
        self._counts: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._unread: list[Unread] = []

    def run(
        self,
        *,
        files: Sequence[str] | None = None,
        source: str | None = None,
        unread: bool = False,
        after: tuple[str, str] | None = None,
        done: int = 0,
        stored: Stored | None = None,
        progress: Progress | None = None,
        what: str = "pages",
    ) -> Derived:
        """Extract the captures that ``page_captures`` yields for these arguments, and store the results.

        ``stored`` is called in each transaction with the last capture of it and the number of captures so far,
        including
        the ``done`` ones of an earlier pass.

        Raises:
            ClusterError: the cluster is lost, or can't do its work.
            StorageError: a write failed.
        """
        total = 0
        if progress is not None:
            total = page_captures.count_pages(self._connection, files=files, source=source, unread=unread)
        captures = page_captures.page_captures(self._connection, files=files, source=source, unread=unread, after=after)
        batch: list[ReadPage] = []
        read = read_pages(
            self._connection, self._folder, self._newsrooms, captures, workers=self._workers, cluster=self._cluster
        )
        for page in read:
            batch.append(page)
            if len(batch) >= BATCH:
                done += len(batch)
                self._store_batch(batch, done, stored)
                batch = []
                if progress is not None:
                    progress(what, min(done, total), total)
        if batch:
            done += len(batch)
            self._store_batch(batch, done, stored)
        if progress is not None and total:
            progress(what, total, total)
        return self.derived()

    def derived(self) -> Derived:
        """Return the counts so far."""
        return Derived(
            pages=self._counts["pages"],
            new=self._counts["new"],
            revised=self._counts["revised"],
            changed=self._counts["changed"],
            unchanged=self._counts["unchanged"],
            older=self._counts["older"],
            gone=self._counts["gone"],
            withheld=self._counts["taken-down"] + self._counts["reserved"],
            page_kinds=dict(sorted(self._kinds.items())),
            unread=tuple(self._unread),
        )

    def _store_batch(self, batch: list[ReadPage], done: int, stored: Stored | None) -> None:
        def change(db: Database) -> list[Outcome]:
            found = [self.store(db, page.capture, page.extraction) for page in batch]
            if stored is not None:
                stored(db, batch[-1].capture, done)
            return found

        for outcome, page in zip(self._writer.run(change), batch, strict=True):
            self._counts[outcome] += 1
            if page.unread is not None:
                self._unread.append(page.unread)
            elif outcome == "unread" and page.extraction is not None:
                self._unread.append(_unreadable(page.capture, page.extraction))
            if page.extraction is not None:
                self._counts["pages"] += 1
                self._kinds[str(page.extraction.page_kind)] += 1

    def store(self, db: Database, capture: Capture, extraction: Extraction | None) -> Outcome:
        """Store one capture's page; ``extraction`` is None if it is gone or couldn't be extracted."""
        source = self._newsrooms.of_capture(capture.source_id, capture.url)
        page = CapturedPage(
            capture=capture,
            extraction=extraction,
            source=source,
            hops=page_captures.led_here(db, capture),
            reserved=extraction is not None
            and is_reserved(source, extraction, lambda: reservation_of(db, source, capture.url)),
        )
        return store_page(db, page, now=self._clock()).outcome


def _unreadable(capture: Capture, extraction: Extraction) -> Unread:
    reason = f"it was an article's page, and can't be read as one any more ({extraction.page_kind}): the article stays"
    return Unread(file=capture.warc_file, offset=capture.warc_offset, url=capture.url, reason=reason)
