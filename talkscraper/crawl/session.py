"""What a running crawl shares: the archive's writers, the sources, the budgets, and the figures so far.

Everything here lives on the reactor's thread. Whatever waits for the disk goes through ``in_db`` (the archive
writer's own thread) or ``asyncio.to_thread``.
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
from talkscraper.frontier.model import Lease, UrlKind
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
"""Addresses of one source that are handed out at a time."""
LOW_WATER = 8
"""More are leased when fewer than this are under way."""
DISK_CHECK_S = 5.0
DISK_CHECK_BYTES = 32 * 2**20
"""How much is free is asked so often, and each time that so much was received."""
HOSTS_REMEMBERED = 4096
"""Terms are worked out once for each source and host, not for every address; pictures may come from any host."""


@dataclass(slots=True)
class Session:
    """One run over some sources."""

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
    """SURT keys of addresses that are never fetched again."""
    notes: tuple[str, ...] = ()
    """What the run's start had to put right, a line each, for its report."""
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
    """Bytes received since."""
    _disk_room: int = 0
    """Bytes that were free above the floor when most were."""
    reservations: dict[str, list[Signal]] = field(default_factory=dict)
    """What each source's tdmrep.json reserves, where its policy asks for it."""
    robots_wishes: dict[str, list[Signal]] = field(default_factory=dict)
    """By host, what its robots.txt wishes."""
    foreign: str | None = None
    """The spider's name, where it belongs to another project."""
    named_hosts: NamedHosts | None = None
    abort_transfers: Callable[[], None] | None = None
    """Cuts what is on the wire."""
    stopping: asyncio.Future[None] | None = None
    """The task that closes the crawler; kept so that it isn't collected."""
    report: RunReport | None = None
    """Written when the run has ended."""
    _landing: Landing[Any] | None = None
    _cut: bool = False
    _patient: set[asyncio.Future[Any]] = field(default_factory=set)
    """What is being waited for as long as the run isn't cut."""
    _own_hosts: dict[str, frozenset[str]] = field(default_factory=dict)
    _terms: dict[tuple[str, str, str], Terms] = field(default_factory=dict)

    def now(self) -> datetime:
        """The run's time."""
        return self.options.clock()

    def tally(self, source_id: str) -> Tally:
        """The figures of one source."""
        if source_id not in self.tallies:
            self.tallies[source_id] = Tally(source_id)
        return self.tallies[source_id]

    def anything_due(self) -> bool:
        """Whether there is anything to fetch; asked before the reactor starts."""
        now = self.now()
        return any(
            self.writer.run(partial(lease_queue.due_count, source_id=source.id, now=now))
            for source in self.sources.values()
        )

    async def in_db(self, function: Callable[Concatenate[Database, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run ``function(db, …)`` as one transaction on the archive writer's thread.

        ``function``'s first parameter is the database; the arguments given here follow it.
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
        """The same as ``in_db``; what the database grows by is counted against a source."""
        result, grown = await self.in_db(_measured, lambda db: function(db, *args, **kwargs))
        self.tally(source_id).grown += grown
        return result

    def own_hosts(self, source_id: str) -> frozenset[str]:
        """Host names (without ``www.``) on which the source's own pages lie; a redirect may not leave them."""
        own = self._own_hosts.get(source_id)
        if own is None:
            own = self._own_hosts[source_id] = hosts_of(self.sources[source_id])
        return own

    def looks_at_everything(self, origin: str) -> bool:
        """Whether this run was asked to look now: its source is named, or wants every page in every run."""
        return any(
            (source.id in self.options.sources or source.recrawl.always) and belongs(origin, self.own_hosts(source.id))
            for source in self.sources.values()
        )

    def terms(self, source_id: str, url: str) -> Terms:
        """How a request on behalf of a source is made; its own hosts may be private if it says so."""
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
        """What reserves the rights of a page on behalf of its whole site, where something does."""
        return rights.reservation(
            (*self.reservations.get(source_id, ()), *self.robots_wishes.get(netloc_of(url), ())), url
        )

    def is_taken_down(self, url: str) -> bool:
        """Whether somebody had this address taken down, under this spelling or its plain one."""
        return bool(self.taken_down) and not self.taken_down.isdisjoint({urlkey(url), urlkey(canonical(url))})

    def count_foreign(self, outcome: str) -> None:
        """Count what came of another project's page."""
        tally = self.tally(self.foreign or "?")
        tally.fetched += 1
        tally.new += outcome == "new"
        tally.revised += outcome == "revised"
        tally.unchanged += outcome == "unchanged"

    def received(self, source_id: str, _url: str, size: int) -> None:
        """Count an answer."""
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
        """Count addresses that a cap left out; said once for each source and cap."""
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
        """Whether a source has had what it may have of bytes or of the disk: nothing more is asked for it."""
        source = self.sources.get(source_id)
        if source is None:
            return False
        tally = self.tally(source_id)
        if tally.stopped_by is None and max(tally.bytes, tally.grown) >= source.max_bytes:
            tally.stopped_by = "max-bytes"
            logger.warning("%s: capped: %s (%d bytes)", source_id, CAPPED["max-bytes"], source.max_bytes)
        return tally.stopped_by in CAPPED

    def received_foreign(self, _source_id: str, url: str, size: int) -> None:
        """Count an answer of another project's spider."""
        self.received(self.foreign or "?", url, size)

    # --- stopping ---------------------------------------------------------------------------------------------------

    def is_ending(self) -> bool:
        """Whether nothing new is started any more."""
        return self.stop_reason is not None

    def stop(self, reason: str) -> None:
        """Start nothing new; what is under way is finished or given back."""
        if self.stop_reason is not None:
            return
        self.stop_reason = reason
        logger.info("Ending the run: %s", reason)
        self._wake()
        if self.on_stop is not None:
            self.on_stop()

    def cut(self) -> None:
        """Wait for nothing any more: transfers are cut, and pages that are still being read are left."""
        self._cut = True
        for waiting in list(self._patient):
            waiting.cancel()
        if self.abort_transfers is not None:
            self.abort_transfers()

    async def in_pool(self, about: str, task: Task[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Have bytes from the web read in a process that can be killed.

        Raises:
            ExtractionFailed: they killed it, or held it up for too long.
            Stopping: the run's end doesn't wait for them.
        """
        return await self._patiently(self.pool.ask(about, task, *args, **kwargs))

    async def _patiently(self, future: Future[_T]) -> _T:
        """Wait for what may take long.

        Raises:
            Stopping: the run's end doesn't wait for it.
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
        """End the run with an error: the disk, the tee."""
        if self.error is None:
            self.error = error
            logger.error("%s", error)
        self.stop("error")

    # --- handing out ------------------------------------------------------------------------------------------------

    async def leases(self) -> AsyncIterator[Lease]:
        """Everything that is due, and becomes due while the run goes on, until there is no more or a budget ends."""
        changed = self._changed = asyncio.Event()
        with self._timed():
            while not self.is_ending():
                # cleared before looking: what finishes while the database is asked must be looked at again
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
        """End the run when its time is over, also where no lease is asked for: servers may hold up every turn."""
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
        """A lease's page, and all that it needed, is done."""
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
        tally.leased += sum(lease.kind is UrlKind.ARTICLE for lease in leases)
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
        """End the run at the disk's floor; long before, end those that brought more than their part."""
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
    """What a change returns, and by how many bytes it made the database larger."""
    (before,) = db.execute("pragma page_count").fetchone()
    result = change(db)
    after, size = db.execute("select page_count, page_size from pragma_page_count, pragma_page_size").fetchone()
    return result, (after - before) * size


def _seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


_sessions: WeakKeyDictionary[Crawler, Session] = WeakKeyDictionary()


def attach_session(crawler: Crawler, session: Session) -> None:
    """Say which session the crawler's spider works for; before its engine opens."""
    _sessions[crawler] = session


def detach_session(crawler: Crawler) -> None:
    """The crawler's spider is closed."""
    _sessions.pop(crawler, None)


def session_of(crawler: Crawler) -> Session | None:
    """The crawler's session, where it has one."""
    return _sessions.get(crawler)
