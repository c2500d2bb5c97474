"""One crawl, from the lock to the report."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from types import FrameType

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from talkscraper.crawl.opening import open_session
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.report import RunReport
from talkscraper.crawl.session import Session, attach_session
from talkscraper.errors import TalkscraperError
from talkscraper.folder import ArchiveFolder
from talkscraper.spiders.news import NewsSpider

logger = logging.getLogger(__name__)

DRAIN_S = 6.0
"""After SIGTERM or a budget, what is on the wire gets so long before it is cut."""


def crawl(folder: ArchiveFolder, options: CrawlOptions) -> RunReport:
    """Crawl what is due, and return what was done. Once per process: Twisted's reactor can't be started again.

    Raises:
        ArchiveLocked: another run holds the archive.
        StorageError: the disk refuses, or is too full.
        UsageError: sources.toml is wrong, has no contact, or lacks a source that was named.
    """
    with open_session(folder, options) as session:
        _run_scrapy(session)
    if session.report is None:
        raise TalkscraperError(f"the crawl of {folder.root} ended without a report")
    return session.report


def _run_scrapy(session: Session) -> None:
    settings = Settings()
    settings.setmodule("talkscraper.settings", priority="project")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(NewsSpider)
    attach_session(crawler, session)
    loop = asyncio.get_event_loop()
    session.on_stop = lambda: _stop(loop, crawler, session)
    _catch_signals(loop, session)
    task = process.crawl(crawler)
    process.start(install_signal_handlers=False)
    if task.done() and not task.cancelled():
        error = task.exception()
        if error is not None:
            raise error


def _stop(loop: asyncio.AbstractEventLoop, crawler: Crawler, session: Session) -> None:
    """End the crawl: who waits for a turn is sent home, what is on the wire gets a few seconds."""
    session.pacer.close()
    if session.abort_transfers is not None:
        loop.call_later(DRAIN_S, session.abort_transfers)
    session.stopping = asyncio.ensure_future(crawler.stop_async(), loop=loop)


def _catch_signals(loop: asyncio.AbstractEventLoop, session: Session) -> None:
    """The first SIGTERM or SIGINT ends the run cleanly; the second kills the process, and the next run repairs."""
    if threading.current_thread() is not threading.main_thread():
        return

    def first(number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, second)
        loop.call_soon_threadsafe(session.stop, signal.Signals(number).name.lower())

    def second(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, first)
