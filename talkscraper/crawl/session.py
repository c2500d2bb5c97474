"""A running crawl: what it is made of, from the archive's lock to the report.

Everything here runs on the reactor's thread. Blocking work goes through ``executors`` or ``asyncio.to_thread``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.backfill_stream import BackfillStream
from talkscraper.crawl.budget import Budget
from talkscraper.crawl.daily_requests import DailyRequests
from talkscraper.crawl.executors import Executors
from talkscraper.crawl.lease_stream import LeaseStream
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.shutdown import Shutdown
from talkscraper.crawl.source_state import SourceStates
from talkscraper.urls.canonical import canonical, urlkey

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from talkscraper.capture.writer import WarcWriter
    from talkscraper.extraction.pool import ExtractorPool
    from talkscraper.fetch.politeness import Pacer
    from talkscraper.monitor.run_report import RunReport
    from talkscraper.sources.access import SourceAccess
    from talkscraper.sources.model import Source
    from talkscraper.store.writer import ArchiveWriter


@dataclass(slots=True, kw_only=True)
class Session:
    """One run over a set of sources."""

    folder: ArchiveFolder
    options: CrawlOptions
    sources: Mapping[str, Source]
    contact: str | None
    run_id: int
    started_at: datetime
    foreign: str | None = None
    """The spider's name, if it belongs to another project; it has no sources here."""
    access: Mapping[str, SourceAccess] = field(default_factory=dict, repr=False)
    """How sources are reached that say so in sources.toml, by id."""
    taken_down: frozenset[str] = frozenset()
    """SURT keys of addresses that were taken down and are never fetched again."""
    by_hand: frozenset[str] = frozenset()
    """Ids of sources of which only addresses given by hand are fetched."""
    notes: tuple[str, ...] = ()
    """What was repaired at the start of the run, one line each, for its report."""

    in_shards: int = 0
    """Bytes that the workers of a cluster have added to WARCs."""

    writer: ArchiveWriter
    warc: WarcWriter
    pool: ExtractorPool
    pacer: Pacer

    states: SourceStates = field(init=False)
    """Figures and progress by source."""
    shutdown: Shutdown = field(init=False)
    budget: Budget = field(init=False)
    daily_requests: DailyRequests = field(init=False)
    executors: Executors = field(init=False)
    backfills: BackfillStream = field(init=False)
    leases: LeaseStream = field(init=False)
    report: RunReport | None = field(init=False, default=None)
    """Set when the run has ended."""

    def __post_init__(self) -> None:
        self.states = SourceStates(self.sources.values())
        self.shutdown = Shutdown()
        self.shutdown.when_stopped(self.pacer.close)
        self.daily_requests = DailyRequests(self)
        self.budget = Budget(self.folder, self.options, self.states, self.shutdown)
        self.budget.open_ended = self.by_hand if not self.options.full else frozenset(self.sources)
        self.executors = Executors(self.writer, self.pool, self.shutdown)
        self.backfills = BackfillStream(self)
        self.leases = LeaseStream(self)

    def now(self) -> datetime:
        """Return the run's time."""
        return self.options.clock()

    @property
    def has_list(self) -> bool:
        """Whether addresses were given by hand."""
        return self.options.urls is not None

    def is_taken_down(self, url: str) -> bool:
        """Whether this address was taken down, in this spelling or its canonical one."""
        return bool(self.taken_down) and not self.taken_down.isdisjoint({urlkey(url), urlkey(canonical(url))})

    def count_response(self, source_id: str, size: int) -> None:
        """Count a received response of ``size`` bytes, of whatever kind."""
        tally = self.states[self.foreign or source_id].tally
        tally.requests += 1
        tally.bytes += size
        self.budget.count_bytes(size)
        if self.options.progress is not None:
            self.options.progress(self.states.tallies)


_sessions: WeakKeyDictionary[Crawler, Session] = WeakKeyDictionary()


def attach_session(crawler: Crawler, session: Session) -> None:
    """Set the session of the crawler's spider; call it before the crawler's engine opens."""
    _sessions[crawler] = session
    session.shutdown.attach(crawler)


def detach_session(crawler: Crawler) -> None:
    """Remove the session; the crawler's spider is closed."""
    session = _sessions.pop(crawler, None)
    if session is not None:
        session.shutdown.detach()


def session_of(crawler: Crawler) -> Session | None:
    """Return the crawler's session, or None."""
    return _sessions.get(crawler)
