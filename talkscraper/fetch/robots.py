"""The robots middleware: fetches robots.txt once per origin and run, and obeys it before every request.

Scrapy's own middleware deviates from RFC 9309 in absence, errors and size; ``sources.robots_rules`` holds the rules.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from talkscraper.capture import CAPTURE_META_KEY, SOURCE_META_KEY
from talkscraper.errors import TalkscraperError
from talkscraper.fetch.address_guard import AddressRefused
from talkscraper.fetch.policy import policy_of
from talkscraper.fetch.redirects import COOKIE_HOSTS_META_KEY, RedirectsEnded
from talkscraper.fetch.unsent import HostPaused, Stopping
from talkscraper.sources.robots_rules import MAX_REDIRECTS, RobotsRules
from talkscraper.urls.resolution import netloc_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from talkscraper.model import Capture

logger = logging.getLogger(__name__)

ARTICLE_META_KEY = "talkscraper_article"
"""``request.meta`` key set on requests for articles: rights reservations apply to these, not to seeds or pictures."""
EXEMPT_META_KEY = "talkscraper_robots_exempt"
"""``request.meta`` key set on the request for robots.txt itself."""


class RobotsForbidden(IgnoreRequest):
    """robots.txt disallows the address."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt can't be read because of a server error, which forbids everything until it can."""


class RightsReserved(IgnoreRequest):
    """The site reserves the rights in this article, and the source's policy forbids fetching it."""


class RobotsStore(Protocol):
    """Storage of rules between runs."""

    async def recall(self, origin: str) -> RobotsRules | None:
        """Return rules read less than a day ago (RFC 9309 §2.4), or None."""

    async def store(self, source_id: str, origin: str, rules: RobotsRules, capture: Capture | None) -> None:
        """Called once per origin and run with rules that were fetched or recalled."""

    def reservation(self, source_id: str, url: str) -> str | None:
        """Return why the source's policy forbids fetching this article; None if it doesn't."""


class RobotsMiddleware:
    """Downloader middleware: refuses requests that robots.txt forbids, and applies its crawl-delay."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._origins: dict[str, asyncio.Future[RobotsRules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware; called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Pass the request, or refuse it.

        Raises:
            RobotsForbidden: a rule disallows it.
            RobotsUnreachable: the rules can't be read.
        """
        if request.meta.get(EXEMPT_META_KEY):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{netloc_of(request.url)}"
        rules = await self._rules(origin, request)
        if rules.unreachable:
            raise RobotsUnreachable(f"{origin}/robots.txt: {rules.status}; nothing is fetched until it can be read")
        if not rules.allows(request.url):
            raise RobotsForbidden(f"robots.txt of {origin} disallows {request.url}")
        store: RobotsStore | None = getattr(self._crawler.spider, "robots_cache", None)
        if store is not None and request.meta.get(ARTICLE_META_KEY):
            reserved = store.reservation(str(request.meta.get(SOURCE_META_KEY, "")), request.url)
            if reserved is not None:
                raise RightsReserved(reserved)

    async def _rules(self, origin: str, asking: Request) -> RobotsRules:
        while (known := self._origins.get(origin)) is not None:
            try:
                return known.result() if known.done() else await asyncio.shield(known)
            except AddressRefused:
                continue  # refused to the source that asked first; this one may have the permission
        known = self._origins[origin] = asyncio.get_running_loop().create_future()
        try:
            known.set_result(await self._read(origin, asking))
        except BaseException as e:
            # release the other requests that wait for the same rules
            known.set_exception(e if isinstance(e, Exception) else Stopping("the run is ending"))
            known.exception()
            del self._origins[origin]
            raise
        return known.result()

    async def _read(self, origin: str, asking: Request) -> RobotsRules:
        source_id = str(asking.meta.get(SOURCE_META_KEY, ""))
        store: RobotsStore | None = getattr(self._crawler.spider, "robots_cache", None)
        rules = await store.recall(origin) if store is not None else None
        capture: Capture | None = None
        if rules is None:
            rules, capture = await self._fetch(origin, source_id, asking.meta.get(COOKIE_HOSTS_META_KEY, frozenset()))
        # in a thread: parsing a large file takes a while
        await asyncio.to_thread(getattr, rules, "parser")
        self._apply_delay(origin, rules)
        if store is not None:
            await store.store(source_id, origin, rules, capture)
        return rules

    async def _fetch(
        self, origin: str, source_id: str, cookie_hosts: frozenset[str]
    ) -> tuple[RobotsRules, Capture | None]:
        request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            dont_filter=True,
            priority=1000,
            meta={
                EXEMPT_META_KEY: True,
                SOURCE_META_KEY: source_id,
                "redirect_ttl": MAX_REDIRECTS,
                COOKIE_HOSTS_META_KEY: cookie_hosts,
            },
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except (Stopping, HostPaused, TalkscraperError):
            raise
        except RedirectsEnded:
            return RobotsRules.of_redirects(), None
        except IgnoreRequest as e:
            return RobotsRules.of_error(str(e)), None
        except Exception as e:  # noqa: BLE001  whatever the network did, the rules are unreachable
            return RobotsRules.of_error(_reason(e)), None
        content_type = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        rules = RobotsRules.of_response(response.status, response.body, content_type)
        return rules, response.meta.get(CAPTURE_META_KEY)

    def _apply_delay(self, origin: str, rules: RobotsRules) -> None:
        pacer, requested = policy_of(self._crawler).pacer, rules.crawl_delay_s
        if pacer is None or requested is None:
            return
        applied = pacer.slow_down(netloc_of(origin), requested)
        logger.info("%s asks for %.1f s between requests: %.1f s are kept", origin, requested, applied)


def _reason(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
