"""Options of a crawl run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talkscraper.crawl.stop_signals import StopSignals
    from talkscraper.crawl.targets import UrlList
    from talkscraper.extraction.pool import ExtractorPool
    from talkscraper.fetch.politeness import Pacer
    from talkscraper.monitor.run_report import Tally


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillOrder:
    """How far back a backfill goes."""

    since: date
    until: date | None = None
    again: bool = False
    """Begin anew, also with the bounds of the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """Options of one run; for those left out, sources.toml or a default applies."""

    sources: tuple[str, ...] = ()
    """Ids of the sources to crawl; empty means all in sources.toml. A source named here is fetched now, whatever its
    intervals.
    """
    urls: UrlList | None = None
    """URLs to fetch now, whatever their rhythm; without ``sources``, nothing else is fetched."""
    full: bool = False
    """Look at everything of the sources again: all seeds and all known articles, unconditionally."""
    retry_failed: bool = False
    """Make failed addresses due now, those given up too."""
    max_pages: int | None = None
    """Maximum number of articles fetched, over all sources of the run."""
    max_bytes: int | None = None
    """Maximum number of bytes received, over all sources of the run."""
    max_time: float | None = None
    """Seconds of wall time after which no new fetch is started."""
    min_free: int | None = None
    """Minimum number of free bytes on the archive's disk; below it the run stops with exit code 74. None: as
    ``budget.disk_floor`` says for a disk of its size.
    """
    backfill: BackfillOrder | None = None
    """Fetch nothing but older articles of the sources, by their backfills (``frontier.backfills``)."""
    min_delay: float = 0.0
    """Minimum number of seconds between two requests to one host, whatever sources.toml says."""
    cluster: str | None = None
    """Address of the cluster whose workers crawl, a group of sources each (``crawl.shards``); None: none."""
    only: tuple[str, ...] | None = None
    """Of the sources that the other options mean, only these: a worker's part."""
    journal: bool = False
    """Keep a journal of the changes in the database: the archive is a shard."""
    sources_as_begun: Path | None = None
    """A copy of sources.toml as it was when the run began of which this is a worker; None: the archive's own."""
    dry_run: bool = False
    """Only report what would be fetched and when each source is due; uses neither network nor lock."""
    metrics: Path | None = None
    """Path of a file for the textfile collector of Prometheus."""
    ping: str | None = None
    """URL of a healthcheck: /start is requested at the start, /<exit code> at the end."""
    workers: int | None = None
    """Number of extractor processes; None: the pool's default."""
    pool: ExtractorPool | None = None
    """Extractor processes shared by several runs in one process; the run doesn't close them."""
    signals: StopSignals | None = None
    """Signal handlers that the caller has installed; None: the run installs its own."""
    clock: Callable[[], datetime] = _now
    """The clock of the run; tests and simulations pass their own."""
    pacer: Pacer | None = None
    """The pacer of a simulation; None: one that uses the machine's clock and is shared with its other processes."""
    progress: Callable[[Mapping[str, Tally]], None] | None = None
    """Called with the figures by source after every response, to show progress on a terminal."""
