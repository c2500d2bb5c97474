"""The robots middleware: one request for robots.txt an origin, and what one source is refused isn't refused to others."""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy import Request
from scrapy.http import TextResponse

from talkscraper.capture import SOURCE_META_KEY
from talkscraper.crawl.request_terms import ProjectTerms
from talkscraper.fetch.address_guard import AddressRefused
from talkscraper.fetch.policy import FetchPolicy, attach_policy
from talkscraper.fetch.robots import RobotsMiddleware

PAGE = "http://intranet.example/posts/1"


class Network:
    """Answers requests for robots.txt when it is told to; the address is refused to every source but ``own``."""

    def __init__(self) -> None:
        self.asked_by: list[str] = []
        self.answers = asyncio.Event()

    async def download_async(self, request: Request) -> TextResponse:
        """Answer one request."""
        source = request.meta[SOURCE_META_KEY]
        self.asked_by.append(source)
        await self.answers.wait()
        if source != "own":
            raise AddressRefused(f"a private address (source {source} has no allow_private for it)")
        return TextResponse(request.url, body=b"User-agent: *\nAllow: /\n", encoding="utf-8", request=request)


class Crawler:
    """What the middleware needs of Scrapy's."""

    spider = None

    def __init__(self) -> None:
        self.engine = Network()


async def outcomes(*sources: str) -> tuple[list[BaseException | None], list[str]]:
    """What becomes of a request of each source while all wait for the same robots.txt; and who asked for it."""
    crawler: Any = Crawler()
    attach_policy(crawler, FetchPolicy(terms=ProjectTerms(None), pacer=None))
    robots = RobotsMiddleware(crawler)
    waiting = [
        asyncio.ensure_future(robots.process_request(Request(PAGE, meta={SOURCE_META_KEY: source})))
        for source in sources
    ]
    await asyncio.sleep(0)  # all have begun
    crawler.engine.answers.set()
    return await asyncio.gather(*waiting, return_exceptions=True), crawler.engine.asked_by


def test_requests_that_wait_for_the_same_rules_ask_once() -> None:
    """One request for robots.txt, whoever waits for it."""
    assert asyncio.run(outcomes("own", "own", "other")) == ([None, None, None], ["own"])


def test_an_address_refused_to_one_source_is_not_refused_to_another_that_waits() -> None:
    """Who may connect to the host reads its rules, whoever asked first; each is told of its own permission."""
    found, asked_by = asyncio.run(outcomes("foreign", "own", "other", "own"))
    assert found[1::2] == [None, None]
    assert isinstance(found[0], AddressRefused)
    assert "source foreign" in str(found[0])
    # when the rules are known, the page's own connection refuses its address
    assert (found[2], asked_by) == (None, ["foreign", "own"])
