"""robots.txt according to RFC 9309, including absence, errors and size, where Scrapy's own middleware deviates.

| response | meaning | effect |
| --- | --- | --- |
| 2xx | the rules (the first 500 KiB) | obeyed |
| 4xx but 429 | there are no rules (§2.3.1.3) | everything allowed |
| more than 5 redirects | treated as absent (§2.3.1.2) | everything allowed |
| 5xx, 429, no response | unreachable (§2.3.1.4) | nothing allowed, fetched again in the next run |
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from talkscraper.capture import CAPTURE_META_KEY, SOURCE_META_KEY
from talkscraper.discovery.rights import ROBOTS_NAME
from talkscraper.errors import TalkscraperError
from talkscraper.fetch.policy import netloc_of, policy_of
from talkscraper.fetch.politeness import HostPaused, Stopping

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from talkscraper.model import Capture

logger = logging.getLogger(__name__)

MAX_BYTES = 500 * 1024
MAX_REDIRECTS = 5
ARTICLE_META_KEY = "talkscraper_article"
"""``request.meta`` key set on requests for articles: rights reservations apply to these, not to seeds or pictures."""
EXEMPT_META_KEY = "talkscraper_robots_exempt"
"""``request.meta`` key set on the request for robots.txt itself."""


class RobotsForbidden(IgnoreRequest):
    """robots.txt disallows the address."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt can't be read because of a server error, which forbids everything until it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRules:
    """The rules of one host's robots.txt."""

    status: str
    """``rules``, ``none`` or ``unreachable``, with the status of the response."""
    body: str = ""
    allow_all: bool = False
    unreachable: bool = False
    fresh: bool = True
    """Whether it was fetched in this run, not recalled from an earlier one."""
    crawl_delay_s: float | None = None
    """The crawl-delay in seconds, or None."""


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
        self._answers: dict[str, asyncio.Future[tuple[RobotsRules, Protego]]] = {}

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
        rules, parser = await self._rules(origin, str(request.meta.get(SOURCE_META_KEY, "")))
        if rules.unreachable:
            raise RobotsUnreachable(f"{origin}/robots.txt: {rules.status}; nothing is fetched until it can be read")
        if not rules.allow_all and not parser.can_fetch(request.url, ROBOTS_NAME):
            raise RobotsForbidden(f"robots.txt of {origin} disallows {request.url}")
        store: RobotsStore | None = getattr(self._crawler.spider, "robots_cache", None)
        if store is not None and request.meta.get(ARTICLE_META_KEY):
            reserved = store.reservation(str(request.meta.get(SOURCE_META_KEY, "")), request.url)
            if reserved is not None:
                raise RightsReserved(reserved)

    async def _rules(self, origin: str, source_id: str) -> tuple[RobotsRules, Protego]:
        answer = self._answers.get(origin)
        if answer is None:
            answer = self._answers[origin] = asyncio.get_running_loop().create_future()
            try:
                answer.set_result(await self._read(origin, source_id))
            except BaseException as e:
                # release the other requests that wait for the same rules
                answer.set_exception(e if isinstance(e, Exception) else Stopping("the run is ending"))
                answer.exception()
                del self._answers[origin]
                raise
        return answer.result() if answer.done() else await asyncio.shield(answer)

    async def _read(self, origin: str, source_id: str) -> tuple[RobotsRules, Protego]:
        store: RobotsStore | None = getattr(self._crawler.spider, "robots_cache", None)
        rules = await store.recall(origin) if store is not None else None
        capture: Capture | None = None
        if rules is None:
            rules, capture = await self._fetch(origin, source_id)
        parser = await asyncio.to_thread(Protego.parse, rules.body)
        rules = replace(rules, crawl_delay_s=self._apply_delay(origin, parser))
        if store is not None:
            await store.store(source_id, origin, rules, capture)
        return rules, parser

    async def _fetch(self, origin: str, source_id: str) -> tuple[RobotsRules, Capture | None]:
        request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            dont_filter=True,
            priority=1000,
            meta={
                EXEMPT_META_KEY: True,
                SOURCE_META_KEY: source_id,
                "redirect_ttl": MAX_REDIRECTS,
            },
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except (Stopping, HostPaused, TalkscraperError):
            raise
        except IgnoreRequest as e:
            if "max redirections" in str(e):
                return RobotsRules(status="none (too many redirects)", allow_all=True), None
            return RobotsRules(status=f"unreachable ({e})", unreachable=True), None
        except Exception as e:  # noqa: BLE001  whatever the network did, the answer is the same: unreachable
            return RobotsRules(status=f"unreachable ({_what(e)})", unreachable=True), None
        capture = response.meta.get(CAPTURE_META_KEY)
        status = response.status
        if 200 <= status < 300:
            body = response.body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
            return RobotsRules(status=f"rules ({status})", body=body), capture
        if 400 <= status < 500 and status != 429:
            return RobotsRules(status=f"none ({status})", allow_all=True), capture
        if 300 <= status < 400:
            return RobotsRules(status=f"none ({status})", allow_all=True), capture
        return RobotsRules(status=f"unreachable ({status})", unreachable=True), capture

    def _apply_delay(self, origin: str, parser: Protego) -> float | None:
        pacer = policy_of(self._crawler).pacer
        asked: Any = parser.crawl_delay(ROBOTS_NAME)
        if not asked:
            return None
        if pacer is not None:
            applied = pacer.slow_down(netloc_of(origin), float(asked))
            logger.info("%s asks for %.1f s between requests: %.1f s are kept", origin, float(asked), applied)
        return float(asked)


def _what(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
