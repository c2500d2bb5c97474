"""Ending a run early: who waits for a turn is sent home, what is under way gets a few seconds, then it is cut.

Nothing that a server or a page does can make the end last longer: a transfer that stalls is kept as far as it came,
a page that is still being read is left, and the addresses of both stay due.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from talkscraper.crawl.session import Session

logger = logging.getLogger(__name__)

DRAIN_S = 6.0
"""What is under way gets so long; the rest of ten seconds is for closing files."""


def drain(session: Session, crawler: Crawler, loop: asyncio.AbstractEventLoop) -> None:
    """Begin the end; called once, on the loop."""
    session.pacer.close()
    loop.call_later(DRAIN_S, _cut, session)
    session.stopping = asyncio.ensure_future(crawler.stop_async(), loop=loop)


def _cut(session: Session) -> None:
    if session.stopping is not None and session.stopping.done():
        return
    logger.info("After %g s: what is still being received or read is cut; it stays due", DRAIN_S)
    session.cut()
