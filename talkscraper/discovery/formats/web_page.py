"""Web pages that list articles: the homepage and its sections."""

from __future__ import annotations

from dataclasses import replace

from talkscraper.discovery.seed_format import SeedContents, SeedDocument, SeedFormat
from talkscraper.sources.seed_kinds import HOMEPAGE, SeedKind

FRONT = SeedKind(
    name=HOMEPAGE,
    plural="homepages",
    description="the page that every source has; it also announces feeds and sitemaps",
    priority=100,
    max_seeds=1,
    max_links=2000,
    max_surveyed=1,
    is_page=True,
)
LISTING = SeedKind(
    name="listing",
    plural="sections",
    description="a section, or the next page of a list",
    key="sections",
    priority=70,
    max_seeds=200,
    max_links=2000,
    max_surveyed=4,
    is_page=True,
    only_configured=True,
)


def _read(document: SeedDocument) -> SeedContents:
    from talkscraper.discovery.listings import read_listing
    from talkscraper.html.onward import onward_of

    page = document.page
    return replace(read_listing(page, document.source), onward=onward_of(page.tree, page.url, page.base))


def _read_front(document: SeedDocument) -> SeedContents:
    from talkscraper.discovery.probe import probe

    found = _read(document)
    return replace(found, links=(*found.links, *probe(document.page)))


FRONT_PAGE = SeedFormat(name="web page", kind=FRONT, recognises=lambda _document: True, read=_read_front)
LIST_PAGE = SeedFormat(name="web page", kind=LISTING, recognises=lambda _document: True, read=_read)
