"""OPML parser: a feed reader's list of feeds → sites, each with its feeds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from talkscraper.discovery.model import Unreadable, joined
from talkscraper.discovery.seed_text import seed_text
from talkscraper.html.xml import elements
from talkscraper.urls.canonical import cleaned, site_of
from talkscraper.urls.crawler_traps import trap
from talkscraper.urls.validity import is_address

MAX_OUTLINES = 20_000
MAX_FEEDS = 50
"""Maximum number of feeds of one site."""
_OPML = re.compile(r"<opml\b", re.IGNORECASE)


@dataclass(slots=True)
class OpmlSite:
    """A site in the list, with its feeds."""

    homepage: str
    name: str | None
    feeds: list[str]


def parse_opml(body: bytes, name: str) -> list[OpmlSite]:
    """Return the sites in an OPML file, in its order.

    Args:
        body: The file.
        name: Its name in error messages.

    Raises:
        Unreadable: it isn't OPML, or names no feeds.
    """
    text = seed_text(body)
    if not _OPML.search(text[:10_000]):
        raise Unreadable(f"{name}: not an OPML file")
    found: dict[str, OpmlSite] = {}
    # an outline may contain others, and its end tag follows them; the attributes are all in its start tag
    for count, element in enumerate(elements(text, frozenset({"outline"}), nested=True)):
        if count >= MAX_OUTLINES:
            break
        attributes = {str(key).lower(): str(value) for key, value in element.attrib.items()}
        feed = joined("", attributes.get("xmlurl", ""))
        if feed is None or trap(feed := cleaned(feed)) is not None:
            continue
        page = joined(feed, attributes.get("htmlurl", ""))
        if page is not None and not is_address(cleaned(page)):
            page = None
        homepage = _homepage(page or feed)
        title = (attributes.get("title") or attributes.get("text") or "").strip()
        newsroom = found.setdefault(site_of(homepage), OpmlSite(homepage=homepage, name=title or None, feeds=[]))
        if feed not in newsroom.feeds and len(newsroom.feeds) < MAX_FEEDS:
            newsroom.feeds.append(feed)
    if not found:
        raise Unreadable(f"{name}: names no feeds")
    return list(found.values())


def _homepage(url: str) -> str:
    parts = urlsplit(cleaned(url))
    return urljoin(f"{parts.scheme}://{parts.netloc}", "/")
