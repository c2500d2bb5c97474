"""The spider for any newsroom: everything that differs between newsrooms is data, in sources.toml."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider

from talkscraper.capture import KIND_META_KEY, PAGE_META_KEY, SOURCE_META_KEY
from talkscraper.crawl.response_handler import ResponseHandler
from talkscraper.crawl.robots_cache import RobotsCache
from talkscraper.crawl.session import Session, session_of
from talkscraper.errors import CaptureError, NotAnAddress, TalkscraperError
from talkscraper.fetch.byte_allowance import ALLOWANCE_META_KEY
from talkscraper.fetch.decompression import KNOWN_META_KEY
from talkscraper.fetch.redirects import COOKIE_HOSTS_META_KEY, OWN_HOSTS_META_KEY
from talkscraper.fetch.robots import ARTICLE_META_KEY
from talkscraper.fetch.unsent import Stopping
from talkscraper.frontier.model import Lease
from talkscraper.frontier.schedule import FULL_FETCH_EVERY, FULL_SEED_EVERY
from talkscraper.sources.hosts import redirect_hosts
from talkscraper.sources.seed_kinds import priority_of
from talkscraper.urls.validity import fault_of

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from talkscraper.crawl.page_requisites import PageRequisites
    from talkscraper.fetch.requisites import Requisite


logger = logging.getLogger(__name__)


class NewsSpider(Spider):
    """Requests the addresses that the frontier says are due, and passes every response to the response handler.

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
        """The ids of the sources to be crawled; empty means all."""
        return tuple(part.strip() for part in (self.source or "").split(",") if part.strip())

    @cached_property
    def session(self) -> Session:
        """The run that this spider belongs to.

        Raises:
            CaptureError: the add-on isn't enabled, so nothing would be archived.
        """
        session = session_of(self.crawler)
        if session is None:
            raise CaptureError(
                'no archive is open: ADDONS must hold "talkscraper.ArchiveAddon" (as talkscraper/settings.py does)'
            )
        return session

    @cached_property
    def robots_cache(self) -> RobotsCache:
        """Where the robots middleware finds and stores rules."""
        return RobotsCache(self.session, self.crawler)

    @cached_property
    def handler(self) -> ResponseHandler:
        """The handler of all responses."""
        return ResponseHandler(self.session, self.robots_cache)

    async def start(self) -> AsyncIterator[Request]:
        """Yield requests for everything that is due, as it becomes due."""
        try:
            async for lease in self.session.leases:
                try:
                    request = self.page_request(lease)
                except Exception as e:  # noqa: BLE001  one address settles its own row, whatever is wrong with it
                    await self.handler.page_failed(e, lease)
                else:
                    yield request
        except TalkscraperError as e:
            self.session.shutdown.fail(e)

    # --- pages ------------------------------------------------------------------------------------------------------

    def page_request(self, lease: Lease) -> Request:
        """Return the request for a leased address.

        Raises:
            NotAnAddress: it isn't a URL that can be requested.
        """
        fault = fault_of(lease.url)
        if fault is not None:
            raise NotAnAddress(fault)
        own_hosts = self.session.states[lease.source_id].own_hosts
        # a page given by hand may lead anywhere, as a short link does
        anywhere = lease.source_id in self.session.by_hand or not own_hosts
        return Request(
            lease.url,
            callback=self.parse,
            errback=self.page_failed,
            headers=conditions(lease, self.session.now()),
            priority=priority_of(lease.kind),
            dont_filter=True,
            meta={
                SOURCE_META_KEY: lease.source_id,
                KIND_META_KEY: str(lease.kind),
                OWN_HOSTS_META_KEY: None if anywhere else redirect_hosts(lease.url, own_hosts),
                COOKIE_HOSTS_META_KEY: own_hosts or redirect_hosts(lease.url, own_hosts),
                ARTICLE_META_KEY: lease.is_article,
                # a page whose requisites are missing is parsed for their addresses, even if it is unchanged
                KNOWN_META_KEY: None if lease.requisites_pending else lease.payload_digest,
            },
            cb_kwargs={"lease": lease},
        )

    async def parse(self, response: Response, lease: Lease) -> AsyncIterator[Request]:
        """Handle a page; yield the request to which it leads on, or requests for its requisites."""
        work = await self.handler.page_received(response, lease)
        if isinstance(work, Request):
            yield work
        elif work is not None:
            async for request in self._requisite_requests(list(work.requisites), work):
                yield request

    async def page_failed(self, failure: Failure) -> None:
        """Handle a fetch without a usable response."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy's own addition
        await self.handler.page_failed(_error_of(failure), request.cb_kwargs["lease"])

    # --- requisites -------------------------------------------------------------------------------------------------

    def requisite_request(self, requisite: Requisite, work: PageRequisites) -> Request:
        """Return the request for a picture, style sheet, font, script or frame."""
        return Request(
            requisite.url,
            callback=self.parse_requisite,
            errback=self.requisite_failed,
            priority=requisite.priority,
            dont_filter=True,
            meta={
                SOURCE_META_KEY: work.lease.source_id,
                PAGE_META_KEY: work.page.id,
                COOKIE_HOSTS_META_KEY: self.session.states[work.lease.source_id].own_hosts,
                ALLOWANCE_META_KEY: work.allowance,
                "download_maxsize": requisite.max_bytes,
            },
            cb_kwargs={"work": work, "requisite": requisite},
        )

    async def _requisite_requests(
        self, requisites: Iterable[Requisite], work: PageRequisites
    ) -> AsyncIterator[Request]:
        for requisite in requisites:
            try:
                request = self.requisite_request(requisite, work)
            except Exception as e:  # noqa: BLE001  the page's lease ends with its last requisite, so each must be counted
                logger.warning("%s: %s is left out: %s", work.lease.url, requisite.url[:300], e)
                await self._requisite_done(requisite, work)
            else:
                yield request

    async def parse_requisite(
        self, response: Response, work: PageRequisites, requisite: Requisite
    ) -> AsyncIterator[Request]:
        """Handle a requisite; yield requests for those that a style sheet, module or frame names."""
        cut_short = False
        try:
            named = await self.handler.requisite_received(response, work, requisite)
            async for request in self._requisite_requests(named, work):
                yield request
        except Stopping:
            cut_short = True
        finally:
            await self._requisite_done(requisite, work, cut_short=cut_short)

    async def requisite_failed(self, failure: Failure) -> None:
        """Handle a requisite that wasn't received: the page is complete without it."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy's own addition
        error, work = _error_of(failure), request.cb_kwargs["work"]
        self.handler.requisite_failed(error, work)
        await self._requisite_done(request.cb_kwargs["requisite"], work, cut_short=isinstance(error, Stopping))

    async def _requisite_done(self, requisite: Requisite, work: PageRequisites, *, cut_short: bool = False) -> None:
        await self.handler.requisites.arrived(requisite.url, cut_short=cut_short)
        await work.one_done(cut_short=cut_short)

    def closed(self, reason: str) -> None:
        """Note for the report that Scrapy closed the spider for a reason of its own, such as its memory limit."""
        if reason not in ("finished", "shutdown") and not self.session.shutdown.is_ending():
            self.session.shutdown.reason = reason


def conditions(lease: Lease, now: datetime) -> dict[str, str]:
    """Return the headers that make the request for an address conditional (RFC 9110 §13.1).

    Empty where the page was never received, its 304 responses can't be trusted, its requisites must be found, or it
    hasn't been fetched in full for a while.
    """
    if lease.payload_digest is None or lease.lying_validators or lease.requisites_pending:
        return {}
    full_every = FULL_FETCH_EVERY if lease.is_article else FULL_SEED_EVERY
    if lease.unconditional_since is None or now - lease.unconditional_since >= full_every:
        return {}
    headers = {"If-None-Match": lease.etag, "If-Modified-Since": lease.last_modified}
    return {name: value for name, value in headers.items() if value}


def _error_of(failure: Failure) -> BaseException:
    error = failure.value
    if error is None:
        raise TypeError("a failure without an exception")
    return error
