"""Declared dates in order of precedence: JSON-LD of the article, meta, microdata.

The meta names are those of Open Graph, Dublin Core, parsely, sailthru and the content systems that htmldate and
trafilatura list, ordered by their frequency in the development corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from talkscraper.extraction.dates import machine_formats
from talkscraper.extraction.dates.builder import possible
from talkscraper.extraction.dates.normalization import fold
from talkscraper.extraction.dates.parser import readings
from talkscraper.extraction.dates.region import Locale
from talkscraper.extraction.jsonld import live_posts, types_of
from talkscraper.extraction.page import Page
from talkscraper.model import PublishedDate

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time",
    "og:article:published", "article:published_date", "article.published", "article:publicationdate",
    "datepublished", "date_published", "published", "parsely-pub-date", "sailthru.date", "published_time",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "bt:pubdate", "rnews:datepublished", "vr:published_time",
    "shareaholic:article_published_time", "mediator_published_time", "article_date_original", "article:post_date",
    "analyticsattributes.articledate", "originalpublicationdate", "dcsext.articlefirstpublished",
    "iso-8601-publish-date", "publish-date", "publish_date", "publishdate", "published-date", "published_date",
    "publisheddate", "publication_date", "publication-date", "published_at", "publish_time", "firstpublished",
    "article.created", "pubdate", "pub_date", "pdate", "ptime", "rbpubdate", "og:pubdate", "og:publish_date",
    "og:datepublished", "og:regdate", "twt-published-at", "content_create_date", "displaydate", "display_date",
    "citation_publication_date", "citation_online_date", "citation_date", "dcterms.issued", "dc.date.issued",
    "dc.date.published", "dc.issued", "dcterms.available", "dcterms.created", "dc.date.created", "dc.created",
    "dc:created", "dc.date.publication", "dc.date", "dc:date", "dcterms.date", "date_created", "datecreated", "created",
    "dateposted", "article-date", "article_date", "doc_date", "gentime", "releasedate", "release_date",
    "og:release_date", "date",
)  # fmt: skip
MODIFIED_META = (
    "article:modified_time", "og:article:modified_time", "article:modified", "og:modified_time",
    "article:modified_date",
    "datemodified", "date_modified", "og:updated_time", "article:post_modified", "article:updated_time", "bt:moddate",
    "dcterms.modified", "dc.date.modified", "dc.modified", "modified_time", "modificationdate", "revision_date",
    "updated_time", "lastmod", "last-modified", "lastmodified", "last_modified", "dateupdate", "lastdate",
)  # fmt: skip
MAX_META_NAME = 200
"""Characters of a name of a meta element that may be that of a date."""
_LIKE_PUBLISHED = re.compile(
    r"(?:publish\w*|publication|posted|release)[-_.:\s]*(?:date|time|at|on)\b|(?:date|time)[-_.:\s]*(?:publish|posted)|pub[-_]?date",
    re.IGNORECASE,
)
"""Names that no list could hold: ``w-published-date``, ``acme:publication_date``."""
_LIKE_CHANGED = re.compile(r"modif|updat|expir|unpublish|until|event|copyright|birth|stop|end", re.IGNORECASE)
_KNOWN = frozenset(PUBLISHED_META)
_LD_PUBLISHED = ("datePublished", "dateCreated", "uploadDate")
_PAGE_TYPES = frozenset({"webpage", "itempage", "creativework", "videoobject", "medicalwebpage", "podcastepisode"})
MAX_POSTS = 500
"""Posts of a live report whose dates are read."""
_UNBELIEVED = frozenset({"aside", "footer", "nav"})


@dataclass(frozen=True, slots=True)
class DateClaim:
    """A date and the rule that found it, e.g. ``jsonld datePublished``."""

    date: PublishedDate
    rule: str


def read_value(text: str, locale: Locale) -> PublishedDate | None:
    """A declared value: as machines write it, else as people do in the page's language."""
    found = machine_formats.parse(text, locale.region)
    if found is None and 6 <= len(text) <= machine_formats.MAX_LENGTH:
        inside = [r for r in readings(fold(text), locale) if r.shape in ("full", "numeric", "short", "month")]
        found = inside[0].date if inside else None
    return found if possible(found, locale.captured_at) else None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings(value.get("@value"))
    elif isinstance(value, list):
        for item in value[:5]:
            yield from _strings(item)


def _jsonld(page: Page, keys: tuple[str, ...], locale: Locale) -> Iterator[DateClaim]:
    nodes: list[tuple[dict[str, Any], str]] = []
    if page.article_node is not None:
        nodes.append((page.article_node, "jsonld"))
    nodes += [
        (n, "jsonld-webpage")
        for n in page.jsonld
        if n is not page.article_node and not _PAGE_TYPES.isdisjoint(types_of(n))
    ]
    for key in keys:
        for node, rule in nodes:
            if rule != "jsonld" and key == "uploadDate":
                continue
            for text in _strings(node.get(key)):
                found = read_value(text, locale)
                if found:
                    yield DateClaim(found, f"{rule} {key}")
                    break


def _meta(page: Page, names: tuple[str, ...], locale: Locale) -> Iterator[DateClaim]:
    for name in names:
        for text in page.meta.get(name, ())[:3]:
            found = read_value(text, locale)
            if found:
                yield DateClaim(found, f"meta {name}")
                break


def _microdata(page: Page, names: tuple[str, ...], locale: Locale) -> Iterator[DateClaim]:
    for name in names:
        for element in page.itemprops.get(name, ())[:20]:
            if element.tag == "meta" or any(a.tag in _UNBELIEVED for a in element.iterancestors()):
                continue
            found = element_day(element, locale)
            if found:
                yield DateClaim(found, f"microdata {name}")
                break


def element_day(element: HtmlElement, locale: Locale) -> PublishedDate | None:
    """What an element declares in an attribute, else what it shows; None where that is no possible date."""
    for attribute in ("content", "datetime", "title"):
        text = element.get(attribute)
        if text:
            found = read_value(text, locale)
            if found:
                return found
    text = "".join(element.itertext())
    return read_value(text, locale) if len(text) <= machine_formats.MAX_LENGTH else None


def _last_post(page: Page, locale: Locale) -> Iterator[DateClaim]:
    """The latest date of a live report's posts."""
    texts = (t for p in live_posts(page.article_node or {})[:MAX_POSTS] for t in _strings(p.get("datePublished")))
    found = [date for text in texts if (date := read_value(text, locale))]
    if found:
        yield DateClaim(max(found, key=lambda date: date.instant), "jsonld liveBlogUpdate")


def _first_post(page: Page, locale: Locale) -> Iterator[DateClaim]:
    """When a live report begins, by its own account or by its earliest post."""
    node = page.article_node or {}
    texts = (t for p in live_posts(node)[:MAX_POSTS] for t in _strings(p.get("datePublished")))
    for text in (*_strings(node.get("coverageStartTime")), *sorted(texts)[:1]):
        if found := read_value(text, locale):
            yield DateClaim(found, "jsonld liveBlogUpdate")
            return


def published_claims(page: Page, locale: Locale) -> Iterator[DateClaim]:
    """Every declared publication date, in order of precedence."""
    yield from _jsonld(page, _LD_PUBLISHED[:1], locale)
    yield from _meta(page, PUBLISHED_META, locale)
    yield from _microdata(page, ("datepublished",), locale)
    others = [
        n
        for n in page.meta
        if len(n) <= MAX_META_NAME and _LIKE_PUBLISHED.search(n) and not _LIKE_CHANGED.search(n) and n not in _KNOWN
    ]
    yield from _meta(page, tuple(others[:20]), locale)
    yield from _jsonld(page, _LD_PUBLISHED[1:], locale)
    yield from _first_post(page, locale)
    yield from _microdata(page, ("datecreated",), locale)


def modified_claims(page: Page, locale: Locale) -> Iterator[DateClaim]:
    """Every declared modification date, in order of precedence."""
    yield from _jsonld(page, ("dateModified",), locale)
    yield from _last_post(page, locale)
    yield from _meta(page, MODIFIED_META, locale)
    yield from _microdata(page, ("datemodified",), locale)
