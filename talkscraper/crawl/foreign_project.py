"""Archiving for another Scrapy project, which keeps its own spider, settings and scheduling.

Every response is captured by the download handler; every HTML page is extracted and stored, by the rules of an
import, before the spider sees it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scrapy import Request

from talkscraper.capture import CAPTURE_META_KEY
from talkscraper.crawl.decision import headers_of
from talkscraper.crawl.request_terms import ProjectTerms
from talkscraper.crawl.session import session_of
from talkscraper.errors import ExtractionFailed, StorageError
from talkscraper.extraction.pool import EXTRACT
from talkscraper.fetch.policy import policy_of
from talkscraper.fetch.unsent import Stopping
from talkscraper.ingest.page import CapturedPage, store_page
from talkscraper.model import Payload
from talkscraper.store.page_captures import may_be_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)


class ArticleStorage:
    """Downloader middleware that stores a page of another project as an article before its spider sees it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware; called by Scrapy."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Extract and store a page, or note that it is gone; return the response unchanged."""
        session = session_of(self._crawler)
        capture = request.meta.get(CAPTURE_META_KEY)
        if session is None or session.foreign is None or capture is None or not may_be_page(capture):
            return response
        page = CapturedPage(
            capture=capture, source_id=session.foreign, hops=tuple(request.meta.get("redirect_urls", ()))
        )
        try:
            if page.gone_reason is None:
                payload = Payload(capture=capture, body=response.body, headers=headers_of(response))
                extraction = await session.executors.in_pool(capture.url, EXTRACT, payload, None)
                page = replace(page, extraction=extraction)
            stored = await session.executors.in_db(store_page, page, now=session.now())
            if page.gone_reason is None:
                session.states[session.foreign].count_project_page(stored.outcome)
        except ExtractionFailed as e:
            logger.warning("%s", e)
        except Stopping:
            logger.warning("%s: the run is ending; its page was captured and not read", response.url)
        except StorageError as e:
            session.shutdown.fail(e)
        return response


class StartHosts:
    """Spider middleware that notes the hosts of a project's start requests."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware; called by Scrapy."""
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass the start requests on, and remember their hosts."""
        terms = policy_of(self._crawler).terms
        async for each in start:
            if isinstance(each, Request) and isinstance(terms, ProjectTerms):
                terms.add_host(each.url)
            yield each
