"""Reader of seeds: the links in the bytes of a homepage, feed, sitemap or listing. Pure; runs in a worker process."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from talkscraper.discovery.article_rules import refusal
from talkscraper.discovery.seed_format import read_document
from talkscraper.errors import TalkscraperError
from talkscraper.pool import Task
from talkscraper.sources.hosts import belongs
from talkscraper.sources.seed_kinds import ARTICLE, seed_kind

if TYPE_CHECKING:
    from talkscraper.discovery.model import Link
    from talkscraper.html.onward import Onward
    from talkscraper.monitor.run_report import Tally
    from talkscraper.sources.model import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedReading:
    """The links that a homepage, feed, sitemap or listing names."""

    links: tuple[Link, ...] = ()
    fault: str | None = None
    """Why the document can't be read, or None."""
    onward: Onward | None = None
    """Where the page leads by a refresh within seconds, or its only frame."""

    @property
    def articles(self) -> int:
        """Number of links to articles."""
        return sum(link.kind == ARTICLE for link in self.links)

    @property
    def seeds(self) -> int:
        """Number of links to further seeds."""
        return len(self.links) - self.articles


def read_seed(
    kind: str, body: bytes, url: str, source: Source, own_hosts: frozenset[str], content_type: str | None = None
) -> SeedReading:
    """Return the links of a seed; only those to the source's own hosts (a feed may lie elsewhere).

    Seeds given in sources.toml aren't searched for: where it names feeds, only those are read; the same holds for
    sections.
    """
    try:
        found = read_document(kind, body, url, source, content_type)
    except TalkscraperError as e:
        return SeedReading(fault=str(e))
    wanted = (
        link
        for link in found.links
        if refusal(link, source, names_all_pages=found.names_all_pages) is None and _wanted(link, source, own_hosts)
    )
    return SeedReading(links=tuple(islice(wanted, seed_kind(kind).max_links)), onward=found.onward)


READ_SEED = Task(read_seed, timeout_s=60.0)
"""fifty thousand addresses take a while on a small machine"""


def count(tally: Tally, kind: str, read: SeedReading) -> None:
    """Count a seed that was read, for the diagnosis of sources that bring nothing."""
    expected = seed_kind(kind)
    empty = not read.articles and not (expected.max_depth is not None and read.seeds)
    if not expected.is_page:
        tally.feeds_read += 1
        tally.feeds_empty += empty
    else:
        tally.listings_read += 1
        tally.listings_empty += empty


def _wanted(link: Link, source: Source, own_hosts: frozenset[str]) -> bool:
    if link.kind == ARTICLE:
        return belongs(link.url, own_hosts)
    kind = seed_kind(link.kind)
    if kind.only_configured and source.seeds_of(kind.name):
        return False
    return kind.may_be_elsewhere or belongs(link.url, own_hosts)
