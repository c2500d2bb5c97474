"""Reader of seeds: the links in the bytes of a homepage, feed, sitemap or listing. Pure; runs in a worker process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from talkscraper.discovery.article_rules import refusal
from talkscraper.discovery.date_bounds import within_bounds
from talkscraper.discovery.seed_format import read_document
from talkscraper.errors import TalkscraperError
from talkscraper.pool import Task
from talkscraper.sources.hosts import belongs
from talkscraper.sources.seed_kinds import ARTICLE, seed_kind

if TYPE_CHECKING:
    from talkscraper.discovery.model import Link
    from talkscraper.discovery.seed_format import SeedContents
    from talkscraper.html.onward import Onward
    from talkscraper.monitor.run_report import Tally
    from talkscraper.sources.model import Source

MAX_PASSED_OVER = 200
"""Maximum number of links of a document that are kept although ``article_urls`` refuses them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedReading:
    """The links that a homepage, feed, sitemap or listing names."""

    links: tuple[Link, ...] = ()
    fault: str | None = None
    """Why the document can't be read, or None."""
    passed_over: tuple[Link, ...] = ()
    """The first of the links that would be articles if they matched ``article_urls``."""
    kind: str | None = None
    """The kind that the document is, if it isn't of the kind of its seed."""
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
    """Return the links of a seed; only those to the source's own hosts (a feed may be on another host).

    Seeds given in sources.toml aren't searched for: where it names feeds, only those are read; the same holds for
    sections.
    """
    try:
        found = read_document(kind, body, url, source, content_type)
    except TalkscraperError as e:
        return SeedReading(fault=str(e))
    named = within_bounds(found.links, source, kind=found.kind or kind, via=url)
    own = [link for link in named if _wanted(link, source, own_hosts)]
    judged = [(link, refusal(link, source, names_all_pages=found.names_all_pages)) for link in own]
    wanted = (link for link, reason in judged if reason is None)
    refused = (link for link, reason in judged if reason is not None)
    return SeedReading(
        links=tuple(islice(wanted, seed_kind(found.kind or kind).max_links)),
        kind=found.kind,
        passed_over=_passed_over(found, refused, source, own_hosts),
        onward=found.onward,
    )


def _passed_over(
    found: SeedContents, refused: Iterable[Link], source: Source, own_hosts: frozenset[str]
) -> tuple[Link, ...]:
    """Return links that only ``article_urls`` refuses; those of pages must have the form of articles."""
    if not source.article_urls:
        return ()
    if found.form == "page":
        return tuple(islice((link for link in found.passed_over if _wanted(link, source, own_hosts)), MAX_PASSED_OVER))
    free = replace(source, article_urls=())
    fitting = (link for link in refused if refusal(link, free, names_all_pages=found.names_all_pages) is None)
    return tuple(islice(fitting, MAX_PASSED_OVER))


READ_SEED = Task(read_seed, timeout_s=60.0)
"""fifty thousand addresses take a while on a small machine"""


def count(tally: Tally, kind: str, read: SeedReading) -> None:
    """Count a seed that was read, for the diagnosis of sources that bring nothing."""
    expected = seed_kind(read.kind or kind)
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
