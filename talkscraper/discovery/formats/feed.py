"""Feeds: RSS 0.9x, 1.0 and 2.0, and Atom."""

from __future__ import annotations

import re
from datetime import timedelta

from talkscraper.discovery.seed_format import SeedContents, SeedDocument, SeedFormat
from talkscraper.sources.seed_kinds import SeedKind

FEED = SeedKind(
    name="feed",
    plural="feeds",
    description="the newest articles, with title and date",
    key="feeds",
    priority=90,
    max_seeds=50,
    max_links=5000,
    max_surveyed=8,
    only_configured=True,
    may_be_elsewhere=True,
    stale_after=timedelta(days=30),
    usual_paths=("feed/", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss"),
)

ROOTS = re.compile(r"<(?:\w+:)?(rss|rdf|feed|channel)(?=[\s>/])", re.IGNORECASE)
_FIRST = re.compile(r"(?:\s|<\?[^<>]*>)*<(?:\w+:)?(?:rss|rdf|feed)(?=[\s>/])", re.IGNORECASE)


def _read(document: SeedDocument) -> SeedContents:
    from talkscraper.discovery.feeds import read_xml_feed

    root = ROOTS.search(document.head)
    assert root is not None
    return read_xml_feed(document, {"feed": "atom", "rdf": "rdf"}.get(root[1].lower(), "rss"))


XML_FEED = SeedFormat(
    name="RSS, Atom",
    kind=FEED,
    recognises=lambda document: document.begins_with(ROOTS),
    read=_read,
    certain=lambda document: _FIRST.match(document.head) is not None,
    media_types=(
        *(
            f"{tree}/{name}"
            for tree in ("application", "text")
            for name in ("rss", "rss+xml", "atom", "atom+xml", "rdf", "rdf+xml", "xml")
        ),
        "application/x-atom+xml",
        "application/x.atom+xml",
    ),
)
