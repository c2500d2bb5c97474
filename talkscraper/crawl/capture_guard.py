"""Guard that ends a crawl with an error when a response reaches a spider without a capture."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

from talkscraper.capture import CAPTURE_META_KEY
from talkscraper.crawl.session import session_of
from talkscraper.errors import CaptureError

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response


class CaptureRequired:
    """Spider middleware that checks every response last, before a spider sees it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware; called by Scrapy."""
        return cls(crawler)

    def process_spider_input(self, response: Response) -> None:
        """Pass a captured response.

        Raises:
            IgnoreRequest: the response has no capture; the crawl is ending with an error.
        """
        if response.request is not None and CAPTURE_META_KEY in response.meta:
            return
        error = CaptureError(
            f"{response.url} reached the spider without a capture: another download handler or cache is in the way"
        )
        session = session_of(self._crawler)
        if session is not None:
            session.shutdown.fail(error)
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason="no-capture"))
        raise IgnoreRequest(str(error)) from error
