"""Shared state of a running crawl: the archive's writers, sources, budgets and figures.

Everything here runs on the reactor's thread. Disk access goes through ``in_db`` (the archive writer's own thread) or
``asyncio.to_thread``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.completion import Landing
from talkscraper.crawl.disk import disk_floor, free_bytes, greedy
from talkscraper.crawl.options import CrawlOptions
from talkscraper.discovery import rights
from talkscraper.errors import StorageError, TalkscraperError
from talkscraper.fetch.address_guard import Permission
from talkscraper.fetch.policy import Terms, netloc_of
from talkscraper.fetch.politeness import Stopping
from talkscraper.frontier import lease_queue
from talkscraper.frontier.model import Lease
from talkscraper.monitor.run_report import CAPPED, RunReport, Tally
from talkscraper.sources.hosts import belongs, hosts_of, is_own_server
from talkscraper.urls.canonical import canonical, urlkey

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from sqlite_utils import Database

    from talkscraper.capture.writer import WarcWriter
    from talkscraper.crawl.named_hosts import NamedHosts
    from talkscraper.discovery.rights import Signal
    from talkscraper.extraction.pool import ExtractorPool
    from talkscraper.fetch.politeness import Pacer
    from talkscraper.frontier.model import Discovered
    from talkscraper.pool import Task
    from talkscraper.sources.model import Source
    from talkscraper.store.writer import ArchiveWriter

logger = logging.getLogger(__name__)

_P = ParamSpec("_P")
_T = TypeVar("_T")

BATCH = 16
"""Number of addresses of one source that are leased at a time."""
LOW_WATER = 8
"""Minimum number of addresses in progress; below it more are leased."""
DISK_CHECK_S = 5.0
DISK_CHECK_BYTES = 32 * 2**20
"""Interval in seconds between checks of free disk space; also checked after each ``DISK_CHECK_BYTES`` received."""
HOSTS_REMEMBERED = 4096
"""Maximum number of cached terms. They are cached by source and host; pictures may come from any host."""


@dataclass(slots=True)
class Session:
    """One run over a set of sources."""

    folder: ArchiveFolder
    options: CrawlOptions
    sources: Mapping[str, Source]
    contact: str | None
    run_id: int
    writer: ArchiveWriter
    warc: WarcWriter
    pool: ExtractorPool
    pacer: Pacer
    started_at: datetime
    taken_down: frozenset[str] = frozenset()
    """SURT keys of addresses that were taken down and are never fetched again."""
    notes: tuple[str, ...] = ()
    """What was repaired at the start of the run, one line each, for its report."""
    tallies: dict[str, Tally] = field(default_factory=dict)
    stop_reason: str | None = None
    error: TalkscraperError | None = None
    on_stop: Callable[[], None] | None = None
    """Called once when the run must end early."""
    _outstanding: dict[str, int] = field(default_factory=dict)
    _changed: asyncio.Event | None = None
    _started: float = field(default_factory=time.monotonic)
    _source_started: dict[str, float] = field(default_factory=dict)
    _disk_checked: float = 0.0
    _unchecked: int = 0
    """Bytes received since the last check of the disk."""
    _disk_room: int = 0
    """Maximum number of bytes above the floor that were free during the run."""
    reservations: dict[str, list[Signal]] = field(default_factory=dict)
    """The tdmrep.json of each source whose policy requires it."""
    robots_wishes: dict[str, list[Signal]] = field(default_factory=dict)
    """Rights signals in robots.txt, by host."""
    foreign: str | None = None
    """The spider's name, if it belongs to another project."""
    named_hosts: NamedHosts | None = None
    abort_transfers: Callable[[], None] | None = None
    """Aborts transfers in progress."""
    stopping: asyncio.Future[None] | None = None
    """The task that closes the crawler; referenced so that it isn't garbage-collected."""
    report: RunReport | None = None
    """Set when the run has ended."""
    _landing: Landing[Any] | None = None
    _cut: bool = False
    _patient: set[asyncio.Future[Any]] = field(default_factory=set)
    """Tasks that are cancelled when the run is cut."""
    _own_hosts: dict[str, frozenset[str]] = field(default_factory=dict)
    _terms: dict[tuple[str, str, str], Terms] = field(default_factory=dict)

    def now(self) -> datetime:
        """Return the run's time."""
        return self.options.clock()

    def tally(self, source_id: str) -> Tally:
        """Return the figures of one source."""
        if source_id not in self.tallies:
            self.tallies[source_id] = Tally(source_id)
        return self.tallies[source_id]

    def anything_due(self) -> bool:
        """Whether anything is due; called before the reactor starts."""
        now = self.now()
        return any(
            self.writer.run(partial(lease_queue.due_count, source_id=source.id, now=now))
            for source in self.sources.values()
        )

    async def in_db(self, function: Callable[Concatenate[Database, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run ``function(db, …)`` as one transaction on the archive writer's thread.

        The database is the first parameter of ``function``; the arguments given here follow it.
        """
        if self._landing is None:
            self._landing = Landing()
        try:
            result: _T = await self._landing.wait(self.writer.submit(function, *args, **kwargs))
            return result
        except StorageError as e:
            self.fail(e)
            raise

    async def stored(
        self, source_id: str, function: Callable[Concatenate[Database, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Like ``in_db``, and count the growth of the database against a source."""
        result, grown = await self.in_db(_measured, lambda db: function(db, *args, **kwargs))
        self.tally(source_id).grown += grown
        return result

    def own_hosts(self, source_id: str) -> frozenset[str]:
        """Return the host names (without ``www.``) of the source's own pages; a redirect may not leave them."""
        own = self._own_hosts.get(source_id)
        if own is None:
            own = self._own_hosts[source_id] = hosts_of(self.sources[source_id])
        return own

    def looks_at_everything(self, origin: str) -> bool:
        """Whether this run fetches all seeds now: the source was named by the caller, or is set to fetch always."""
        return any(
            (source.id in self.options.sources or source.recrawl.always) and belongs(origin, self.own_hosts(source.id))
            for source in self.sources.values()
        )

    def terms(self, source_id: str, url: str) -> Terms:
        """Return the terms of a request for a source; its own hosts may be private if its settings allow it."""
        key = source_id, url[:5], netloc_of(url)
        terms = self._terms.get(key)
        if terms is None:
            if len(self._terms) >= HOSTS_REMEMBERED:
                self._terms.clear()
            terms = self._terms[key] = self._terms_of(source_id, url)
        return terms

    def _terms_of(self, source_id: str, url: str) -> Terms:
        source = self.sources.get(source_id)
        if source is None:
            return Terms(permission=Permission(source_id=source_id or "?", public=self.contact is not None), delay=2.0)
        private = source.allow_private and is_own_server(url, source)
        permission = Permission(source_id=source_id, private=private, public=self.contact is not None)
        return Terms(permission=permission, delay=_seconds(source.delay), concurrency=source.concurrency)

    def reservation(self, source_id: str, url: str) -> Signal | None:
        """Return the rights reservation of the whole site that applies to a page, or None."""
        return rights.reservation(
            (*self.reservations.get(source_id, ()), *self.robots_wishes.get(netloc_of(url), ())), url
        )

    def is_taken_down(self, url: str) -> bool:
        """Whether this address was taken down, in this spelling or its canonical one."""
        return bool(self.taken_down) and not self.taken_down.isdisjoint({urlkey(url), urlkey(canonical(url))})

    def count_foreign(self, outcome: str) -> None:
        """Count the outcome of a page of another project."""
        tally = self.tally(self.foreign or "?")
        tally.fetched += 1
        tally.new += outcome == "new"
        tally.revised += outcome == "revised"
        tally.unchanged += outcome == "unchanged"

    def received(self, source_id: str, _url: str, size: int) -> None:
        """Count a received response."""
        tally = self.tally(source_id)
        tally.requests += 1
        tally.bytes += size
        self._unchecked += size
        if self._unchecked >= DISK_CHECK_BYTES:
            try:
                self._check_disk(free_bytes(self.folder))
            except StorageError as e:
                self.fail(e)
        if self.options.progress is not None:
            self.options.progress(self.tallies)

    def count_left_out(self, source_id: str, discovered: Discovered) -> None:
        """Count addresses refused by a cap; logged once for each source and cap."""
        tally = self.tally(source_id)
        left_out = dict(discovered.left_out)
        if discovered.dropped:
            left_out["waiting-addresses"] = left_out.get("waiting-addresses", 0) + discovered.dropped
        for word, count in left_out.items():
            if not tally.left_out[word]:
                logger.warning(
                    "%s: capped: its pages name %s; what is beyond is left for later days (see docs/crawling.md)",
                    *(source_id, CAPPED[word]),
                )
            tally.left_out[word] += count

    def is_spent(self, source_id: str) -> bool:
        """Whether a source has used up its bytes or its share of the disk, and nothing more is fetched for it."""
        source = self.sources.get(source_id)
        if source is None:
            return False
        tally = self.tally(source_id)
        if tally.stopped_by is None and max(tally.bytes, tally.grown) >= source.max_bytes:
            tally.stopped_by = "max-bytes"
            logger.warning("%s: capped: %s (%d bytes)", source_id, CAPPED["max-bytes"], source.max_bytes)
        return tally.stopped_by in CAPPED

    def received_foreign(self, _source_id: str, url: str, size: int) -> None:
        """Count a response of another project's spider."""
        self.received(self.foreign or "?", url, size)

    # --- stopping ---------------------------------------------------------------------------------------------------

    def is_ending(self) -> bool:
        """Whether the run starts no new fetches."""
        return self.stop_reason is not None

    def stop(self, reason: str) -> None:
        """Start no new fetches; those in progress are finished or given back."""
        if self.stop_reason is not None:
            return
        self.stop_reason = reason
        logger.info("Ending the run: %s", reason)
        self._wake()
        if self.on_stop is not None:
            self.on_stop()

    def cut(self) -> None:
        """Abort all waiting: transfers are cut, and pages still being parsed are abandoned."""
        self._cut = True
        for waiting in list(self._patient):
            waiting.cancel()
        if self.abort_transfers is not None:
            self.abort_transfers()

    async def in_pool(self, about: str, task: Task[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run ``function`` on bytes from the web in a worker process that can be killed.

        Raises:
            ExtractionFailed: the worker was killed or exceeded its time limit.
            Stopping: the run is ending and doesn't wait for the result.
        """
        return await self._patiently(self.pool.ask(about, task, *args, **kwargs))

    async def _patiently(self, future: Future[_T]) -> _T:
        """Wait for something that may take long.

        Raises:
            Stopping: the run is ending and doesn't wait for it.
        """
        waiting = asyncio.wrap_future(future)
        self._patient.add(waiting)
        try:
            if self._cut:
                waiting.cancel()
            return await waiting
        except asyncio.CancelledError as e:
            if self._cut:
                raise Stopping("the run is ending") from e
            raise
        finally:
            self._patient.discard(waiting)

    def fail(self, error: TalkscraperError) -> None:
        """End the run with an error of the disk or of capture."""
        if self.error is None:
            self.error = error
            logger.error("%s", error)
        self.stop("error")

    # --- leases ---------------------------------------------------------------------------------------------------

    async def leases(self) -> AsyncIterator[Lease]:
        """Yield everything that is due or becomes due during the run, until there is no more or a budget is used up."""
        changed = self._changed = asyncio.Event()
        with self._timed():
            while not self.is_ending():
                # cleared before the query: what finishes while the database is read must be queried again
                changed.clear()
                batch = await self._batch()
                if self.is_ending():
                    break
                if not batch:
                    if not any(self._outstanding.values()) and not changed.is_set():
                        break
                    await changed.wait()
                for lease in batch:
                    yield lease

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """End the run when its time is over, even while no lease is requested: servers may delay every request."""
        if self.options.max_time is None:
            yield
            return
        left = max(0.0, self.options.max_time - (time.monotonic() - self._started))
        clock = asyncio.get_running_loop().call_later(left, self.stop, "max-time")
        try:
            yield
        finally:
            clock.cancel()

    def finished(self, lease: Lease) -> None:
        """Note that a lease's page and all its requisites are done."""
        self._outstanding[lease.source_id] -= 1
        self._wake()

    async def _batch(self) -> list[Lease]:
        batch: list[Lease] = []
        for source in self.sources.values():
            await self._check_run_budgets()
            if self.is_ending():
                break
            under_way = self._outstanding.setdefault(source.id, 0)
            tally = self.tally(source.id)
            if under_way >= LOW_WATER or self._source_is_over(source, tally):
                continue
            batch.extend(await self._lease(source, tally, BATCH - under_way))
        return batch

    async def _lease(self, source: Source, tally: Tally, limit: int) -> list[Lease]:
        leases = await self.in_db(
            lease_queue.lease_next,
            source.id,
            run_id=self.run_id,
            now=self.now(),
            limit=limit,
            articles=self._articles_left(source, tally),
        )
        tally.leased += sum(lease.is_article for lease in leases)
        self._outstanding[source.id] += len(leases)
        return leases

    def _articles_left(self, source: Source, tally: Tally) -> int:
        left = 1 << 30
        if source.max_pages is not None:
            left = source.max_pages - tally.leased
        if self.options.max_pages is not None:
            left = min(left, self.options.max_pages - sum(each.leased for each in self.tallies.values()))
        return max(0, left)

    def _source_is_over(self, source: Source, tally: Tally) -> bool:
        if tally.stopped_by is not None:
            return True
        started = self._source_started.setdefault(source.id, time.monotonic())
        if self.is_spent(source.id):
            return True
        if source.max_time is not None and time.monotonic() - started >= _seconds(source.max_time):
            tally.stopped_by = "max-time"
        return tally.stopped_by is not None

    async def _check_run_budgets(self) -> None:
        options = self.options
        if options.max_time is not None and time.monotonic() - self._started >= options.max_time:
            self.stop("max-time")
        elif options.max_bytes is not None and sum(t.bytes for t in self.tallies.values()) >= options.max_bytes:
            self.stop("max-bytes")
        elif time.monotonic() - self._disk_checked >= DISK_CHECK_S:
            self._check_disk(await asyncio.to_thread(free_bytes, self.folder))

    def _check_disk(self, free: int) -> None:
        """End the run at the disk's floor; well before, end the sources that used more than their share."""
        floor = self.options.min_free
        self._disk_checked, self._unchecked = time.monotonic(), 0
        if free < floor:
            self.fail(disk_floor(self.folder, free, floor))
            return
        room = self._disk_room = max(self._disk_room, free - floor)
        used = {name: self.tally(name).bytes + self.tally(name).grown for name in self.sources}
        for source_id in greedy(used, room=room, left=free - floor):
            tally = self.tally(source_id)
            if tally.stopped_by is None:
                tally.stopped_by = "disk"
                logger.warning("%s: capped: %s; other sources go on", source_id, CAPPED["disk"])

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()


def _measured(db: Database, change: Callable[[Database], _T]) -> tuple[_T, int]:
    """Return the result of a change, and by how many bytes it enlarged the database."""
    (before,) = db.execute("pragma page_count").fetchone()
    result = change(db)
    after, size = db.execute("select page_count, page_size from pragma_page_count, pragma_page_size").fetchone()
    return result, (after - before) * size


def _seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


_sessions: WeakKeyDictionary[Crawler, Session] = WeakKeyDictionary()


def attach_session(crawler: Crawler, session: Session) -> None:
    """Set the session of the crawler's spider; call it before the crawler's engine opens."""
    _sessions[crawler] = session


def detach_session(crawler: Crawler) -> None:
    """Remove the session; the crawler's spider is closed."""
    _sessions.pop(crawler, None)


def session_of(crawler: Crawler) -> Session | None:
    """Return the crawler's session, or None."""
    return _sessions.get(crawler)
