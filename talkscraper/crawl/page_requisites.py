"""Requisites of pages: style sheets, pictures and fonts, each fetched for one page and needed by many.

Each address is requested once in a run, and not at all if the archive captured it in the last days. Another page
that names it waits until it has arrived; then a record in the WARC and rows of ``requisites`` state that the page
needs it. A page's lease is finished when the last of its requisites has arrived or failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture import CAPTURE_META_KEY
from talkscraper.capture.completion import BatchedCompletion
from talkscraper.crawl.decision import header
from talkscraper.errors import CaptureError, ExtractionFailed, StorageError, TalkscraperError
from talkscraper.fetch import requisites
from talkscraper.fetch.politeness import Stopping
from talkscraper.fetch.requisites import PER_PAGE
from talkscraper.ingest.page import complete_page
from talkscraper.ingest.page_reader import payload_of
from talkscraper.model import Capture, Payload
from talkscraper.store.database import open_reader
from talkscraper.store.requisites import newest, to_fetch
from talkscraper.warc.records import build_needs

if TYPE_CHECKING:
    from scrapy.http import Response

    from talkscraper.crawl.session import Session
    from talkscraper.frontier.model import Lease
    from talkscraper.pool import Task

logger = logging.getLogger(__name__)

MAX_SHARED = 3 * PER_PAGE
"""Maximum number of a page's requisites that are fetched on account of other pages."""
MAX_STYLES = 256
"""Maximum number of style sheets whose links a run remembers."""


class PageRequisites:
    """Counts down a page's pending requisites.

    The count includes requisites fetched for this page, those being fetched for another page, and, initially, the
    parsing of the page itself: the creator calls ``one_done`` when the page has been parsed.
    """

    def __init__(self, session: Session, shared: SharedRequisites, lease: Lease, page: Capture) -> None:
        self._session = session
        self._shared = shared
        self.lease = lease
        self.page = page
        self.urls: list[str] = []
        """URLs fetched for this page."""
        self.shared_urls: dict[str, None] = {}
        """URLs that this page needs and that were requested for another page."""
        self._pending = 1
        self._cut_short = False

    def add(self, urls: Iterable[str]) -> list[str]:
        """Add requisites up to the page's maximum; return those that were added."""
        taken = list(urls)[: max(0, PER_PAGE - len(self.urls))]
        self.urls.extend(taken)
        self._pending += len(taken)
        return taken

    def share(self, url: str) -> bool:
        """Note a requisite that another page requested; return whether there was anything new to note."""
        if url in self.shared_urls or len(self.shared_urls) >= MAX_SHARED:
            return False
        self.shared_urls[url] = None
        return True

    def wait_for_one(self) -> None:
        """Count one more requisite that is being fetched for another page."""
        self._pending += 1

    async def one_done(self, *, cut_short: bool = False) -> None:
        """Count one requisite that arrived or failed; after the last, the page's lease is finished.

        ``cut_short``: it wasn't fetched because the run is ending; the next run resumes the page.
        """
        self._cut_short |= cut_short
        self._pending -= 1
        if self._pending > 0:
            return
        over = True
        try:
            if not self._cut_short:
                over = await self._complete()
        except Stopping:
            # the row keeps its mark, and the next run resumes the page
            over = True
        except (CaptureError, StorageError) as e:
            self._session.shutdown.fail(e)
        finally:
            if over:
                self._session.leases.finished(self.lease)

    async def _complete(self) -> bool:
        """Store the page's shared requisites and that it is complete; return False where more are pending now."""
        self._pending += 1
        try:
            needed = await self._shared.captured(self)
        finally:
            self._pending -= 1
        if self._pending > 0:
            # a style sheet fetched for another page names requisites that are still being fetched
            return False
        await self._shared.store(self, needed)
        return True


class SharedRequisites:
    """Which pages requested or wait for which requisites in one run. Runs on the reactor's thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._requested: set[int] = set()
        """Hashes of the addresses that this run has requested or looked up."""
        self._waiting: dict[str, list[PageRequisites]] = {}
        """Pages waiting for an address that is being fetched."""
        self._styles: OrderedDict[str, list[str]] = OrderedDict()
        """The links of a style sheet, by its record id."""
        self._completion: BatchedCompletion[Capture | None] | None = None

    async def of_page(self, response: Response, work: PageRequisites) -> None:
        """Find the requisites that a page names, and add to ``work`` those that must be fetched for it.

        Raises:
            Stopping: the run was cut before the page was parsed.
        """
        await self._request(await self._named(response, work.lease.source_id, requisites.OF_PAGE), work)

    async def of_requisite(self, response: Response, work: PageRequisites) -> list[str]:
        """Return the URLs that must be fetched because of a requisite that arrived: a style sheet names more.

        Raises:
            Stopping: the run was cut before the style sheet was parsed.
        """
        content_type = (response.headers.get(b"Content-Type") or b"").lower()
        if response.status != 200 or (b"css" not in content_type and not response.url.endswith(".css")):
            return []
        named = await self._named(response, work.lease.source_id, requisites.OF_CSS)
        self._remember_style(response.meta[CAPTURE_META_KEY], named)
        return await self._request(named, work)

    async def arrived(self, url: str, *, cut_short: bool = False) -> None:
        """Note that an address arrived or failed; pages waiting for it continue."""
        for work in self._waiting.pop(url, ()):
            await work.one_done(cut_short=cut_short)

    async def captured(self, work: PageRequisites) -> list[str]:
        """Return the record ids of captured requisites that a page shares with others, those of styles included."""
        needed: dict[str, None] = {}
        looked_up: set[str] = set()
        while ready := [url for url in work.shared_urls if url not in looked_up and url not in self._waiting]:
            looked_up.update(ready)
            captures = await self._session.executors.in_db(newest, ready)
            for capture in (each for chain in captures.values() for each in chain):
                if capture.page_capture_id != work.page.id:
                    needed[capture.id] = None
                if _is_style(capture):
                    for url in await self._named_by_style(capture):
                        self._share(url, work)
        return list(needed)

    async def store(self, work: PageRequisites, needed: Sequence[str]) -> None:
        """Write the needs of a complete page: first the WARC record, then the rows."""
        if needed:
            if self._completion is None:
                self._completion = BatchedCompletion()
            now = self._session.now()
            record = build_needs(url=work.page.url, date=now, page=work.page.id, needed=needed)
            await self._completion.wait(self._session.warc.note(record))
        pairs = [(work.page.id, each) for each in needed]
        await self._session.executors.in_db(complete_page, work.lease, pairs)

    async def _request(self, urls: Sequence[str], work: PageRequisites) -> list[str]:
        """Return those of a page's requisites that must be fetched for it; the rest is noted as needed by it."""
        fresh = [url for url in urls if hash(url) not in self._requested]
        self._requested.update(hash(url) for url in fresh)
        for url in fresh:
            self._waiting[url] = []
        try:
            missing = await self._session.executors.in_db(to_fetch, fresh, self._session.now()) if fresh else []
            taken = work.add(missing)
        except BaseException:
            for url in fresh:
                self._waiting.pop(url, None)
            raise
        fetched = set(taken)
        for url in urls:
            if url not in fetched:
                self._share(url, work, known=url in fresh)
        for url in fresh:
            if url not in fetched:
                await self.arrived(url)
        return taken

    def _share(self, url: str, work: PageRequisites, *, known: bool = False) -> None:
        if work.share(url) and not known and url in self._waiting:
            self._waiting[url].append(work)
            work.wait_for_one()

    async def _named(
        self, response: Response, source_id: str, task: Task[[bytes, str, str | None], list[str]]
    ) -> list[str]:
        """Return the URLs that a page or style sheet names; none where it can't be parsed."""
        try:
            content_type = header(response, b"Content-Type")
            return await self._session.executors.in_pool(response.url, task, response.body, response.url, content_type)
        except ExtractionFailed as e:
            logger.warning("%s: %s; it is kept without its pictures and styles", source_id, e)
            return []

    async def _named_by_style(self, style: Capture) -> list[str]:
        if style.id not in self._styles:
            self._remember_style(style, await self._read_style(style))
        return self._styles[style.id]

    async def _read_style(self, style: Capture) -> list[str]:
        """Return the links of a style sheet in the archive; none where it can't be read."""
        payload = await asyncio.to_thread(_payload_of, self._session.folder, style)
        if payload is None:
            return []
        try:
            return await self._session.executors.in_pool(
                style.url, requisites.OF_CSS, payload.body, style.url, payload.content_type
            )
        except ExtractionFailed:
            return []

    def _remember_style(self, style: Capture, named: list[str]) -> None:
        self._styles[style.id] = named
        self._styles.move_to_end(style.id)
        while len(self._styles) > MAX_STYLES:
            self._styles.popitem(last=False)


def _is_style(capture: Capture) -> bool:
    return (capture.mime or "").lower() == "text/css" or capture.url.partition("?")[0].endswith(".css")


def _payload_of(folder: ArchiveFolder, capture: Capture) -> Payload | None:
    """Return a capture's payload; None where it can't be read."""
    with closing(open_reader(folder.database)) as connection:
        try:
            return payload_of(connection, folder, capture)
        except TalkscraperError:
            return None
