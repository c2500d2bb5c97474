"""Search for a site's feeds and sitemaps: announced on its homepage, and at the usual paths.

Feeds of comments and APIs are left out.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from talkscraper.discovery.formats.feed import FEED
from talkscraper.discovery.formats.sitemap import SITEMAP
from talkscraper.discovery.model import Link, LinkSet
from talkscraper.discovery.page_links import WebPage
from talkscraper.discovery.seed_format import seed_formats
from talkscraper.sources.seed_kinds import seed_kinds
from talkscraper.urls.canonical import host_of

MAX_PER_KIND = 20
"""Maximum number of feeds, and of sitemaps, taken from one page; some pages link one feed per author."""

_FEED_ADDRESS = re.compile(
    r"\.(?:atom|rdf|rss|xml)$|\b(?:atom|rss)\b|\?type=100$|feeds/posts/default/?$|\?feed=(?:atom|rdf|rss2?)|feed$"
)
_NO_FEED = re.compile(r"comment|kommentar|oembed|wp-json|/api/|\bpodcast|xmlrpc|opensearch", re.IGNORECASE)
_SITEMAP = re.compile(r"sitemap[^/?]*\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
_FEED_WORDS = re.compile(r"\b(?:rss|atom|feeds?)\b", re.IGNORECASE)


def probe(page: WebPage) -> tuple[Link, ...]:
    """Return the feeds, sitemaps and the like that a page announces, in the order of their kinds."""
    url = page.url
    found: dict[str, LinkSet] = {name: LinkSet(via=url, most=MAX_PER_KIND) for name in seed_kinds()}
    kinds = {media_type: each.kind.name for each in seed_formats() for media_type in each.media_types}

    def add(address: str, kind: str, title: str) -> None:
        found[kind].add(address, kind, title=title.strip()[:200] or None)

    for address, rel, media_type, title in page.head_links():
        if SITEMAP.name in rel:
            add(address, SITEMAP.name, title)
        elif "alternate" in rel and not _NO_FEED.search(f"{address} {title}"):
            looks_like = FEED.name if not media_type and _FEED_ADDRESS.search(address) else None
            if kind := kinds.get(media_type, looks_like):
                add(address, kind, title)
    announced = bool(found[FEED.name].links)
    for anchor in page.anchors:
        if host_of(anchor.url) != host_of(url):
            continue
        if _SITEMAP.search(urlsplit(anchor.url).path):
            add(anchor.url, SITEMAP.name, anchor.text)
        elif (
            not announced
            and _FEED_ADDRESS.search(anchor.url)
            and _FEED_WORDS.search(anchor.url)
            and not _NO_FEED.search(f"{anchor.url} {anchor.text}")
        ):
            add(anchor.url, FEED.name, anchor.text)
    return tuple(link for each in found.values() for link in each.links.values())


def guesses(homepage: str) -> tuple[Link, ...]:
    """Return usual URLs of feeds, sitemaps and the like, for a site that announces none; the most likely first."""
    root = urljoin(homepage, "/")
    return tuple(
        Link(url=urljoin(root, path), kind=kind.name, via="usual places")
        for kind in seed_kinds().values()
        for path in kind.usual_paths
    )
