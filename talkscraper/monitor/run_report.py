"""Figures of a run: per source while it runs, and as a whole at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from talkscraper.errors import ExitCode
from talkscraper.frontier.intake import CAPS
from talkscraper.store.database import iso

DIAGNOSES = {
    "idle": "nothing of it was due, or only pages given by hand were fetched",
    "ok": "it published, or it is quiet as it often is",
    "first": "crawled for the first time, and there were articles",
    "no-articles": "crawled for the first time, and no article was found",
    "quiet": "it responds, but has had nothing new for longer than ever before",
    "feed-empty": "its feeds answer and are empty",
    "listing-broke": "its pages answer, and name no articles any more",
    "pattern-narrow": "what it names now matches none of article_urls",
    "parser-broke": "it names articles, but no text is found on their pages",
    "blocked": "it refuses us: 401, 403, 429, a challenge page, or robots.txt",
    "login-failed": "its subscription or login is no longer accepted: 401, 402, 403, or a login or consent page",
    "moved": "its front page leads to another site",
    "unreachable": "no answer: name, connection, certificate or server errors",
    "failing": "some of its pages can't be fetched or read",
    "waiting": "outside its hours, or its requests of the day are used up: the rest is fetched when it may be",
    "stopped": "a budget or a signal ended the run before the source was done",
}
"""Every diagnosis with which ``run_sources.diagnosis`` can begin, and its meaning."""

BAD = frozenset(
    {
        "no-articles",
        "quiet",
        "feed-empty",
        "listing-broke",
        "pattern-narrow",
        "parser-broke",
        "blocked",
        "login-failed",
        "moved",
        "unreachable",
        "failing",
    }
)
"""Diagnoses that make the exit code 3."""


MAX_ARCHIVE = "max-archive"
"""Why a run ended whose archive has reached ``max_archive`` of sources.toml."""

CAPPED = CAPS | {
    MAX_ARCHIVE: "the archive has reached max_archive: nothing more is captured; raise it in sources.toml, or free"
    " space by 'talkscraper prune'",
    "max-bytes": "more bytes than a source may bring in a run",
    "requisites": "more requisites than a page may have",
    "requisite-bytes": "larger requisites, or more bytes of them, than a page may have",
    "max-requests": "more requests to a host than a day allows",
    "disk": "more than its part of a disk that is nearly full",
}
"""Every word of ``run_sources.capped``, and its meaning."""


@dataclass(slots=True)
class Tally:
    """One source's figures while its crawl runs."""

    source_id: str
    found: set[int] = field(default_factory=set)
    """Hashes of the article addresses that were named in this run."""
    fetched: int = 0
    """Number of articles answered: 200, 304 or gone."""
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    failed: int = 0
    skipped: int = 0
    gone: int = 0
    bytes: int = 0
    requests: int = 0
    page_kinds: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    """Numbers of refused or failed addresses, by short reason."""
    seeds_answered: int = 0
    seeds_failed: int = 0
    seeds_unchanged: int = 0
    feeds_read: int = 0
    feeds_empty: int = 0
    listings_read: int = 0
    listings_empty: int = 0
    seeds_dried_up: int = 0
    """Number of seeds that named articles when last read, and none now."""
    passed_over: dict[str, datetime | None] = field(default_factory=dict)
    """Addresses that only ``article_urls`` refuses, with the time that their document gives."""
    moved_to: str | None = None
    stopped_by: str | None = None
    first_error: str | None = None
    leased: int = 0
    """Number of articles leased, against ``max_pages``."""
    seed_refusals: Counter[str] = field(default_factory=Counter)
    """Those of ``refusals`` that concern seeds."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Number of addresses refused or displaced, by the cap that was reached (``CAPPED``)."""
    grown: int = 0
    """Number of bytes by which its rows enlarged the database."""

    @property
    def capped(self) -> str | None:
        """The caps that the run reached, as text; None if it reached none."""
        reached = [f"{word} ({count} left out)" for word, count in sorted(self.left_out.items()) if count] + (
            [self.stopped_by] if self.stopped_by in CAPPED else []
        )
        return ", ".join(reached) or None

    def refuse(self, reason: str, detail: str) -> None:
        """Count a reason, and keep the first explanation for the report."""
        self.refusals[reason] += 1
        if self.first_error is None:
            self.first_error = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """The result of a run for one source."""

    source_id: str
    found: int
    fetched: int
    new: int
    revised: int
    unchanged: int
    failed: int
    skipped: int
    gone: int
    bytes: int
    requests: int
    page_kinds: dict[str, int]
    min_gap_s: float | None
    median_gap_s: float | None
    delay_s: float | None
    diagnosis: str
    """One of ``DIAGNOSES``."""
    detail: str | None
    """Explanation of the diagnosis."""
    left_out: int = 0
    """Number of addresses refused by a cap."""
    by_hand: bool = False
    """Whether only addresses given by hand were fetched."""
    capped: str | None = None
    """The caps that were reached, by the keys of ``CAPPED``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFigures:
    """Requests sent to one host and the measured gaps between their starts, in seconds."""

    host: str
    requests: int
    delay_s: float
    min_gap_s: float | None
    median_gap_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """The result of a run."""

    run_id: int | None
    started_at: datetime
    finished_at: datetime
    exit_code: ExitCode
    reason: str
    """Why it ended: done, max-time, max-pages, max-bytes, max-archive, sigterm, disk, error."""
    error: str | None
    """The error message, if any."""
    sources: tuple[SourceReport, ...]
    hosts: tuple[HostFigures, ...]
    warc_files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """Repairs at the run's start, one line each."""
    by_hand: Mapping[str | None, int] = field(default_factory=dict)
    """Number of addresses given by hand, by what became of them (``frontier.by_hand.OUTCOMES``); None: still due."""

    def summary(self) -> dict[str, Any]:
        """Return the run as one JSON object: the last line of ``crawl --json``, and ``runs.summary``."""
        return {
            "run": self.run_id,
            "started_at": iso(self.started_at),
            "finished_at": iso(self.finished_at),
            "exit_code": int(self.exit_code),
            "reason": self.reason,
            "error": self.error,
            "totals": {
                name: sum(getattr(source, name) for source in self.sources)
                for name in (
                    "found",
                    "fetched",
                    "new",
                    "revised",
                    "unchanged",
                    "failed",
                    "skipped",
                    "gone",
                    "bytes",
                    "requests",
                )
            },
            "sources": {
                source.source_id: {
                    "found": source.found,
                    "fetched": source.fetched,
                    "new": source.new,
                    "revised": source.revised,
                    "unchanged": source.unchanged,
                    "failed": source.failed,
                    "skipped": source.skipped,
                    "gone": source.gone,
                    "bytes": source.bytes,
                    "requests": source.requests,
                    "diagnosis": source.diagnosis,
                    "detail": source.detail,
                    "left_out": source.left_out,
                    "capped": source.capped,
                }
                for source in self.sources
            },
            "hosts": {
                host.host: {
                    "requests": host.requests,
                    "delay_s": host.delay_s,
                    "min_gap_s": host.min_gap_s,
                    "median_gap_s": host.median_gap_s,
                }
                for host in self.hosts
            },
            "warc_files": list(self.warc_files),
            "notes": list(self.notes),
            "by_hand": {outcome or "due": count for outcome, count in self.by_hand.items()},
        }
