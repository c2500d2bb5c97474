"""Where a newsroom's feeds and sitemaps are: from its homepage, and where they usually lie.

What counts as a feed's type or address is trafilatura's knowledge; comments' feeds and APIs are left out.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from talkscraper.discovery.model import Link, LinkKind, LinkSet
from talkscraper.discovery.pages import parse_page
from talkscraper.urls import host_of

MOST_FEEDS = 20
"""Feeds that one page may announce; some link one per author."""
MOST_SITEMAPS = 20

_NO_FEED_TYPES = frozenset({"application/json", "text/plain"})
"""trafilatura takes them for feeds; on front pages they are APIs (WordPress announces one on every page)."""
_NO_FEED = re.compile(r"comment|kommentar|oembed|wp-json|/api/|\bpodcast|xmlrpc|opensearch", re.IGNORECASE)
_SITEMAP = re.compile(r"sitemap[^/?]*\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
_FEED_WORDS = re.compile(r"\b(?:rss|atom|feeds?)\b", re.IGNORECASE)

USUAL_FEEDS = ("feed/", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss")
USUAL_SITEMAPS = ("news-sitemap.xml", "sitemap-news.xml")
"""Beside trafilatura's guesses."""


def probe(body: bytes, url: str) -> tuple[Link, ...]:
    """The feeds and sitemaps that a page announces, feeds first.

    Raises:
        Unreadable: it is not a web page.
    """
    from trafilatura.feeds import FEED_TYPES, LINK_VALIDATION_RE  # half a second to import

    page = parse_page(body, url)
    feeds = LinkSet(via=url, most=MOST_FEEDS)
    sitemaps = LinkSet(via=url, most=MOST_SITEMAPS)
    types = FEED_TYPES - _NO_FEED_TYPES

    def add(address: str, kind: LinkKind, title: str) -> None:
        found = feeds if kind is LinkKind.FEED else sitemaps
        found.add(address, lambda cleaned: Link(url=cleaned, kind=kind, via=url, title=title.strip()[:200] or None))

    for address, rel, media_type, title in page.head_links():
        if "sitemap" in rel:
            add(address, LinkKind.SITEMAP, title)
        elif (
            "alternate" in rel
            and (media_type in types or (not media_type and LINK_VALIDATION_RE.search(address)))
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
            and LINK_VALIDATION_RE.search(anchor.url)
            and _FEED_WORDS.search(anchor.url)
            and not _NO_FEED.search(f"{anchor.url} {anchor.text}")
        ):
            add(anchor.url, LinkKind.FEED, anchor.text)
    return (*feeds.links.values(), *sitemaps.links.values())


def guesses(homepage: str) -> tuple[Link, ...]:
    """Where feeds and sitemaps usually lie, for a newsroom that announces none; the likeliest first."""
    from trafilatura.sitemaps import GUESSES

    root = urljoin(homepage, "/")
    paths = [(path, LinkKind.SITEMAP) for path in (*USUAL_SITEMAPS, *GUESSES)]
    paths += [(path, LinkKind.FEED) for path in USUAL_FEEDS]
    return tuple(Link(url=urljoin(root, path), kind=kind, via="usual places") for path, kind in paths)
