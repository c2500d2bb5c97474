"""The end of a run: why it ends, and how everything in progress is brought to an end.

A run that is stopped early drops its waiting requests, grants transfers in progress a few seconds, then cuts them. No
server or page can delay the end further: a stalled transfer is stored as far as it was received, a page still being
parsed is abandoned, and the addresses of both stay due.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from talkscraper.errors import TalkscraperError

logger = logging.getLogger(__name__)

DRAIN_S = 6.0
"""Seconds granted to fetches in progress; the rest of ten seconds is for closing files."""
ENGINE_POLL_S = 0.05
"""Seconds between two checks whether the engine runs."""


class Shutdown:
    """The state of a run's end. Used on the reactor's thread, and before the reactor starts."""

    def __init__(self) -> None:
        self.reason: str | None = None
        """Why the run ends early; None while it goes on, and where it ends because nothing is due."""
        self.error: TalkscraperError | None = None
        """The error of the disk or of capture that ended the run."""
        self.is_cut = False
        """Whether transfers and parsing in progress have been abandoned."""
        self._crawler: Crawler | None = None
        self._closing: asyncio.Future[None] | None = None
        """The task that closes the crawler; referenced so that it isn't garbage-collected."""
        self._when_stopped: list[Callable[[], None]] = []
        self._when_cut: list[Callable[[], None]] = []

    def is_ending(self) -> bool:
        """Whether the run starts no new fetches."""
        return self.reason is not None

    def when_stopped(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once when the run begins to end early."""
        self._when_stopped.append(callback)

    def when_cut(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` to abandon what is still in progress ``DRAIN_S`` after the run began to end."""
        self._when_cut.append(callback)

    def attach(self, crawler: Crawler) -> None:
        """Let an early end stop this crawler."""
        self._crawler = crawler

    def detach(self) -> None:
        """Stop no crawler any more: its spider is closed."""
        self._crawler = None

    def stop(self, reason: str) -> None:
        """Start no new fetches; those in progress are finished or given back. The first reason is kept."""
        if self.reason is not None:
            return
        self.reason = reason
        logger.info("Ending the run: %s", reason)
        for callback in self._when_stopped:
            callback()
        if self._crawler is not None:
            asyncio.get_running_loop().call_later(DRAIN_S, self._cut)
            self._stop_crawler()

    def fail(self, error: TalkscraperError) -> None:
        """End the run with an error of the disk or of capture. The first error is kept."""
        if self.error is None:
            self.error = error
            logger.error("%s", error)
        self.stop("error")

    def _stop_crawler(self) -> None:
        """Stop the crawler as soon as its engine runs: called earlier, Scrapy loses the stop and never ends."""
        if self._crawler is None:
            return
        if _is_running(self._crawler):
            self._closing = asyncio.ensure_future(self._crawler.stop_async())
        else:
            asyncio.get_running_loop().call_later(ENGINE_POLL_S, self._stop_crawler)

    def _cut(self) -> None:
        if self._closing is not None and self._closing.done():
            return
        logger.info("After %g s: what is still being received or read is cut; it stays due", DRAIN_S)
        self.is_cut = True
        for callback in self._when_cut:
            callback()


def _is_running(crawler: Crawler) -> bool:
    try:
        return crawler.engine.running
    except RuntimeError:  # the engine doesn't exist yet
        return False
