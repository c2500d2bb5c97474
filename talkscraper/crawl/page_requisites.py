"""Requisites of pages: style sheets, pictures, fonts, scripts and frames, each fetched for one page and needed by many.

Their number and bytes are limited by page: style sheets and frames may name as many as the page itself, so that no
page full of pictures leaves its fonts out.

Each address is requested once in a run, and not at all if the archive captured it in the last days. Another page
that names it waits until it has arrived; then a record in the WARC and rows of ``requisites`` state that the page
needs it. A page's lease is finished when the last of its requisites has arrived or failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture import CAPTURE_META_KEY
from talkscraper.capture.completion import BatchedCompletion
from talkscraper.crawl.decision import header
from talkscraper.errors import CaptureError, ExtractionFailed, StorageError, TalkscraperError
from talkscraper.fetch import requisites
from talkscraper.fetch.byte_allowance import ByteAllowance
from talkscraper.fetch.requisites import MAX_PAGE_BYTES, PER_PAGE, Named, Origin, Requisite, roles_of
from talkscraper.fetch.unsent import Stopping
from talkscraper.html.address_attributes import Role
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

logger = logging.getLogger(__name__)

MAX_SHARED = 3 * PER_PAGE
"""Maximum number of a page's requisites that are fetched on account of other pages."""
MAX_REMEMBERED = 256
"""Maximum number of style sheets, modules and frames whose requisites a run remembers."""
_IN_FRAMES = frozenset({Role.FRAME, Role.MEDIA})
"""What isn't captured with a frame: further frames, and media."""


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
        self.roles = roles_of(session.sources[lease.source_id].requisites)
        self.requisites: list[Requisite] = []
        """Those fetched for this page."""
        self.allowance = ByteAllowance(MAX_PAGE_BYTES)
        """The bytes that may still be received for them."""
        self.shared: dict[str, Requisite] = {}
        """By address, those that this page needs and that were requested for another page."""
        self._taken: Counter[Origin] = Counter()
        self._pending = 1
        self._cut_short = False

    def add(self, named: Iterable[Requisite]) -> list[Requisite]:
        """Add requisites up to the page's maximum; return those that were added."""
        taken: list[Requisite] = []
        for each in named:
            if self._taken[each.origin] >= PER_PAGE:
                self.left_out("requisites")
                continue
            self._taken[each.origin] += 1
            taken.append(each)
        self.requisites.extend(taken)
        self._pending += len(taken)
        return taken

    def left_out(self, cap: str, count: int = 1) -> None:
        """Count requisites that weren't fetched because of a cap."""
        self._session.states[self.lease.source_id].count_requisites_left_out(self.page.url, cap, count)

    def share(self, requisite: Requisite) -> bool:
        """Note a requisite that another page requested; return whether there was anything new to note."""
        if requisite.url in self.shared or len(self.shared) >= MAX_SHARED:
            return False
        self.shared[requisite.url] = requisite
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
        self._named_by: OrderedDict[tuple[str, bool], Named] = OrderedDict()
        """What a style sheet, module or frame names, by its record id, and whether it is a frame."""
        self._completion: BatchedCompletion[Capture | None] | None = None

    async def of_page(self, response: Response, work: PageRequisites) -> None:
        """Find the requisites that a page names, and add to ``work`` those that must be fetched for it.

        Raises:
            Stopping: the run was cut before the page was parsed.
        """
        content_type = header(response, b"Content-Type")
        try:
            named = await self._session.executors.in_pool(
                response.url, requisites.OF_PAGE, response.body, response.url, content_type, work.roles
            )
        except ExtractionFailed as e:
            _not_read(work, e)
            return
        await self._request(named, work)

    async def of_requisite(self, response: Response, work: PageRequisites, requisite: Requisite) -> list[Requisite]:
        """Return what must be fetched because of a requisite that arrived: style sheets, modules and frames name more.

        Raises:
            Stopping: the run was cut before it was parsed.
        """
        if response.status != 200:
            return []
        content_type = header(response, b"Content-Type")
        try:
            named = await self._parse(requisite, response.body, response.url, content_type, work)
        except ExtractionFailed as e:
            _not_read(work, e)
            named = Named()
        if named is None:
            return []
        self._remember(response.meta[CAPTURE_META_KEY], requisite, named)
        return await self._request(_named_within(requisite, named), work)

    async def arrived(self, url: str, *, cut_short: bool = False) -> None:
        """Note that an address arrived or failed; pages waiting for it continue."""
        for work in self._waiting.pop(url, ()):
            await work.one_done(cut_short=cut_short)

    async def captured(self, work: PageRequisites) -> list[str]:
        """Return the record ids of captured requisites that a page shares with others, those of styles included."""
        needed: dict[str, None] = {}
        looked_up: set[str] = set()
        while ready := [url for url in work.shared if url not in looked_up and url not in self._waiting]:
            looked_up.update(ready)
            captures = await self._session.executors.in_db(newest, ready)
            for url, chain in captures.items():
                needed.update((each.id, None) for each in chain if each.page_capture_id != work.page.id)
                for requisite in await self._named_by_capture(chain[-1], work.shared[url], work):
                    self._share(requisite, work)
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

    async def _request(self, named: Named, work: PageRequisites) -> list[Requisite]:
        """Return those of a page's requisites that must be fetched for it; the rest is noted as needed by it."""
        if named.left_out:
            work.left_out("requisites", named.left_out)
        fresh = [each.url for each in named.requisites if hash(each.url) not in self._requested]
        self._requested.update(hash(url) for url in fresh)
        for url in fresh:
            self._waiting[url] = []
        try:
            missing = set(await self._session.executors.in_db(to_fetch, fresh, self._session.now())) if fresh else set()
            taken = work.add(each for each in named.requisites if each.url in missing)
        except BaseException:
            for url in fresh:
                self._waiting.pop(url, None)
            raise
        fetched = {each.url for each in taken}
        looked_up = set(fresh)
        for each in named.requisites:
            if each.url not in fetched:
                self._share(each, work, known=each.url in looked_up)
        for url in fresh:
            if url not in fetched:
                await self.arrived(url)
        return taken

    def _share(self, requisite: Requisite, work: PageRequisites, *, known: bool = False) -> None:
        if work.share(requisite) and not known and requisite.url in self._waiting:
            self._waiting[requisite.url].append(work)
            work.wait_for_one()

    async def _parse(
        self, requisite: Requisite, body: bytes, url: str, content_type: str | None, work: PageRequisites
    ) -> Named | None:
        """Return what a requisite names; None if it is no document that names any.

        Raises:
            ExtractionFailed: it can't be parsed.
            Stopping: the run was cut.
        """
        in_pool, media = self._session.executors.in_pool, (content_type or "").lower()
        if requisite.role is Role.FRAME:
            # one level: the frames of a frame aren't captured
            if requisite.origin is Origin.FRAME or "html" not in media:
                return None
            named = await in_pool(url, requisites.OF_PAGE, body, url, content_type, work.roles - _IN_FRAMES)
        elif requisite.is_module and "html" not in media:
            named = await in_pool(url, requisites.OF_MODULE, body, url, content_type)
        elif "css" in media or url.partition("?")[0].endswith(".css"):
            named = await in_pool(url, requisites.OF_CSS, body, url, content_type)
        else:
            return None
        return named

    async def _named_by_capture(self, capture: Capture, requisite: Requisite, work: PageRequisites) -> list[Requisite]:
        """Return what a requisite in the archive names; nothing where it can't be read."""
        known = self._named_by.get((capture.id, requisite.role is Role.FRAME))
        if known is None:
            known = await self._read(capture, requisite, work) or Named()
            self._remember(capture, requisite, known)
        return list(_named_within(requisite, known).requisites)

    async def _read(self, capture: Capture, requisite: Requisite, work: PageRequisites) -> Named | None:
        if not (requisite.is_module or requisite.role is Role.FRAME or _is_style(capture)):
            return None
        payload = await asyncio.to_thread(_payload_of, self._session.folder, capture)
        if payload is None:
            return None
        try:
            return await self._parse(requisite, payload.body, capture.url, payload.content_type, work)
        except ExtractionFailed:
            return None

    def _remember(self, capture: Capture, requisite: Requisite, named: Named) -> None:
        key = capture.id, requisite.role is Role.FRAME
        self._named_by[key] = named
        self._named_by.move_to_end(key)
        while len(self._named_by) > MAX_REMEMBERED:
            self._named_by.popitem(last=False)


def _not_read(work: PageRequisites, error: ExtractionFailed) -> None:
    logger.warning("%s: %s; it is kept without what it names", work.lease.source_id, error)


def _named_within(requisite: Requisite, named: Named) -> Named:
    """Return what a requisite names, marked with what it was named by."""
    in_frame = requisite.origin is Origin.FRAME or requisite.role is Role.FRAME
    inside = Origin.FRAME if in_frame else Origin.STYLE
    return replace(named, requisites=tuple(replace(each, origin=inside) for each in named.requisites))


def _is_style(capture: Capture) -> bool:
    return (capture.mime or "").lower() == "text/css" or capture.url.partition("?")[0].endswith(".css")


def _payload_of(folder: ArchiveFolder, capture: Capture) -> Payload | None:
    """Return a capture's payload; None where it can't be read."""
    with closing(open_reader(folder.database)) as connection:
        try:
            return payload_of(connection, folder, capture)
        except TalkscraperError:
            return None
