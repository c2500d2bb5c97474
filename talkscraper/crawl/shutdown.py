"""Early end of a run: waiting requests are dropped, transfers in progress get a few seconds, then they are cut.

No server or page can delay the end further: a stalled transfer is stored as far as it was received, a page still being
parsed is abandoned, and the addresses of both stay due.
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
"""Seconds granted to fetches in progress; the rest of ten seconds is for closing files."""
LOOK_AGAIN_S = 0.05
"""Seconds between two checks whether the engine runs."""


def drain(session: Session, crawler: Crawler, loop: asyncio.AbstractEventLoop) -> None:
    """Begin the end of the run; called once, on the event loop."""
    session.pacer.close()
    loop.call_later(DRAIN_S, _cut, session)
    _stop(session, crawler, loop)


def _stop(session: Session, crawler: Crawler, loop: asyncio.AbstractEventLoop) -> None:
    """Stop the crawler as soon as its engine runs: called earlier, Scrapy loses the stop and never ends."""
    if session_of(crawler) is not session:
        return
    if _is_running(crawler):
        session.stopping = asyncio.ensure_future(crawler.stop_async(), loop=loop)
    else:
        loop.call_later(LOOK_AGAIN_S, _stop, session, crawler, loop)


def _is_running(crawler: Crawler) -> bool:
    try:
        return crawler.engine.running
    except RuntimeError:  # the engine doesn't exist yet
        return False


def _cut(session: Session) -> None:
    if session.stopping is not None and session.stopping.done():
        return
    logger.info("After %g s: what is still being received or read is cut; it stays due", DRAIN_S)
    session.cut()
