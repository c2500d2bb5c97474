"""The spider for any newsroom: everything that differs between newsrooms is data, in sources.toml."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider

from talkscraper.capture import KIND_META_KEY, PAGE_META_KEY, SOURCE_META_KEY
from talkscraper.crawl.response_handler import PageDesk
from talkscraper.crawl.robots_cache import RunRobotsMemory
from talkscraper.crawl.session import Session, session_of
from talkscraper.errors import CaptureError, NotAnAddress, StorageError, TalkscraperError
from talkscraper.fetch.decompression import KNOWN_META_KEY
from talkscraper.fetch.politeness import Stopping
from talkscraper.fetch.redirects import OWN_HOSTS_META_KEY
from talkscraper.fetch.robots import ARTICLE_META_KEY
from talkscraper.frontier.model import Lease
from talkscraper.sources.hosts import redirect_hosts
from talkscraper.sources.seed_kinds import priority_of
from talkscraper.urls.validity import fault_of

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from talkscraper.crawl.page_requisites import PageRequisites


logger = logging.getLogger(__name__)


class NewsSpider(Spider):
    """Fetches what the frontier says is due, and hands every answer to the page desk.

    ``scrapy crawl news -a source=NAME`` crawls one source, ``source=A,B`` several; without it, all of sources.toml.
    """

    name = "news"

    def __init__(self, source: str | None = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        if source is not None:
            self.source = source

    source: str | None = None

    @property
    def source_ids(self) -> tuple[str, ...]:
        """The ids that were asked for; empty: all."""
        return tuple(part.strip() for part in (self.source or "").split(",") if part.strip())

    @cached_property
    def session(self) -> Session:
        """The run that this spider works for."""
        session = session_of(self.crawler)
        if session is None:
            raise CaptureError(
                'no archive is open: ADDONS must hold "talkscraper.ArchiveAddon" (as talkscraper/settings.py does)'
            )
        return session

    @cached_property
    def pages(self) -> PageDesk:
        """Where answers are worked off."""
        return PageDesk(self.session)

    @cached_property
    def robots_memory(self) -> RunRobotsMemory:
        """What the robots middleware asks for rules, and tells of them."""
        return RunRobotsMemory(self.session, self.crawler)

    async def start(self) -> AsyncIterator[Request]:
        """Everything that is due, as it becomes due."""
        try:
            async for lease in self.session.leases():
                try:
                    request = self.page_request(lease)
                except Exception as e:  # noqa: BLE001  one address settles its own row, whatever is wrong with it
                    await self.pages.unanswered(e, lease)
                else:
                    yield request
        except TalkscraperError as e:
            self.session.fail(e)

    def page_request(self, lease: Lease) -> Request:
        """The request for one address of the frontier.

        Raises:
            NotAnAddress: it can't be asked for.
        """
        fault = fault_of(lease.url)
        if fault is not None:
            raise NotAnAddress(fault)
        return Request(
            lease.url,
            callback=self.parse,
            errback=self.page_failed,
            headers=self.pages.conditions(lease),
            priority=priority_of(lease.kind),
            dont_filter=True,
            meta={
                SOURCE_META_KEY: lease.source_id,
                KIND_META_KEY: str(lease.kind),
                OWN_HOSTS_META_KEY: redirect_hosts(lease.url, self.session.own_hosts(lease.source_id)),
                ARTICLE_META_KEY: lease.is_article,
                # a page whose pictures are missing is read for their addresses, though it be the same
                KNOWN_META_KEY: None if lease.requisites_pending else lease.payload_digest,
            },
            cb_kwargs={"lease": lease},
        )

    async def parse(self, response: Response, lease: Lease) -> AsyncIterator[Request]:
        """A page has come: archive it, then ask for what it needs to be shown again."""
        work = await self.pages.answered(response, lease)
        if work is not None:
            async for request in self._requisite_requests(list(work.urls), work):
                yield request

    async def page_failed(self, failure: Failure) -> None:
        """No usable answer."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy's own addition
        await self.pages.unanswered(_error_of(failure), request.cb_kwargs["lease"])

    def requisite_request(self, url: str, work: PageRequisites) -> Request:
        """The request for a picture, style or font."""
        return Request(
            url,
            callback=self.parse_requisite,
            errback=self.requisite_failed,
            priority=-1,
            dont_filter=True,
            meta={SOURCE_META_KEY: work.lease.source_id, PAGE_META_KEY: work.page_capture_id},
            cb_kwargs={"work": work, "asked": url},
        )

    async def _requisite_requests(self, urls: Iterable[str], work: PageRequisites) -> AsyncIterator[Request]:
        for url in urls:
            try:
                request = self.requisite_request(url, work)
            except Exception as e:  # noqa: BLE001  a page waits for all of its requisites, and must not wait for ever
                logger.warning("%s: %s is left out: %s", work.lease.url, url[:300], e)
                await self.pages.sharing.landed(url)
                await work.one_done()
            else:
                yield request

    async def parse_requisite(self, response: Response, work: PageRequisites, asked: str) -> AsyncIterator[Request]:
        """A requisite has come; a style sheet may name more."""
        cut_short = False
        try:
            async for request in self._requisite_requests(await self.pages.requisite(response, work), work):
                yield request
        except Stopping:
            cut_short = True
        finally:
            await self.pages.sharing.landed(asked, cut_short=cut_short)
            await work.one_done(cut_short=cut_short)

    async def requisite_failed(self, failure: Failure) -> None:
        """A requisite that can't be had costs nothing but itself."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy's own addition
        error = _error_of(failure)
        if isinstance(error, CaptureError | StorageError):
            self.session.fail(error)
        work: PageRequisites = request.cb_kwargs["work"]
        cut_short = isinstance(error, Stopping)
        await self.pages.sharing.landed(request.cb_kwargs["asked"], cut_short=cut_short)
        await work.one_done(cut_short=cut_short)

    def closed(self, reason: str) -> None:
        """Scrapy closed the spider for a reason of its own (memory): the run's report must say so."""
        if reason not in ("finished", "shutdown") and not self.session.is_ending():
            self.session.stop_reason = reason


def _error_of(failure: Failure) -> BaseException:
    error = failure.value
    if error is None:
        raise TypeError("a failure without an exception")
    return error
