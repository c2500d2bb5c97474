"""Ending a run early: who waits for a turn is sent home, what is under way gets a few seconds, then it is cut.

Nothing that a server or a page does can make the end last longer: a transfer that stalls is kept as far as it came,
a page that is still being read is left, and the addresses of both stay due.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from talkscraper.crawl.session import Session, session_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

DRAIN_S = 6.0
"""What is under way gets so long; the rest of ten seconds is for closing files."""
LOOK_AGAIN_S = 0.05
"""Between two looks whether the engine runs."""


def drain(session: Session, crawler: Crawler, loop: asyncio.AbstractEventLoop) -> None:
    """Begin the end; called once, on the loop."""
    session.pacer.close()
    loop.call_later(DRAIN_S, _cut, session)
    _stop(session, crawler, loop)


def _stop(session: Session, crawler: Crawler, loop: asyncio.AbstractEventLoop) -> None:
    """Stop the crawler as soon as its engine runs: asked earlier, Scrapy forgets it and then never ends."""
    if session_of(crawler) is not session:
        return
    if _is_running(crawler):
        session.stopping = asyncio.ensure_future(crawler.stop_async(), loop=loop)
    else:
        loop.call_later(LOOK_AGAIN_S, _stop, session, crawler, loop)


def _is_running(crawler: Crawler) -> bool:
    try:
        return crawler.engine.running
    except RuntimeError:  # there is none yet
        return False


def _cut(session: Session) -> None:
    if session.stopping is not None and session.stopping.done():
        return
    logger.info("After %g s: what is still being received or read is cut; it stays due", DRAIN_S)
    session.cut()
