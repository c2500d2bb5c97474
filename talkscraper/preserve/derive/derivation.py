"""Derivation of articles from captures without the network, for ``import``, ``extract`` and ``repair``.

Pages are read from the WARCs here, extracted in worker processes, and stored in the order of their capture, with the
same functions as in a live crawl. Only a few pages are held in memory.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.extraction.signals import reserve_text
from talkscraper.model import Capture, Extraction, PageKind, RecordType
from talkscraper.preserve.derive.attribution import Newsrooms
from talkscraper.preserve.derive.page_reader import ReadPage, Unread, read_pages
from talkscraper.preserve.derive.site_signals import reserved
from talkscraper.store import articles, page_captures
from talkscraper.store.database import MAX_AHEAD
from talkscraper.store.signals import note_page_signals
from talkscraper.store.writer import ArchiveWriter
from talkscraper.urls.canonical import canonical

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

BATCH = 32
"""Number of pages whose rows are written in one transaction."""

_UNREADABLE = frozenset({PageKind.NOT_HTML, PageKind.EMPTY})
"""The extraction of a payload that can't be read as a page."""

Progress = Callable[[str, int, int], None]
"""Called with the current step, the number of pages done, and their total."""


_NOT_CONTENT = frozenset({"seq", "indexed_at", "extractor", "cluster_id", "cluster_why", "simhash"})

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
    ) -> None:
        """``connection`` is read-only (``open_reader``); ``workers`` is the number of processes."""
        self._folder = folder
        self._writer = writer
        self._connection = connection
        self._newsrooms = newsrooms
        self._clock = clock
        self._workers = workers
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
            StorageError: a write failed.
        """
        total = page_captures.count_pages(self._connection, files=files, source=source, unread=unread)
        captures = page_captures.page_captures(self._connection, files=files, source=source, unread=unread, after=after)
        batch: list[ReadPage] = []
        for page in read_pages(self._connection, self._folder, self._newsrooms, captures, workers=self._workers):
            batch.append(page)
            if len(batch) >= BATCH:
                done += len(batch)
                self._store(batch, done, stored)
                batch = []
                if progress is not None:
                    progress(what, min(done, total), total)
        if batch:
            done += len(batch)
            self._store(batch, done, stored)
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

    def _store(self, batch: list[ReadPage], done: int, stored: Stored | None) -> None:
        def change(db: Database) -> list[str]:
            words = [self.store_page(db, page.capture, page.extraction) for page in batch]
            if stored is not None:
                stored(db, batch[-1].capture, done)
            return words

        for word, page in zip(self._writer.run(change), batch, strict=True):
            self._counts[word] += 1
            if page.unread is not None:
                self._unread.append(page.unread)
            elif word == "unread" and page.extraction is not None:
                self._unread.append(_unreadable(page.capture, page.extraction))
            if page.extraction is not None:
                self._counts["pages"] += 1
                self._kinds[str(page.extraction.page_kind)] += 1

    def store_page(self, db: Database, capture: Capture, extraction: Extraction | None) -> str:
        """Store one capture's page; return a word for the result."""
        source = self._newsrooms.of_capture(capture.source_id, capture.url)
        hops = page_captures.led_here(db, capture)
        reason = _gone_reason(capture, source, hops)
        if reason is not None and capture.captured_at > self._clock() + MAX_AHEAD:
            return "nothing"
        if reason is not None:
            for url in hops[:1] or (capture.url,):
                if articles.mark_gone(db, url, reason=reason, now=capture.captured_at):
                    return "gone"
            return "nothing"
        if extraction is None:
            return "unread"
        if capture.record_type is RecordType.REVISIT and _read_by_now(db, capture):
            return "unchanged"
        if extraction.page_kind in _UNREADABLE and _read_by_now(db, capture):
            # it was extracted before, and the page is unchanged: the article stays in spite of the error
            return "unread"
        if capture.asked_as == "article" and page_captures.came_as_it_was(db, capture, hops):
            return "unchanged"
        name = capture.source_id
        if extraction.article is not None:
            name = self._newsrooms.write(db, capture.source_id, capture.url)
            if capture.source_id is None:
                db.execute("update captures set source_id = ? where id = ?", [name, capture.id])
                capture = replace(capture, source_id=name)
        note_page_signals(db, name, capture, extraction)
        if reserved(db, source, capture.url, on_page=reserve_text(extraction.signals)):
            return "reserved"
        before = _stored(db, capture.id)
        now = self._clock()
        result = articles.store_extraction(db, capture, extraction, source_id=name, now=now, until=now)
        if result.article_id is not None:
            page_captures.note_hops(db, hops, result.article_id, capture)
        read_before = before is not None and before["page_kind"] is not None
        return "changed" if read_before and before != _stored(db, capture.id) else result.outcome


def _stored(db: Database, capture_id: str) -> dict[str, Any] | None:
    """Return what was extracted from a capture, and the state of its article, without times and version."""
    row = next(
        iter(
            db.query(
                "select c.page_kind, c.article_id, c.content_digest, c.content_modified_at, a.* from captures c"
                " left join articles a on a.id = c.article_id where c.id = ?",
                [capture_id],
            )
        ),
        None,
    )
    return row and {name: value for name, value in row.items() if name not in _NOT_CONTENT}


def _unreadable(capture: Capture, extraction: Extraction) -> Unread:
    reason = f"it was an article's page, and can't be read as one any more ({extraction.page_kind}): the article stays"
    return Unread(file=capture.warc_file, offset=capture.warc_offset, url=capture.url, reason=reason)


def _read_by_now(db: Database, capture: Capture) -> bool:
    row = db.execute("select article_id, record_type from captures where id = ?", [capture.id]).fetchone()
    return row is not None and row[0] is not None


def _gone_reason(capture: Capture, source: Source | None, hops: tuple[str, ...]) -> str | None:
    if capture.status in (404, 410):
        return f"answered {capture.status}"
    if source is None or capture.asked_as != "article" or not hops:
        return None
    front = canonical(source.homepage)
    return "redirects to the front page" if canonical(capture.url) == front != canonical(hops[0]) else None
