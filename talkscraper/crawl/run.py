"""A crawl run, from the lock to the report, with its monitoring.

Scrapy and Twisted are loaded when something is due, and what a cluster needs for a crawl on one: most runs of a
timetable fetch nothing, and end sooner.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run_setup import open_session, warn_of_dated_patterns
from talkscraper.crawl.session import Session, attach_session
from talkscraper.crawl.stop_signals import StopSignals
from talkscraper.errors import TalkscraperError
from talkscraper.monitor import metrics, notify, ping
from talkscraper.monitor.run_report import RunReport

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerRunner, Crawler, CrawlerRunnerBase
    from scrapy.settings import Settings

    from talkscraper.crawl.logs import Progress


COLLECTED_AFTER = 5_000
"""Number of new containers (700 is Python's own) after which the run's process looks for cycles among them."""


def supervised_crawl(folder: ArchiveFolder, options: CrawlOptions, progress: Progress | None = None) -> RunReport:
    """``crawl`` with healthcheck requests, a metrics file and messages; a failure of these doesn't fail the run."""
    ping.started(options.ping, options.sources)
    try:
        report = crawl(folder, replace(options, progress=progress))
    except TalkscraperError as e:
        ping.failed(options.ping, int(e.exit_code), str(e))
        notify.after_run(folder, error=e)
        raise
    if options.metrics is not None:
        metrics.write(options.metrics, folder, report)
    ping.finished(options.ping, report)
    notify.after_run(folder)
    return report


def crawl(folder: ArchiveFolder, options: CrawlOptions) -> RunReport:
    """Crawl what is due and return the result. Once per process: Twisted's reactor can't be restarted.

    Raises:
        ArchiveLocked: another run holds the archive.
        ClusterError: the cluster of ``options.cluster`` can't be used.
        Interrupted: a signal came before the run had begun.
        StorageError: the disk failed or is too full.
        UsageError: sources.toml is invalid, has no contact, or lacks a requested source.
    """
    with ExitStack() as stack:
        signals = options.signals or stack.enter_context(StopSignals())
        if options.cluster is not None:
            from talkscraper.crawl.shards.coordinator import crawl_on_cluster

            return _report(crawl_on_cluster(folder, replace(options, signals=signals), signals))
        with open_session(folder, replace(options, signals=signals)) as session:
            if signals.name is not None:
                session.shutdown.stop(signals.name)
            elif session.leases.anything_due():
                warn_of_dated_patterns(session)
                fetch_here(session, signals)
    return _report(session)


async def crawl_async(folder: ArchiveFolder, options: CrawlOptions) -> RunReport:
    """``crawl`` for a caller whose asyncio reactor is running: any number of runs, one after another.

    The reactor's own resolver isn't replaced, so a name is looked up before its address is refused; the connected peer
    is checked in any case. Signals are left to the caller.
    """
    opened = open_session(folder, options)
    session = await asyncio.to_thread(opened.__enter__)
    try:
        if session.leases.anything_due():
            warn_of_dated_patterns(session)
            await run_crawler(session)
    finally:
        await asyncio.to_thread(opened.__exit__, *sys.exc_info())
    return _report(session)


async def run_crawler(session: Session) -> None:
    """Fetch what a session has due, in a running asyncio reactor."""
    await _runner().crawl(_prepare(_runner(), session))


def fetch_here(session: Session, signals: StopSignals) -> None:
    """Fetch what a session has due in this process, which starts its reactor. Once per process."""
    # imported first, near the top of the stack: three times it reads the source files of every frame above it
    import scrapy.core.downloader.contextfactory  # noqa: F401
    from scrapy.crawler import AsyncCrawlerProcess

    process = AsyncCrawlerProcess(_settings())
    loop = asyncio.get_event_loop()
    crawler = _prepare(process, session)
    task = process.crawl(crawler)
    signals.forward_to(partial(_stop, loop, session))
    # what is loaded now stays: collections needn't look through it, and come less often
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)
    try:
        process.start(install_signal_handlers=False)
    finally:
        # the loop is closed, and the run is ending in any case
        signals.forward_to(None)
    if task.done() and not task.cancelled():
        error = task.exception()
        if error is not None:
            raise error


@cache
def _runner() -> AsyncCrawlerRunner:
    """Return the crawler runner of this process. Creating one searches for spiders; it keeps no state of a run."""
    from scrapy.crawler import AsyncCrawlerRunner

    return AsyncCrawlerRunner(_settings())


def _settings() -> Settings:
    from scrapy.settings import Settings

    settings = Settings()
    settings.setmodule("talkscraper.settings", priority="project")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    return settings


def _prepare(runner: CrawlerRunnerBase, session: Session) -> Crawler:
    from talkscraper.spiders.news import NewsSpider

    crawler = runner.create_crawler(NewsSpider)
    attach_session(crawler, session)
    return crawler


def _report(session: Session) -> RunReport:
    if session.report is None:
        raise TalkscraperError(f"the crawl of {session.folder.root} ended without a report")
    return session.report


def _stop(loop: asyncio.AbstractEventLoop, session: Session, reason: str) -> None:
    loop.call_soon_threadsafe(session.shutdown.stop, reason)
