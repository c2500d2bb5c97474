"""robots.txt between runs: rules are kept for a day, sitemaps in it are followed, wishes in it are written down."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.crawl import storing
from talkscraper.crawl.session import Session
from talkscraper.fetch import rights
from talkscraper.fetch.policy import netloc_of
from talkscraper.fetch.redirects import belongs
from talkscraper.fetch.robots import RobotsRules

if TYPE_CHECKING:
    from talkscraper.model import Capture


class RunRobotsMemory:
    """The archive's side of ``fetch.robots``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def recall_robots(self, origin: str) -> RobotsRules | None:
        """Rules that were read less than a day ago, unless this run was asked to look at everything."""
        if self._session.looks_at_everything(origin):
            return None
        return await self._session.in_db(storing.recall_robots, origin, self._session.now())

    async def robots_read(self, source_id: str, origin: str, rules: RobotsRules, capture: Capture | None) -> None:
        """Keep the rules, and take from them what concerns the source."""
        session, now = self._session, self._session.now()
        await session.in_db(storing.note_robots, origin, rules, crawl_delay_s=None, now=now)
        source = session.sources.get(source_id)
        if source is None or not rules.body or not belongs(origin, session.own_hosts(source_id)):
            return
        url = f"{origin}/robots.txt"
        signals = rights.of_robots(rules.body, url)
        await session.in_db(
            storing.note_signals, source_id, signals, capture_id=capture.id if capture else None, now=now
        )
        if not source.sitemaps and urlsplit(source.homepage).hostname and _is_home(source.homepage, origin):
            from talkscraper.discovery.robots import sitemaps_of

            links = await asyncio.to_thread(sitemaps_of, rules.body.encode(), url)
            own = session.own_hosts(source_id)
            await session.in_db(
                storing.note_links, source_id, [link for link in links if belongs(link.url, own)], url, now
            )


def _is_home(homepage: str, origin: str) -> bool:
    return netloc_of(homepage).removeprefix("www.") == netloc_of(origin).removeprefix("www.")
