"""Search for a site's feeds and sitemaps: announced on its homepage, and at the usual paths.

Feeds of comments and APIs are left out.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from talkscraper.discovery.model import Link, LinkKind, LinkSet
from talkscraper.discovery.page_links import WebPage
from talkscraper.urls.canonical import host_of

MAX_FEEDS = 20
"""Maximum number of feeds taken from one page; some pages link one per author."""
MAX_SITEMAPS = 20

FEED_TYPES = frozenset(
    f"{tree}/{name}"
    for tree in ("application", "text")
    for name in ("rss", "rss+xml", "atom", "atom+xml", "rdf", "rdf+xml", "xml")
) | {"application/x-atom+xml", "application/x.atom+xml", "application/feed+json"}
"""Media types by which pages announce feeds. ``application/json`` isn't one: WordPress announces an API by it."""
_FEED_ADDRESS = re.compile(
    r"\.(?:atom|rdf|rss|xml)$|\b(?:atom|rss)\b|\?type=100$|feeds/posts/default/?$|\?feed=(?:atom|rdf|rss2?)|feed$"
)
_NO_FEED = re.compile(r"comment|kommentar|oembed|wp-json|/api/|\bpodcast|xmlrpc|opensearch", re.IGNORECASE)
_SITEMAP = re.compile(r"sitemap[^/?]*\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
_FEED_WORDS = re.compile(r"\b(?:rss|atom|feeds?)\b", re.IGNORECASE)

USUAL_FEEDS = ("feed/", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss")
USUAL_SITEMAPS = (
    "news-sitemap.xml",
    "sitemap-news.xml",
    "sitemap.xml",
    "sitemap.xml.gz",
    "sitemap",
    "sitemap_index.xml",
    "sitemap_news.xml",
)


def probe(page: WebPage) -> tuple[Link, ...]:
    """Return the feeds and sitemaps that a page announces, feeds first."""
    url = page.url
    feeds = LinkSet(via=url, most=MAX_FEEDS)
    sitemaps = LinkSet(via=url, most=MAX_SITEMAPS)
    types = FEED_TYPES

    def add(address: str, kind: LinkKind, title: str) -> None:
        found = feeds if kind is LinkKind.FEED else sitemaps
        found.add(address, lambda cleaned: Link(url=cleaned, kind=kind, via=url, title=title.strip()[:200] or None))

    for address, rel, media_type, title in page.head_links():
        if "sitemap" in rel:
            add(address, LinkKind.SITEMAP, title)
        elif (
            "alternate" in rel
            and (media_type in types or (not media_type and _FEED_ADDRESS.search(address)))
            and not _NO_FEED.search(f"{address} {title}")
        ):
            add(address, LinkKind.FEED, title)
    announced = bool(feeds.links)
    for anchor in page.anchors():
        if host_of(anchor.url) != host_of(url):
            continue
        if _SITEMAP.search(urlsplit(anchor.url).path):
            add(anchor.url, LinkKind.SITEMAP, anchor.text)
        elif (
            not announced
            and _FEED_ADDRESS.search(anchor.url)
            and _FEED_WORDS.search(anchor.url)
            and not _NO_FEED.search(f"{anchor.url} {anchor.text}")
        ):
            add(anchor.url, LinkKind.FEED, anchor.text)
    return (*feeds.links.values(), *sitemaps.links.values())


def guesses(homepage: str) -> tuple[Link, ...]:
    """Return usual URLs of feeds and sitemaps, for a site that announces none; the most likely first."""
    root = urljoin(homepage, "/")
    paths = [(path, LinkKind.SITEMAP) for path in USUAL_SITEMAPS]
    paths += [(path, LinkKind.FEED) for path in USUAL_FEEDS]
    return tuple(Link(url=urljoin(root, path), kind=kind, via="usual places") for path, kind in paths)
