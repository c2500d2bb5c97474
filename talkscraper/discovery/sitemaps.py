"""Sitemap parser: urlset, index, Google's news extension, plain text, also gzipped → pages and further sitemaps.

The newest come first, so that a cap drops the oldest. hreflang alternates and images are left out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from talkscraper.discovery.feed_dates import moment
from talkscraper.discovery.formats.sitemap import SITEMAP
from talkscraper.discovery.model import Link, LinkSet, Unreadable, joined
from talkscraper.discovery.seed_format import SeedContents, SeedDocument
from talkscraper.html.xml import elements, local, text_of
from talkscraper.sources.seed_kinds import ARTICLE

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_URLS = SITEMAP.max_links
"""Maximum number of addresses of one sitemap (the protocol's own limit)."""
MAX_SITEMAPS = SITEMAP.max_seeds
"""Maximum number of sitemaps of one index; spam indexes name twenty thousand."""

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_MAX_LINE = 4096


def read_xml_sitemap(document: SeedDocument, *, is_index: bool) -> SeedContents:
    """Return the addresses that a sitemap in XML names, the newest first.

    Args:
        document: The sitemap.
        is_index: Whether its root names sitemaps; the number of these is limited.
    """
    found = LinkSet(via=document.url, most=MAX_SITEMAPS if is_index else MAX_URLS)
    news = False
    # a few sites mix both kinds in one file, so both are searched for, whatever the root element
    for element in elements(document.text, frozenset({"url", "sitemap"})):
        kind = SITEMAP.name if local(element) == "sitemap" else ARTICLE
        news = _take(found, element, kind, document.url) or news
    return SeedContents(
        links=_newest_first(found),
        form="index" if is_index else "news" if news else "urlset",
        names_all_pages=not (is_index or news),
        refused=tuple(found.refused),
        truncated=found.truncated,
    )


def _take(found: LinkSet, element: _Element, kind: str, url: str) -> bool:
    """Add one ``<url>`` or ``<sitemap>``; return whether it is in the news namespace."""
    address: str | None = None
    modified: datetime | None = None
    published: datetime | None = None
    title: str | None = None
    language: str | None = None
    news = False
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = local(child)
        if name == "loc" and address is None:
            address = text_of(child)
        elif name == "lastmod":
            modified = moment(text_of(child, 100))
        elif name == "news":
            news = True
            for part in child.iterdescendants():
                inner = local(part) if isinstance(part.tag, str) else ""
                if inner == "publication_date":
                    published = moment(text_of(part, 100))
                elif inner == "title":
                    title = text_of(part, 1000) or None
                elif inner == "language":
                    language = text_of(part, 20).lower() or None
    absolute = joined(url, address) if address else None
    if absolute is not None and absolute != url:
        found.add(absolute, kind, title=title, declared_at=published, modified_at=modified, language=language)
    return news


def read_text_sitemap(document: SeedDocument) -> SeedContents:
    """Return the addresses in a sitemap of one address per line.

    Raises:
        Unreadable: it has none.
    """
    url = document.url
    found = LinkSet(via=url, most=MAX_URLS)
    lines = 0
    for line in document.text.splitlines():
        address = line.strip()
        if not address or len(address) > _MAX_LINE:
            continue
        if not address.lower().startswith(("http://", "https://")):
            lines += 1
            if lines > 20 and not found.links:
                break
            continue
        found.add(address, ARTICLE)
    if not found.links:
        raise Unreadable(f"{url}: not a sitemap")
    return SeedContents(
        links=tuple(found.links.values()),
        form="text",
        names_all_pages=True,
        refused=tuple(found.refused),
        truncated=found.truncated,
    )


def _newest_first(found: LinkSet) -> tuple[Link, ...]:
    return tuple(
        sorted(found.links.values(), key=lambda link: link.declared_at or link.modified_at or _LONG_AGO, reverse=True)
    )
