"""Sitemap parser: urlset, index, Google's news extension, plain text, also gzipped → pages and further sitemaps.

The newest come first, so that a cap drops the oldest. hreflang alternates and images are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from talkscraper.discovery.feed_dates import moment
from talkscraper.discovery.model import Link, LinkKind, LinkSet, Refused, Unreadable, joined
from talkscraper.discovery.seed_text import seed_text
from talkscraper.html.xml import elements, local, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_URLS = 50_000
"""Maximum number of addresses of one sitemap (the protocol's own limit)."""
MAX_SITEMAPS = 2000
"""Maximum number of sitemaps of one index; spam indexes name twenty thousand."""

_ROOT = re.compile(r"<(?:\w+:)?(urlset|sitemapindex)\b", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:\w+:)?(url|sitemap)\b[\s>]", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_LOOKED_AT = 10_000
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_MAX_LINE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """A parsed sitemap."""

    entries: tuple[Link, ...]
    """Pages (``article``: a sitemap doesn't say which they are) or further sitemaps (``sitemap``), newest first."""
    form: str
    """``urlset``, ``news`` (some entry is in Google's news namespace), ``index`` or ``text``."""
    refused: tuple[Refused, ...] = ()
    truncated: bool = False
    """Whether there were more than the maximum."""


def parse_sitemap(body: bytes, url: str, content_type: str | None = None) -> Sitemap:
    """Return the addresses that a sitemap names.

    Args:
        body: The sitemap; gzip is recognised by its magic number and decompressed to at most 64 MiB.
        url: The URL of the sitemap.
        content_type: The response's Content-Type header, for the charset.

    Raises:
        Unreadable: it isn't a sitemap, or exceeds the limit when decompressed.
    """
    text = seed_text(body, content_type).lstrip("\ufeff \t\r\n")
    if not text:
        raise Unreadable(f"{url}: empty, not a sitemap")
    head = text[:_LOOKED_AT]
    root = _ROOT.search(head) or _ENTRY.search(head)
    page = _HTML.search(head)
    if root is not None and (page is None or root.start() < page.start()):
        return _xml_sitemap(text, url, index=root[1].lower() in ("sitemapindex", "sitemap"))
    if page is not None or text[0] == "<" or text[0] in "{[":
        raise Unreadable(f"{url}: not a sitemap" + (" but a web page" if page else ""))
    return _text_sitemap(text, url)


def _xml_sitemap(text: str, url: str, *, index: bool) -> Sitemap:
    found = LinkSet(via=url, most=MAX_SITEMAPS if index else MAX_URLS)
    news = False
    # a few sites mix both kinds in one file, so both are searched for, whatever the root element
    for element in elements(text, frozenset({"url", "sitemap"})):
        kind = LinkKind.SITEMAP if local(element) == "sitemap" else LinkKind.ARTICLE
        news = _take(found, element, kind, url) or news
    return Sitemap(
        entries=_newest_first(found),
        form="index" if index else "news" if news else "urlset",
        refused=tuple(found.refused),
        truncated=found.truncated,
    )


def _take(found: LinkSet, element: _Element, kind: LinkKind, url: str) -> bool:
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
        found.add(
            absolute,
            lambda cleaned: Link(
                url=cleaned,
                kind=kind,
                via=url,
                title=title,
                declared_at=published,
                modified_at=modified,
                language=language,
            ),
        )
    return news


def _text_sitemap(text: str, url: str) -> Sitemap:
    found = LinkSet(via=url, most=MAX_URLS)
    lines = 0
    for line in text.splitlines():
        address = line.strip()
        if not address or len(address) > _MAX_LINE:
            continue
        if not address.lower().startswith(("http://", "https://")):
            lines += 1
            if lines > 20 and not found.links:
                break
            continue
        found.add(address, lambda cleaned: Link(url=cleaned, kind=LinkKind.ARTICLE, via=url))
    if not found.links:
        raise Unreadable(f"{url}: not a sitemap")
    return Sitemap(
        entries=tuple(found.links.values()), form="text", refused=tuple(found.refused), truncated=found.truncated
    )


def _newest_first(found: LinkSet) -> tuple[Link, ...]:
    return tuple(
        sorted(found.links.values(), key=lambda link: link.declared_at or link.modified_at or _LONG_AGO, reverse=True)
    )
