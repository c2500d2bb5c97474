"""``ADDONS = {"talkscraper.ArchiveAddon": 500}``: capture, extraction and storage for any Scrapy project."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from scrapy import signals

from talkscraper.archive_folder import find
from talkscraper.capture import CAPTURE_META_KEY, KIND_META_KEY, PAGE_META_KEY, SOURCE_META_KEY, attach_writer
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.request_terms import ProjectTerms, SourceTerms
from talkscraper.crawl.run_setup import open_session
from talkscraper.crawl.session import Session, attach_session, detach_session, session_of
from talkscraper.errors import TalkscraperError
from talkscraper.fetch.policy import FetchPolicy, attach_policy, detach_policy
from talkscraper.settings import DOWNLOAD_MAXSIZE
from talkscraper.spiders.news import NewsSpider
from talkscraper.version import user_agent

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

HANDLER = "talkscraper.fetch.download_handler.GuardedDownloadHandler"
RESOLVER = "talkscraper.fetch.address_guard.GuardedResolver"


class ArchiveAddon:
    """Opens the archive with the crawler, and closes it with its spider.

    Settings: ``TALKSCRAPER_ARCHIVE`` (the folder), ``TALKSCRAPER_MIN_FREE_MB``.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._stack = ExitStack()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the add-on; called by Scrapy."""
        return cls(crawler)

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Set the resolver, which Scrapy reads before there is a crawler."""
        settings.set("TWISTED_DNS_RESOLVER", RESOLVER, priority="addon")

    def update_settings(self, settings: BaseSettings) -> None:
        """Install the capturing handler, open the archive, and set the User-Agent; called by Scrapy."""
        spider = self._crawler.spider
        ours = isinstance(spider, NewsSpider)
        _set_handlers(settings)
        _set_middlewares(settings, ours=ours)
        session = session_of(self._crawler)
        if session is None:
            session = self._open(settings, spider, ours=ours)
        attach_writer(self._crawler, session.warc)
        if ours:
            settings.set("USER_AGENT", user_agent(session.contact), priority="cmdline")
            policy = FetchPolicy(
                terms=SourceTerms(
                    session.sources,
                    has_contact=session.contact is not None,
                    access=session.access,
                    min_delay=session.options.min_delay,
                ),
                pacer=session.pacer,
                received=session.count_response,
                is_taken_down=session.is_taken_down,
                is_spent=session.budget.is_spent,
                reserve=session.daily_requests.reserve,
            )
            session.pacer.first_pause_s = settings.getfloat("TALKSCRAPER_BACKOFF_S", 30.0)
            session.pacer.patience_s = settings.getfloat("TALKSCRAPER_PATIENCE_S", 60.0)
        else:
            # its own settings pace it
            policy = FetchPolicy(
                terms=ProjectTerms(spider),
                pacer=None,
                received=session.count_response,
                is_taken_down=session.is_taken_down,
            )
        attach_policy(self._crawler, policy)
        session.shutdown.when_cut(policy.abort_transfers)
        self._crawler.signals.connect(self._engine_started, signal=signals.engine_started)
        self._crawler.signals.connect(self._spider_closed, signal=signals.spider_closed)

    def _open(self, settings: BaseSettings, spider: Any, *, ours: bool) -> Session:
        """Open a session for ``scrapy crawl`` and for other projects; ``talkscraper crawl`` has opened its own.

        Raises:
            TalkscraperError: the archive is locked, its disk is full, or its sources are invalid; it has been logged.
        """
        folder = find(settings.get("TALKSCRAPER_ARCHIVE"))
        megabytes = settings.get("TALKSCRAPER_MIN_FREE_MB")
        options = CrawlOptions(
            sources=spider.source_ids if ours else (),
            min_free=None if megabytes is None else int(megabytes) * 2**20,
        )
        try:
            session = self._stack.enter_context(
                open_session(folder, options, command=f"scrapy {spider.name}", foreign=None if ours else spider.name)
            )
        except TalkscraperError as e:
            # Scrapy shows the traceback; this is the line that says what to do
            logger.error("%s", e)  # noqa: TRY400
            raise
        attach_session(self._crawler, session)
        return session

    async def _engine_started(self) -> None:
        """Repeat a stop that came before the engine existed, as by an early signal: Scrapy loses it."""
        if not self._crawler.crawling:
            await self._crawler.engine.stop_async()

    async def _spider_closed(self) -> None:
        """Finish the WARC file, write the report and release the lock: the last response has been handled."""
        await asyncio.to_thread(self._stack.close)
        # both refer to the crawler, and would keep it from being freed
        detach_session(self._crawler)
        detach_policy(self._crawler)


def _set_handlers(settings: BaseSettings) -> None:
    handlers: dict[str, str | None] = {"http": HANDLER, "https": HANDLER}
    # what has no exchange can't be captured
    handlers |= dict.fromkeys(("ftp", "file", "data", "s3"))
    for scheme, handler in handlers.items():
        settings["DOWNLOAD_HANDLERS"].set(scheme, handler, priority="addon")
    settings.set("HTTPCACHE_ENABLED", False, priority="addon")
    settings.set("DOWNLOAD_MAXSIZE", DOWNLOAD_MAXSIZE, priority="addon")
    if settings.getpriority("TWISTED_DNS_RESOLVER") == 0:
        settings.set("TWISTED_DNS_RESOLVER", RESOLVER, priority="addon")


def _set_middlewares(settings: BaseSettings, *, ours: bool) -> None:
    settings["SPIDER_MIDDLEWARES"].set("talkscraper.crawl.capture_guard.CaptureRequired", 10, priority="addon")
    if not ours:
        settings["SPIDER_MIDDLEWARES"].set("talkscraper.crawl.foreign_project.StartHosts", 20, priority="addon")
        settings["DOWNLOADER_MIDDLEWARES"].set("talkscraper.crawl.foreign_project.ArticleStorage", 40, priority="addon")
    headers = dict(settings.getdict("DEFAULT_REQUEST_HEADERS"))
    # Scrapy offers zstd, which readers of WARC files can't decode
    headers.setdefault("Accept-Encoding", "gzip, deflate, br")
    settings.set("DEFAULT_REQUEST_HEADERS", headers, priority="addon")
    keys = [CAPTURE_META_KEY, KIND_META_KEY, PAGE_META_KEY, SOURCE_META_KEY]
    known = settings.getlist("META_COPY_WARN_SKIP_KEYS")
    settings.set("META_COPY_WARN_SKIP_KEYS", [*known, *keys], priority="addon")
