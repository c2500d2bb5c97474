"""robots.txt between runs: rules are cached for a day, its sitemaps added as seeds, its rights signals stored."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from talkscraper.capture import CAPTURE_META_KEY, SOURCE_META_KEY
from talkscraper.crawl import host_notes
from talkscraper.crawl.session import Session
from talkscraper.discovery import rights
from talkscraper.discovery.formats.sitemap import SITEMAP
from talkscraper.discovery.robots import sitemaps_of
from talkscraper.errors import ExtractionFailed
from talkscraper.fetch.robots import EXEMPT_META_KEY
from talkscraper.fetch.unsent import HostPaused, Stopping
from talkscraper.frontier.additions import note_links
from talkscraper.ingest.site_signals import store_site_signals
from talkscraper.sources.hosts import belongs
from talkscraper.sources.robots_rules import RobotsRules
from talkscraper.urls.resolution import netloc_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from talkscraper.discovery.rights import Signal
    from talkscraper.model import Capture
    from talkscraper.sources.model import Source

logger = logging.getLogger(__name__)


class RobotsCache:
    """The rules of robots.txt in the archive, and the rights reservations of whole sites that this run has read."""

    def __init__(self, session: Session, crawler: Crawler) -> None:
        self._session = session
        self._crawler = crawler
        self._tdmrep: dict[str, list[Signal]] = {}
        """The tdmrep.json of each source whose policy requires it, by source id."""
        self._robots_signals: dict[str, list[Signal]] = {}
        """Rights signals in robots.txt, by host and port."""

    async def recall(self, origin: str) -> RobotsRules | None:
        """Return rules read less than a day ago; None where there are none or the run fetches everything again."""
        if self._fetches_all(origin):
            return None
        return await self._session.executors.in_db(host_notes.recall_robots, origin, self._session.now())

    async def store(self, source_id: str, origin: str, rules: RobotsRules, capture: Capture | None) -> None:
        """Store the rules, and use what they say about the source."""
        session, now = self._session, self._session.now()
        if rules.fresh:
            await session.executors.in_db(host_notes.note_robots, origin, rules, now=now)
        url = f"{origin}/robots.txt"
        signals = rights.of_robots(rules.body, url)
        if signals:
            self._robots_signals[netloc_of(origin)] = signals
        source = session.sources.get(source_id)
        if source is None or not belongs(origin, session.states[source_id].own_hosts):
            return
        await session.executors.in_db(store_site_signals, source, signals, capture=capture, now=now)
        if not _is_home(source.homepage, origin):
            return
        if not source.seeds_of(SITEMAP.name):
            links = await asyncio.to_thread(sitemaps_of, rules.body, url)
            own = session.states[source_id].own_hosts
            session.states[source_id].count_left_out(
                await session.executors.in_db(
                    note_links, source_id, [link for link in links if belongs(link.url, own)], via=url, now=now
                ),
            )
        if source.obeys_reservations and not rules.unreachable:
            await self._fetch_tdmrep(source, origin)

    def reservation(self, source_id: str, url: str) -> str | None:
        """Return why the source's policy forbids fetching this article; None if it doesn't."""
        source = self._session.sources.get(source_id)
        if source is None or source.tdm != "skip":
            return None
        found = self.site_reservation(source_id, url)
        if found is None:
            return None
        return f"{url}: {urlsplit(found.url).path} reserves the rights, and the source's tdm policy is skip"

    def site_reservation(self, source_id: str, url: str) -> Signal | None:
        """Return the rights reservation of the whole site that applies to a page, or None."""
        signals = (*self._tdmrep.get(source_id, ()), *self._robots_signals.get(netloc_of(url), ()))
        return rights.reservation(signals, url)

    def _fetches_all(self, origin: str) -> bool:
        """Whether this run fetches all seeds now: the source was named by the caller, or is set to fetch always."""
        session = self._session
        return any(
            (source.id in session.options.sources or session.options.full or source.recrawl.always)
            and belongs(origin, session.states[source.id].own_hosts)
            for source in session.sources.values()
        )

    async def _fetch_tdmrep(self, source: Source, origin: str) -> None:
        request = Request(
            origin + rights.WELL_KNOWN,
            callback=NO_CALLBACK,
            dont_filter=True,
            priority=900,
            meta={EXEMPT_META_KEY: True, SOURCE_META_KEY: source.id},
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except (Stopping, HostPaused):
            raise
        except (IgnoreRequest, OSError):
            return
        if response.status != 200:
            return
        signals: list[Signal] = []
        try:
            signals = await self._session.executors.in_pool(request.url, rights.OF_TDMREP, response.body, request.url)
        except ExtractionFailed as e:
            logger.warning("%s: %s; it says nothing", source.id, e)
        self._tdmrep[source.id] = signals
        await self._session.executors.in_db(
            store_site_signals,
            source,
            signals,
            capture=response.meta.get(CAPTURE_META_KEY),
            now=self._session.now(),
        )


def _is_home(homepage: str, origin: str) -> bool:
    return netloc_of(homepage).removeprefix("www.") == netloc_of(origin).removeprefix("www.")
