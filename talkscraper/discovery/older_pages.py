"""Older parts of a site: the articles of a sitemap or list page, its next page, further sitemaps, archives by date.

Unlike a crawl's reading of seeds (``listings``), which takes the newest, this follows a list to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.discovery.article_rules import own, refusal
from talkscraper.discovery.date_bounds import within_bounds
from talkscraper.discovery.feed_dates import moment
from talkscraper.discovery.formats.sitemap import SITEMAP
from talkscraper.discovery.listings import NEXT_WORDS
from talkscraper.discovery.seed_format import SeedDocument, read_document
from talkscraper.sources.bounds import Bounds
from talkscraper.sources.seed_kinds import ARTICLE
from talkscraper.urls.canonical import cleaned
from talkscraper.urls.date_archives import pattern_of, patterns
from talkscraper.urls.page_numbers import page_number, page_number_in, unnumbered
from talkscraper.urls.periods import period_of_article, period_of_document
from talkscraper.urls.validity import fault_of

if TYPE_CHECKING:
    from lxml.etree import _Element

    from talkscraper.discovery.model import Link
    from talkscraper.discovery.page_links import WebPage
    from talkscraper.sources.model import Source

MAX_ARCHIVES = 8
"""Maximum number of archives by date that are taken from one page."""
MAX_TIMES = 1000
"""Maximum number of times on a page that are read."""
_ABOVE, _INSIDE = 6, 200
"""Number of ancestors of a time, and of elements in one of these, among which the article's link is searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderPage:
    """What one page of a door names."""

    articles: tuple[Link, ...] = ()
    """Within the bounds, or undated; the newest first, or in page order."""
    older: int = 0
    """Number of articles that are known to be older than the bounds."""
    sitemaps: tuple[Link, ...] = ()
    """Further sitemaps within the bounds, the newest first."""
    next_url: str | None = None
    archives: tuple[str, ...] = ()
    """Patterns of archives by date to which the page links."""


def read_older_page(kind: str, body: bytes, url: str, source: Source, content_type: str | None = None) -> OlderPage:
    """Return what a page of a door names; runs in a worker process.

    Args:
        kind: The kind of seed that is expected.
        body: The page.
        url: Its URL, after redirects.
        source: The source, with the bounds of the backfill.
        content_type: The response's Content-Type header.

    Raises:
        Unreadable: it is neither a list nor a sitemap.
    """
    found = read_document(kind, body, url, source, content_type)
    is_page = found.form == "page"
    named = [
        link
        for link in found.links
        if link.kind == ARTICLE and own(link.url, source)
        and refusal(link, source, names_all_pages=found.names_all_pages) is None
    ]  # fmt: skip
    following = found.next_url
    archives: tuple[str, ...] = ()
    if is_page:
        document = SeedDocument(body, url, source, content_type)
        page = document.page
        times = _times(page.tree, page, {link.url for link in named})
        named = [replace(link, declared_at=link.declared_at or times.get(link.url)) for link in named]
        articles = {link.url for link in named}
        following = _next_page(page, cleaned(url), source, articles)
        archives = tuple(_archives(page, source, articles))
    actual = found.kind or kind
    inside = within_bounds(named, source, kind=actual, via=url)
    sitemaps = within_bounds(
        [link for link in found.links if link.kind == SITEMAP.name and own(link.url, source)] if not is_page else [],
        source, kind=actual, via=url,
    )  # fmt: skip
    kept = {link.url for link in inside}
    return OlderPage(
        articles=inside,
        older=sum(_is_before(link, source) for link in named if link.url not in kept),
        sitemaps=sitemaps,
        next_url=following if following is not None and own(following, source) else None,
        archives=archives,
    )


def _is_before(link: Link, source: Source) -> bool:
    bounds = Bounds.of(source)
    if link.declared_at is not None:
        return bounds.precede(link.declared_at)
    named = period_of_article(link.url)
    return named is not None and bounds.is_before(named.last)


# --- the next page of a list ------------------------------------------------------------------------------------------


def _next_page(page: WebPage, here: str, source: Source, articles: set[str]) -> str | None:
    """Return the list's next page: declared, by its words, or by its number."""
    targets = [(cleaned(url), "", "next" in rel) for url, rel, _, _ in page.head_links() if "next" in rel]
    targets += [(cleaned(anchor.url), anchor.text, "next" in anchor.rel) for anchor in page.anchors]
    current = page_number(here) or 1
    numbered = None
    for target, text, declared in targets:
        if target == here or target in articles or fault_of(target) is not None or not own(target, source):
            continue
        if period_of_document(target) != period_of_document(here):
            continue  # the next month is no next page
        number = page_number(target)
        if number is not None and number <= current:
            continue
        if declared or (len(text) <= 30 and NEXT_WORDS.fullmatch(text) and (number or _is_query_of(target, here))):
            return target
        if number == current + 1 and numbered is None and _form(target, here):
            numbered = target
    return numbered


def _form(target: str, here: str) -> bool:
    """Whether two addresses are pages of one list: the same but for the page's number."""
    return unnumbered(target) == unnumbered(here)


def _is_query_of(target: str, here: str) -> bool:
    one, other = urlsplit(target), urlsplit(here)
    return bool(one.query) and (one.netloc, one.path) == (other.netloc, other.path)


# --- archives and times -----------------------------------------------------------------------------------------------


def _archives(page: WebPage, source: Source, articles: set[str]) -> Iterator[str]:
    targets = (cleaned(anchor.url) for anchor in page.anchors)
    dated = [
        target
        for target in targets
        if target not in articles and own(target, source) and fault_of(target) is None
        and page_number_in(target) is None and pattern_of(target) is not None
    ]  # fmt: skip
    return islice(patterns(dated), MAX_ARCHIVES)


def _times(tree: _Element, page: WebPage, articles: set[str]) -> dict[str, datetime]:
    """Return the times beside links: of a ``<time>``, the article whose link is alone in an element around both."""
    from talkscraper.discovery.model import joined

    found: dict[str, datetime] = {}
    for element in islice(tree.iter("time"), MAX_TIMES):
        when = moment(element.get("datetime"))
        if when is None:
            continue
        for above in islice(element.iterancestors(), _ABOVE):
            anchors: Iterable[_Element] = (each for each in islice(above.iter(), _INSIDE) if each.tag == "a")
            urls = (joined(page.base, each.get("href") or "") for each in anchors)
            linked = {cleaned(url) for url in urls if url is not None} & articles
            if len(linked) == 1:
                url = linked.pop()
                found[url] = min(when, found.get(url, when))
            if linked or len(above) > _INSIDE:
                break
    return found
