"""Sitemaps: XML (urlset, index, Google's news extension) and plain text (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import re

from talkscraper.discovery.formats.feed import ROOTS
from talkscraper.discovery.seed_format import SeedContents, SeedDocument, SeedFormat
from talkscraper.sources.seed_kinds import SeedKind

SITEMAP = SeedKind(
    name="sitemap",
    plural="sitemaps",
    description="all pages of a site or its newest articles, or further sitemaps",
    key="sitemaps",
    priority=80,
    max_seeds=2000,
    max_links=50_000,
    max_surveyed=6,
    lists_old=True,
    max_depth=3,
    usual_paths=(
        "news-sitemap.xml",
        "sitemap-news.xml",
        "sitemap.xml",
        "sitemap.xml.gz",
        "sitemap",
        "sitemap_index.xml",
        "sitemap_news.xml",
    ),
)

_ROOT = re.compile(r"<(?:\w+:)?(urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:\w+:)?(url|sitemap)[\s>]", re.IGNORECASE)
_FIRST = re.compile(r"(?:\s|<\?[^<>]*>)*<(?:\w+:)?(?:urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE)


def _is_xml(document: SeedDocument) -> bool:
    if _ROOT.search(document.head):
        return document.begins_with(_ROOT)
    # without a root; in a feed, <url> is a picture's
    return document.begins_with(_ENTRY) and not document.begins_with(ROOTS)


def _is_text(document: SeedDocument) -> bool:
    return not (
        document.text.startswith(("<", "{", "["))
        or _is_xml(document)
        or document.is_web_page
        or document.begins_with(ROOTS)
    ) and bool(document.text)


def _read_xml(document: SeedDocument) -> SeedContents:
    from talkscraper.discovery.sitemaps import read_xml_sitemap

    root = _ROOT.search(document.head) or _ENTRY.search(document.head)
    assert root is not None
    return read_xml_sitemap(document, is_index=root[1].lower() in ("sitemapindex", "sitemap"))


def _read_text(document: SeedDocument) -> SeedContents:
    from talkscraper.discovery.sitemaps import read_text_sitemap

    return read_text_sitemap(document)


XML_SITEMAP = SeedFormat(
    name="XML sitemap, sitemap index, news sitemap",
    kind=SITEMAP,
    recognises=_is_xml,
    read=_read_xml,
    certain=lambda document: _FIRST.match(document.head) is not None,
)
TEXT_SITEMAP = SeedFormat(name="text sitemap", kind=SITEMAP, recognises=_is_text, read=_read_text)
