"""State of one source during a run: its figures, its addresses in progress, and consecutive failures."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from talkscraper.crawl import seed_reader
from talkscraper.crawl.decision import GONE_STATUSES, Decision, FetchedPage, Outcome
from talkscraper.documentation import page_path
from talkscraper.frontier.model import Fate
from talkscraper.monitor.run_report import CAPPED, Tally
from talkscraper.sources.hosts import hosts_of
from talkscraper.sources.seed_kinds import ARTICLE, seed_kind

if TYPE_CHECKING:
    from talkscraper.crawl.failures import Failure
    from talkscraper.crawl.seed_reader import SeedReading
    from talkscraper.frontier.model import Discovered, Lease
    from talkscraper.sources.model import Source

logger = logging.getLogger(__name__)

MAX_CONNECTION_FAILURES = 5
"""Number of consecutive addresses without any response after which the source is skipped for this run."""
MAX_PASSED_OVER = 2000
"""Number of addresses refused by ``article_urls`` alone from which a run keeps no more of them."""
MAX_REFUSALS = 10
"""Number of consecutive refusals (401, 403, challenge pages) after which the source is skipped for this run."""


@dataclass
class SourceState:
    """What a run knows about one of its sources. Used on the reactor's thread only."""

    id: str
    source: Source | None = None
    """None for another project's spider, which has no source in sources.toml."""
    in_progress: int = 0
    """Number of leased addresses whose page or requisites aren't done."""
    started: float | None = None
    """When its first addresses were requested from the frontier (``time.monotonic``); None before."""
    connection_failures: int = 0
    """Number of consecutive fetches without any response."""
    refusals: int = 0
    """Number of consecutive fetches that the site refused."""
    homepage_requested: bool = False
    """Whether the homepage was made due because a failed page may concern the whole source."""
    last_warning: str | None = None

    def __post_init__(self) -> None:
        self.tally = Tally(self.id)

    @cached_property
    def own_hosts(self) -> frozenset[str]:
        """The host names (without ``www.``) of the source's own pages; a redirect may not leave them."""
        return hosts_of(self.source) if self.source is not None else frozenset()

    def stop(self, reason: str | None) -> None:
        """Lease no more of its addresses in this run; the first reason is kept."""
        if self.tally.stopped_by is None:
            self.tally.stopped_by = reason

    def count_page(self, page: FetchedPage) -> None:
        """Count a response to the request for one of its addresses."""
        self.connection_failures = 0
        if page.refusal is not None:
            return
        if page.is_article:
            self.tally.fetched += 1
        elif page.status not in GONE_STATUSES:
            self.tally.seeds_answered += 1

    def count_decision(self, page: FetchedPage, decided: Decision) -> None:
        """Count what a response means, before it is stored."""
        tally = self.tally
        tally.gone += decided.outcome is Outcome.GONE
        tally.unchanged += decided.outcome is Outcome.UNCHANGED
        tally.seeds_unchanged += decided.outcome is Outcome.SEED_UNCHANGED
        tally.skipped += decided.outcome is Outcome.RESERVED
        if decided.outcome is Outcome.EXTRACTED and decided.failure is None:
            self.refusals = 0
        if decided.extraction is not None:
            tally.page_kinds[str(decided.extraction.page_kind)] += 1
        if decided.reading is not None:
            seed_reader.count(tally, page.lease.kind, decided.reading)
            if len(tally.passed_over) < MAX_PASSED_OVER:
                tally.passed_over |= {link.url: link.declared_at for link in decided.reading.passed_over}
            tally.seeds_dried_up += bool(page.lease.named and not decided.reading.articles)

    def count_article(self, outcome: str, grown: int) -> None:
        """Count a stored article by the outcome of storing it; ``grown``: bytes by which it enlarged the database."""
        tally = self.tally
        tally.grown += grown
        tally.new += outcome == "new"
        tally.revised += outcome == "revised"
        tally.unchanged += outcome in ("unchanged", "older")
        tally.skipped += outcome == "taken-down"

    def count_project_page(self, outcome: str) -> None:
        """Count a stored page of another project, where no address is expected to be an article."""
        self.tally.fetched += 1
        self.tally.new += outcome == "new"
        self.tally.revised += outcome == "revised"
        self.tally.unchanged += outcome == "unchanged"

    def count_links(self, reading: SeedReading, discovered: Discovered, grown: int) -> None:
        """Count the stored links of a seed; ``grown``: bytes by which they enlarged the database."""
        self.tally.grown += grown
        self.count_left_out(discovered)
        self.tally.found.update(hash(link.url) for link in reading.links if link.kind == ARTICLE)

    def warn_of_seed(self, lease: Lease, reading: SeedReading) -> None:
        """Log that a feed or sitemap names nothing, or is a web page: when it is first so, not in every run."""
        kind = lease.seed_kind
        if kind.is_page or lease.named == 0:
            return
        if not reading.links:
            logger.warning("%s: %s names nothing that is an article of the source", self.id, lease.url)
        elif reading.kind is not None and seed_kind(reading.kind).is_page and lease.named is None:
            logger.warning("%s: %s is a web page, not a %s: its links are read", self.id, lease.url, kind.name)

    def count_left_out(self, discovered: Discovered) -> None:
        """Count addresses refused by a cap; logged once for each cap."""
        left_out = dict(discovered.left_out)
        if discovered.dropped:
            left_out["waiting-addresses"] = left_out.get("waiting-addresses", 0) + discovered.dropped
        for word, count in left_out.items():
            if not self.tally.left_out[word]:
                logger.warning(
                    "%s: capped: its pages name %s; what is beyond is left for later days (see %s)",
                    *(self.id, CAPPED[word], page_path("crawling.md")),
                )
            self.tally.left_out[word] += count

    def count_requisites_left_out(self, page: str, cap: str, count: int) -> None:
        """Count requisites of a page that weren't fetched because of a cap; logged once for each cap."""
        if not self.tally.left_out[cap]:
            place = page_path("crawling.md")
            logger.warning("%s: capped: %s has %s (see %s)", self.id, page, CAPPED[cap], place)
        self.tally.left_out[cap] += count

    def count_failure(self, failure: Failure, kind: str) -> None:
        """Count a failed address; after several failures in a row the source is skipped for this run."""
        tally = self.tally
        tally.refuse(failure.error, failure.detail)
        if failure.fate in (Fate.REFUSED, Fate.DEFERRED):
            tally.skipped += 1
        else:
            tally.failed += 1
        if kind != ARTICLE:
            tally.seeds_failed += 1
            tally.seed_refusals[failure.error] += 1
        if self.source is not None and not self.own_hosts:
            # the inbox: one site that fails says nothing about the others
            return
        if failure.connection:
            self.connection_failures += 1
            if self.connection_failures >= MAX_CONNECTION_FAILURES:
                self.stop("unreachable")
        if failure.blocked:
            self.refusals += 1
            if failure.error == "paused" or self.refusals >= MAX_REFUSALS:
                self.stop("blocked")

    def is_news(self, failure: Failure) -> bool:
        """Whether a failure must be logged: a robots.txt rule or a pause concerns a whole host, and is logged once."""
        if self.last_warning == failure.detail:
            return False
        self.last_warning = failure.detail
        return True

    def needs_homepage(self, failure: Failure, kind: str) -> bool:
        """Whether the homepage must be fetched now: it shows whether one page failed or the whole site. Once a run."""
        site_wide = failure.connection or failure.blocked or failure.error.startswith("status-5")
        seen = self.tally.seeds_answered or self.tally.seeds_failed or self.homepage_requested
        if kind != ARTICLE or not site_wide or seen:
            return False
        self.homepage_requested = True
        return True


class SourceStates(dict[str, SourceState]):
    """The states of a run's sources by id; that of an id outside sources.toml is created when it is first needed."""

    def __init__(self, sources: Iterable[Source]) -> None:
        super().__init__((source.id, SourceState(source.id, source)) for source in sources)

    def __missing__(self, source_id: str) -> SourceState:
        state = self[source_id] = SourceState(source_id)
        return state

    @property
    def tallies(self) -> dict[str, Tally]:
        """The figures by source id."""
        return {source_id: state.tally for source_id, state in self.items()}
