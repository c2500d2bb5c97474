"""Reader of seeds: the links in the bytes of a homepage, feed, sitemap or listing. Pure; runs in a worker process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talkscraper.discovery.article_rules import refusal
from talkscraper.discovery.feeds import parse_feed
from talkscraper.discovery.listings import read_listing
from talkscraper.discovery.model import LinkKind
from talkscraper.discovery.page_links import parse_page
from talkscraper.discovery.probe import probe
from talkscraper.discovery.sitemaps import parse_sitemap
from talkscraper.errors import TalkscraperError
from talkscraper.frontier.model import UrlKind
from talkscraper.pool import Task
from talkscraper.sources.hosts import belongs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talkscraper.discovery.model import Link
    from talkscraper.monitor.run_report import Tally
    from talkscraper.sources.model import Source

MAX_LINKS = {UrlKind.HOMEPAGE: 2000, UrlKind.LISTING: 2000, UrlKind.FEED: 5000, UrlKind.SITEMAP: 50_000}
"""Maximum number of links taken from one document; the rest is ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedReading:
    """The links that a homepage, feed, sitemap or listing names."""

    links: tuple[Link, ...] = ()
    fault: str | None = None
    """Why the document can't be read, or None."""

    @property
    def articles(self) -> int:
        """Number of links to articles."""
        return sum(link.kind is LinkKind.ARTICLE for link in self.links)

    @property
    def seeds(self) -> int:
        """Number of links to further seeds."""
        return len(self.links) - self.articles


def read_seed(
    kind: UrlKind,
    body: bytes,
    url: str,
    source: Source,
    own_hosts: frozenset[str],
    content_type: str | None = None,
) -> SeedReading:
    """Return the links of a seed; only those to the source's own hosts (a feed may lie elsewhere).

    Seeds given in sources.toml aren't searched for: where it names feeds, only those are read; the same holds for
    sitemaps
    and sections.
    """
    try:
        found = list(_found(kind, body, url, source, content_type))
    except TalkscraperError as e:
        return SeedReading(fault=str(e))
    wanted = [link for link in found if _wanted(link, source, own_hosts)]
    return SeedReading(links=tuple(wanted[: MAX_LINKS[kind]]))


READ_SEED = Task(read_seed, timeout_s=60.0)
"""fifty thousand addresses take a while on a small machine"""


def count(tally: Tally, kind: UrlKind, read: SeedReading) -> None:
    """Count a seed that was read, for the diagnosis of sources that bring nothing."""
    empty = not read.articles and not (kind is UrlKind.SITEMAP and read.seeds)
    if kind in (UrlKind.FEED, UrlKind.SITEMAP):
        tally.feeds_read += 1
        tally.feeds_empty += empty
    else:
        tally.listings_read += 1
        tally.listings_empty += empty


def _found(kind: UrlKind, body: bytes, url: str, source: Source, content_type: str | None) -> Iterable[Link]:
    if kind is UrlKind.FEED:
        feed = parse_feed(body, url, content_type)
        return [link for link in feed.entries if refusal(link, source, form=feed.form) is None]
    if kind is UrlKind.SITEMAP:
        sitemap = parse_sitemap(body, url, content_type)
        return [link for link in sitemap.entries if refusal(link, source, form=sitemap.form) is None]
    page = parse_page(body, url, content_type)
    links = list(read_listing(page, source).links)
    if kind is UrlKind.HOMEPAGE:
        links.extend(probe(page))
    return links


def _wanted(link: Link, source: Source, own_hosts: frozenset[str]) -> bool:
    if link.kind is LinkKind.FEED:
        return not source.feeds
    if link.kind is LinkKind.LISTING and source.sections:
        return False
    return belongs(link.url, own_hosts)
