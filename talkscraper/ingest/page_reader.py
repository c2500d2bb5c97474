"""Reader of pages in WARC files, which passes them through the extractor processes and keeps their order."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import DamagedRecord, ExtractionFailed, StorageError, StoreUnreachable
from talkscraper.extraction.pool import ExtractorPool
from talkscraper.html.payload_format import looks_like_html
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.model import Capture, Extraction, Payload, RecordType
from talkscraper.replay.payload import load
from talkscraper.sources.model import Selectors, Source
from talkscraper.store.page_captures import is_typeless
from talkscraper.urls.canonical import MAX_URL_LENGTH, canonical
from talkscraper.warc.content_coding import UndecodableContent, decode_content
from talkscraper.warc.digests import sha1_base32

MAX_PAGE = 16 * 1024 * 1024
"""Maximum size of a page in bytes, encoded and decoded; a crawl fetches no larger ones."""
AHEAD = 4
"""Number of pages queued for each worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A page that couldn't be read, and the reason."""

    file: str
    offset: int
    url: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A capture with its extraction or its error; neither for a response that says that a page is gone."""

    capture: Capture
    extraction: Extraction | None = None
    unread: Unread | None = None


@dataclass(slots=True)
class _Item:
    capture: Capture
    future: Future[Extraction] | None = None
    reason: str | None = None

    def result(self) -> ReadPage:
        extraction, reason = None, self.reason
        if self.future is not None:
            try:
                extraction = self.future.result()
            except ExtractionFailed as e:
                reason = str(e)
        if reason is None:
            return ReadPage(capture=self.capture, extraction=extraction)
        capture = self.capture
        unread = Unread(file=capture.warc_file, offset=capture.warc_offset, url=capture.url, reason=reason[:500])
        return ReadPage(capture=capture, unread=unread)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageToRead:
    """A capture with what its extraction needs besides its record."""

    capture: Capture
    selectors: Selectors | None = None
    is_wanted: bool = True
    """False for a response that its page is gone, and for pages that a crawl wouldn't have expected an article on."""


def read_pages(
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    newsrooms: Newsrooms,
    captures: Iterable[Capture],
    *,
    workers: int | None = None,
    cluster: ClusterReading | None = None,
) -> Iterator[ReadPage]:
    """Yield the extractions of captures, in order; a few pages are in progress at a time, and no more in memory.

    Args:
        connection: Reads the archive (``open_reader``).
        folder: The archive.
        newsrooms: The sources, for their selectors.
        captures: The captures to read; responses that a page is gone are passed on unread.
        workers: Number of processes; by default one for each processor that this process may use.
        cluster: Has the pages read by the workers of a cluster.

    Raises:
        ClusterError: the cluster is lost, or can't do its work.
        StoreUnreachable: an object store with captures can't be reached, or refuses.
    """
    pages = (page_to_read(newsrooms, capture) for capture in captures)
    if cluster is not None:
        yield from cluster.read(connection, folder, pages, workers)
        return
    with ExtractorPool(workers) as pool:
        yield from extracted(connection, folder, pages, pool)


class ClusterReading(Protocol):
    """Reads pages on a cluster (``sharded_pages.ShardedPages``)."""

    def read(
        self, connection: sqlite3.Connection, folder: ArchiveFolder, pages: Iterator[PageToRead], workers: int | None
    ) -> Iterator[ReadPage]:
        """Yield the pages' extractions, in order."""
        ...


def page_to_read(newsrooms: Newsrooms, capture: Capture) -> PageToRead:
    """Return a capture with the selectors of its source."""
    source = newsrooms.of_capture(capture.source_id, capture.url)
    return PageToRead(
        capture=capture,
        selectors=source.reading if source is not None else None,
        is_wanted=is_page(capture) and may_be_article(capture, source),
    )


def extracted(
    connection: sqlite3.Connection, folder: ArchiveFolder, pages: Iterable[PageToRead], pool: ExtractorPool
) -> Iterator[ReadPage]:
    """Yield the pages' extractions by the processes of a pool, in order."""
    waiting: deque[_Item] = deque()
    for page in pages:
        waiting.append(_begun(connection, folder, page, pool))
        if len(waiting) > AHEAD * pool.workers:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _begun(connection: sqlite3.Connection, folder: ArchiveFolder, page: PageToRead, pool: ExtractorPool) -> _Item:
    capture = page.capture
    item = _Item(capture)
    if not page.is_wanted:
        return item
    try:
        payload = payload_of(connection, folder, capture)
    except DamagedRecord as e:
        item.reason = e.reason
    except StoreUnreachable:
        raise  # which says nothing about the page
    except (UndecodableContent, StorageError) as e:
        item.reason = str(e)
    else:
        if capture.asked_as is None and _is_typeless(payload) and not looks_like_html(payload.body):
            return item
        item.future = pool.submit(payload, page.selectors)
    return item


def is_page(capture: Capture) -> bool:
    """Whether a capture is to be extracted, and not a response that a page is gone."""
    return capture.record_type is RecordType.REVISIT or capture.status not in (404, 410)


def may_be_article(capture: Capture, source: Source | None) -> bool:
    """Whether a crawl of the source would have expected an article there: it did, or its URL rules allow it."""
    if capture.asked_as is not None or source is None:
        return True
    if canonical(capture.url) == canonical(source.homepage):
        return False
    return not source.article_urls or any(
        each.search(capture.url[: MAX_URL_LENGTH + 1]) for each in source.article_urls
    )


def _is_typeless(payload: Payload) -> bool:
    """Whether no media type was sent with a page."""
    sent = payload.content_type
    return is_typeless(sent.partition(";")[0].strip() if sent is not None else None)


def payload_of(connection: sqlite3.Connection, folder: ArchiveFolder, capture: Capture) -> Payload:
    """Return a capture's page as input of extraction, content-decoded.

    Raises:
        DamagedRecord: its record is incomplete or not the recorded one.
        StorageError: its file is missing or can't be read.
        UndecodableContent: it is too large, encoded or decoded.
    """
    shown = load(connection, folder, capture)
    try:
        packed = bytearray()
        for piece in shown.chunks():
            packed += piece
            if len(packed) > MAX_PAGE:
                raise UndecodableContent(f"larger than {MAX_PAGE // 2**20} MiB")
        declared = shown.original.payload_digest
        if declared is not None and _is_ours(connection, shown.original) and sha1_base32(packed) != declared:
            raise DamagedRecord(
                f"its payload isn't the one that was recorded, {declared}",
                file=shown.original.warc_file,
                offset=shown.original.warc_offset,
            )
        body = decode_content(bytes(packed), shown.headers, MAX_PAGE)
        return Payload(capture=capture, body=body, headers=shown.headers)
    finally:
        shown.close()


def _is_ours(connection: sqlite3.Connection, capture: Capture) -> bool:
    """Whether the archive's own crawl wrote the record, and so its payload digest."""
    row = connection.execute("select origin from warc_files where name = ?", [capture.warc_file]).fetchone()
    return row is not None and row[0] == "crawl"
