"""A backfill, from the first door to its end: runs of a ``backfill`` that give way to every other run of the archive.

Each run holds the archive's lock as a crawl does, so that one process owns a host at a time. As soon as another run
wants the lock, the backfill ends its own, and begins the next when the lock is free again.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import BACKFILL, ArchiveFolder
from talkscraper.crawl.backfill_end import YIELDED
from talkscraper.crawl.backfill_options import BackfillOptions, source_of
from talkscraper.crawl.options import BackfillOrder, CrawlOptions
from talkscraper.crawl.run_setup import open_session
from talkscraper.crawl.stop_signals import StopSignals
from talkscraper.errors import ArchiveLocked, ExitCode, TalkscraperError
from talkscraper.monitor.backfill_progress import BackfillProgress, progress
from talkscraper.store.database import open_reader

if TYPE_CHECKING:
    from talkscraper.crawl.logs import Progress
    from talkscraper.crawl.session import Session
    from talkscraper.sources.model import Source

logger = logging.getLogger(__name__)

WATCH_S = 0.5
"""Seconds between two checks whether another run wants the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillReport:
    """The result of a backfill that ended, or stopped."""

    exit_code: int
    reason: str
    """``done``, ``complete`` (it was before), ``waiting`` for doors that failed, or the budget or signal that ended it
    early.
    """
    error: str | None
    runs: tuple[int, ...]
    fetched_now: int
    """Number of articles fetched by this call."""
    progress: BackfillProgress


def backfill(
    folder: ArchiveFolder, options: BackfillOptions, signals: StopSignals, show: Progress | None = None
) -> BackfillReport:
    """Walk a source's doors until its first day is reached, a budget is used up or a signal comes.

    Once per process: Twisted's reactor can't be restarted.

    Raises:
        ArchiveLocked: another run holds the archive when the backfill begins.
        StorageError: the disk failed or is too full.
        UsageError: sources.toml is invalid, has no contact, or lacks the source.
    """
    source = source_of(folder, options.source)
    from twisted.internet import asyncioreactor

    asyncioreactor.install()  # type: ignore[no-untyped-call]
    from twisted.internet import reactor as installed

    reactor: Any = installed

    work = _Backfill(folder, options, source, signals, show)
    outcome: list[BackfillReport | BaseException] = []

    async def run() -> None:
        try:
            outcome.append(await work.run())
        except BaseException as e:  # noqa: BLE001  the reactor would swallow it
            outcome.append(e)
        finally:
            reactor.stop()

    tasks: list[asyncio.Future[None]] = []
    reactor.callWhenRunning(lambda: tasks.append(asyncio.ensure_future(run())))
    reactor.run(installSignalHandlers=False)
    (result,) = outcome
    if isinstance(result, BaseException):
        raise result
    return result


class _Backfill:
    def __init__(
        self,
        folder: ArchiveFolder,
        options: BackfillOptions,
        source: Source,
        signals: StopSignals,
        show: Progress | None,
    ) -> None:
        self._folder, self._options, self._signals, self._show = folder, options, signals, show
        self._min_delay = 2 * source.delay if options.delay is None else max(options.delay, source.delay)
        self._deadline = None if options.max_time is None else time.monotonic() + options.max_time
        self._pages_left = options.max_pages
        self._bytes_left = options.max_bytes
        self._fetched = 0
        self._runs: list[int] = []

    async def run(self) -> BackfillReport:
        while True:
            session = await self._one_run()
            reason = session.shutdown.reason
            if session.shutdown.error is not None:
                return self._report(int(session.shutdown.error.exit_code), "error", str(session.shutdown.error))
            if reason != YIELDED:
                return self._concluded(session)
            logger.info("another run wants the archive: the backfill goes on when that is done")
            if not await self._until_free():
                return self._report(int(ExitCode.BUDGET), self._signals.name or "max-time")

    async def _one_run(self) -> Session:
        """Run until something ends it; wait for the lock unless this is the first run."""
        while True:
            try:
                return await self._locked_run()
            except ArchiveLocked:
                if not self._runs or not await self._until_free():
                    raise

    async def _locked_run(self) -> Session:
        from talkscraper.crawl.run import run_crawler

        options = self._options
        first = not self._runs
        order = BackfillOrder(since=options.since, until=options.until, again=options.again and first)
        opened = open_session(
            self._folder,
            CrawlOptions(
                sources=(options.source,), backfill=order, min_delay=self._min_delay, max_pages=self._pages_left,
                max_bytes=self._bytes_left, max_time=self._seconds_left(), min_free=options.min_free,
                workers=options.workers, progress=self._show, signals=self._signals if first else None,
            ),
            command=BACKFILL,
        )  # fmt: skip
        loop = asyncio.get_running_loop()
        session = await asyncio.to_thread(opened.__enter__)
        self._runs.append(session.run_id)
        try:
            if session.backfills.anything_left():
                watcher = asyncio.ensure_future(self._watch(session))
                self._signals.forward_to(lambda name: _call(loop, session.shutdown.stop, name))
                try:
                    await run_crawler(session)
                finally:
                    self._signals.forward_to(None)
                    watcher.cancel()
        finally:
            await asyncio.to_thread(opened.__exit__, *sys.exc_info())
        self._count(session)
        return session

    async def _watch(self, session: Session) -> None:
        while not self._folder.is_wanted():  # noqa: ASYNC110  another process says so
            await asyncio.sleep(WATCH_S)
        session.shutdown.stop(YIELDED)

    async def _until_free(self) -> bool:
        """Wait until nobody else wants the lock; return False where a signal or the time ends the backfill before."""
        await asyncio.sleep(WATCH_S)
        while True:
            if self._signals.name is not None or self._seconds_left() == 0:
                return False
            if not self._folder.is_wanted() and self._is_free():
                return True
            await asyncio.sleep(WATCH_S)

    def _is_free(self) -> bool:
        try:
            with self._folder.lock(what=BACKFILL):
                return True
        except ArchiveLocked:
            return False

    def _seconds_left(self) -> float | None:
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def _count(self, session: Session) -> None:
        tally = session.states[self._options.source].tally
        self._fetched += tally.fetched
        if self._pages_left is not None:
            self._pages_left = max(0, self._pages_left - tally.leased)
        if self._bytes_left is not None:
            self._bytes_left = max(0, self._bytes_left - tally.bytes)

    def _concluded(self, session: Session) -> BackfillReport:
        assert session.report is not None
        code, reason = session.report.exit_code, session.report.reason
        tally = session.states[self._options.source].tally
        nothing = reason == "done" and not tally.requests and len(self._runs) == 1
        error = tally.first_error if code is ExitCode.PARTIAL and reason != "done" else None
        return self._report(int(code), "complete" if nothing else reason, error)

    def _report(self, code: int, reason: str, error: str | None = None) -> BackfillReport:
        return BackfillReport(
            exit_code=code, reason=reason, error=error, runs=tuple(self._runs), fetched_now=self._fetched,
            progress=self._progress(),
        )  # fmt: skip

    def _progress(self) -> BackfillProgress:
        connection = open_reader(self._folder.database)
        try:
            found = progress(connection, self._options.source)
        finally:
            connection.close()
        if not found:
            raise TalkscraperError(f"the backfill of {self._options.source} ended without a door")
        return found[0]


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[str], None], value: str) -> None:
    loop.call_soon_threadsafe(function, value)
