"""Links outside of the days that a source fetches (``since``, ``until``), by what documents and addresses say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from talkscraper.discovery.formats.sitemap import SITEMAP
from talkscraper.discovery.formats.web_page import LISTING
from talkscraper.sources.bounds import Bounds
from talkscraper.sources.seed_kinds import ARTICLE
from talkscraper.urls.periods import period_of_article, period_of_document

if TYPE_CHECKING:
    from talkscraper.discovery.model import Link
    from talkscraper.sources.model import Source
    from talkscraper.urls.periods import Period

_DIGITS = re.compile(r"\d+")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


def within_bounds(links: Iterable[Link], source: Source, *, kind: str, via: str) -> tuple[Link, ...]:
    """Return the links that aren't known to be outside of the source's bounds; all if it has none.

    An article's published time decides, else the date in its address, else a change before ``since``, else the period
    that the address of its listing or sitemap names. A further sitemap is outside by the period in its name, or by a
    change before ``since``. What has no date is inside.

    Args:
        links: The links of a document.
        source: The source.
        kind: The kind of seed that the document is.
        via: Its URL.
    """
    links = tuple(links)
    bounds = Bounds.of(source)
    if not bounds:
        return links
    listed = period_of_document(via) if kind in (SITEMAP.name, LISTING.name) else None
    numbered = _numbered(links)
    return tuple(link for link in links if not _is_outside(link, bounds, listed, numbered))


def period_of(link: Link, numbered: frozenset[str] = frozenset()) -> Period | None:
    """Return the period that a link's address names; None for sitemaps that are numbered, of which one is no. 2001."""
    if link.kind == ARTICLE:
        return period_of_article(link.url)
    found = period_of_document(link.url)
    if found is not None and found.unit == "year" and _DIGITS.sub("#", link.url) in numbered:
        return None
    return found


def _is_outside(link: Link, bounds: Bounds, listed: Period | None, numbered: frozenset[str]) -> bool:
    if link.kind not in (ARTICLE, SITEMAP.name):
        return False
    if link.kind == ARTICLE and link.declared_at is not None:
        return bounds.exclude_moment(link.declared_at)
    named = period_of(link, numbered)
    if named is not None and bounds.exclude(named):
        return True
    if link.modified_at is not None and bounds.precede(link.modified_at):
        return True
    return link.kind == ARTICLE and named is None and listed is not None and bounds.exclude(listed)


def _numbered(links: Iterable[Link]) -> frozenset[str]:
    """Return the forms of addresses of sitemaps whose numbers aren't all years."""
    found = set()
    for link in links:
        if link.kind == SITEMAP.name:
            numbers = _DIGITS.findall(link.url.rpartition("/")[2])
            if numbers and not all(len(each) == 4 and _FIRST_YEAR <= int(each) <= _LAST_YEAR for each in numbers):
                found.add(_DIGITS.sub("#", link.url))
    return frozenset(found)
