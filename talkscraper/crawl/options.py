"""What the caller of a crawl decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talkscraper.crawl.stop_signals import StopSignals
    from talkscraper.extraction.pool import ExtractorPool
    from talkscraper.fetch.politeness import Pacer
    from talkscraper.monitor.run_report import Tally


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """The options of one run; what they leave out, sources.toml or a default decides."""

    sources: tuple[str, ...] = ()
    """Ids of the sources to crawl: all that sources.toml has, when empty. A source that is named is looked at now,
    whatever its intervals say."""
    max_pages: int | None = None
    """Articles fetched, over all sources of the run."""
    max_bytes: int | None = None
    """Bytes received, over all sources of the run."""
    max_time: float | None = None
    """Seconds of wall time after which nothing new is started."""
    min_free: int = 512 * 1024 * 1024
    """Bytes that must stay free on the archive's disk: below, the run stops with exit code 74."""
    dry_run: bool = False
    """Only say what would be fetched, and when each source is due; no network, no lock."""
    metrics: Path | None = None
    """A file for Prometheus' textfile collector."""
    ping: str | None = None
    """A healthcheck's URL: /start is asked at the start, /<exit code> at the end."""
    workers: int | None = None
    """Processes that extract; None: as many as the pool thinks right."""
    pool: ExtractorPool | None = None
    """Extractor processes that several runs of one process share; it stays open."""
    signals: StopSignals | None = None
    """Catches SIGTERM and SIGINT already; None: the run catches them itself."""
    clock: Callable[[], datetime] = _now
    """What the run calls now; tests and simulations give their own."""
    pacer: Pacer | None = None
    """The turns of hosts by the clock of a simulation; None: by the machine's, shared with its other processes."""
    progress: Callable[[Mapping[str, Tally]], None] | None = None
    """Called with the figures by source after every answer; shows them on a terminal."""
