"""``find_dates``: declared, else printed near the headline, else the URL, else htmldate, else nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from itertools import islice

from lxml.html import HtmlElement

from talkscraper.extraction.dates.builder import in_zone
from talkscraper.extraction.dates.declared_dates import DateClaim, element_day, modified_claims, published_claims
from talkscraper.extraction.dates.fallbacks import htmldate_day, url_day
from talkscraper.extraction.dates.printed_dates import Candidate, find_printed, headline_of
from talkscraper.extraction.dates.region import Locale, locale_of
from talkscraper.extraction.page import Page
from talkscraper.model import Precision, PublishedDate, Rival

MAX_RIVALS = 12
FRESH = timedelta(days=3)
"""Before the capture; declared dates of younger articles aren't compared with the page: on the first days
the declared and the printed date are the same."""
NEIGHBOURS = 400
"""Elements around a headline that are read to check a declared date."""
CLEAR = 2.5
"""Minimum score of a printed date that overrides a declared one."""
_EXACTNESS = [Precision.YEAR, Precision.MONTH, Precision.DAY, Precision.HOUR, Precision.MINUTE, Precision.SECOND]


@dataclass(frozen=True, slots=True, kw_only=True)
class DateFindings:
    """The dates of a page and where each came from; None where the page has none."""

    published: PublishedDate | None = None
    modified: PublishedDate | None = None
    published_rule: str | None = None
    """``jsonld datePublished``, ``meta article:published_time``, ``microdata …``, ``time``, ``printed``, ``url``,
    ``htmldate``."""
    modified_rule: str | None = None
    rivals: tuple[Rival, ...] = ()
    """Publication dates that other rules offered, in the order they were tried."""


def find_dates(
    page: Page,
    language: str | None,
    headline_element: HtmlElement | None,
    *,
    chosen: Sequence[HtmlElement] = (),
    order: str | None = None,
    zone: tzinfo | None = None,
) -> DateFindings:
    """The article's dates.

    Args:
        page: The parsed page; its tree isn't changed, its ``captured_at`` is the base of relative dates.
        language: ISO 639 code of the article's language, or None where it isn't known.
        headline_element: The element that prints the headline, or None.
        chosen: Elements that a source's own selector found: the first that gives a possible day wins.
        order: ``DMY``, ``MDY`` or ``YMD`` where the source is known to write numeric dates so.
        zone: The newsroom's time zone where it is known: times given without an offset are read in it.
    """
    locale = locale_of(page, language)
    if order:
        locale = replace(locale, order=order, order_certain=True)
    selected = next((DateClaim(d, "selector") for e in chosen if (d := element_day(e, locale))), None)
    published = _distinct(published_claims(page, locale))
    if selected is not None:
        published = [selected, *(c for c in published if c.date != selected.date)]
    modified = _distinct(modified_claims(page, locale))
    if not published:
        printed = _printed(page, headline_element, locale)
        published = printed[0]
        modified += [c for c in printed[1] if c.date not in [m.date for m in modified]]
    elif selected is None and page.captured_at - published[0].date.instant > FRESH:
        published = _against_the_page(page, headline_element, locale, published, modified)
    if zone is not None:
        published = [DateClaim(in_zone(c.date, zone), c.rule) for c in published]
        modified = [DateClaim(in_zone(c.date, zone), c.rule) for c in modified]
    won = _sharpened(published)
    if won is not None:
        won = DateClaim(_on_the_url_s_day(won.date, page.url, locale), won.rule)
    changed = _sharpened(modified)
    return DateFindings(
        published=won.date if won else None,
        published_rule=won.rule if won else None,
        modified=changed.date if changed else None,
        modified_rule=changed.rule if changed else None,
        rivals=tuple(
            Rival(value=iso_text(c.date), rule=c.rule) for c in published if won and c.date.day != won.date.day
        )[:MAX_RIVALS],
    )


def iso_text(found: PublishedDate) -> str:
    """A date in ISO 8601 with the precision of the page; times in UTC."""
    if found.precision == Precision.YEAR:
        return f"{found.day:%Y}"
    if found.precision == Precision.MONTH:
        return f"{found.day:%Y-%m}"
    if found.precision == Precision.DAY:
        return found.day.isoformat()
    return found.instant.isoformat().replace("+00:00", "Z")


def _distinct(claims: Iterator[DateClaim]) -> list[DateClaim]:
    seen: list[DateClaim] = []
    for claim in claims:
        if claim.date not in [c.date for c in seen]:
            seen.append(claim)
        if len(seen) > MAX_RIVALS:
            break
    return seen


def _sharpened(claims: list[DateClaim]) -> DateClaim | None:
    """The first claim, or the first that gives the same day with higher precision."""
    if not claims:
        return None
    first = claims[0]
    if first.date.precision in (Precision.MINUTE, Precision.SECOND):
        return first
    for claim in claims[1:]:
        finer = _EXACTNESS.index(claim.date.precision) > _EXACTNESS.index(first.date.precision)
        if finer and _agrees(first.date, claim.date):
            return DateClaim(claim.date, first.rule) if first.rule == "selector" else claim
    return first


def _agrees(coarse: PublishedDate, fine: PublishedDate) -> bool:
    if coarse.precision == Precision.DAY:
        return coarse.day == fine.day
    if coarse.precision == Precision.MONTH:
        return (coarse.day.year, coarse.day.month) == (fine.day.year, fine.day.month)
    return coarse.day.year == fine.day.year


def _against_the_page(
    page: Page, headline: HtmlElement | None, locale: Locale, published: list[DateClaim], modified: list[DateClaim]
) -> list[DateClaim]:
    """The claims, headed by what is clearly printed at the headline where that contradicts the first.

    Content systems declare the day of an import, of a build or of their own clock; a reader sees the article's. An
    earlier printed day wins if no time zone explains it; a later one only if it is declared too, as publication.
    """
    headline = headline if headline is not None else headline_of(page.tree)
    if headline is None:
        return published
    westernmost = (published[0].date.instant - timedelta(hours=12)).date()
    seconded = {c.date.day for c in published[1:]} - {c.date.day for c in modified}
    for candidate in find_printed(_around(headline), headline, locale, None):
        if candidate.score < CLEAR:
            break
        if candidate.role in (None, "published") and candidate.dated:
            day = candidate.date.day
            if day < westernmost or (day in seconded and day > published[0].date.day):
                return [_claim(candidate), *published]
            break
    return published


def _on_the_url_s_day(found: PublishedDate, url: str, locale: Locale) -> PublishedDate:
    """A time in UTC, with the day in the page's URL if that is the day before or after: the newsroom's printed day.

    The instant stays. No zone is further than 14 hours east or 12 west of Greenwich.
    """
    if found.offset_minutes != 0 or found.precision not in (Precision.SECOND, Precision.MINUTE):
        return found
    named = url_day(url, locale)
    if named is None or named.day == found.day:
        return found
    starts = named.instant - timedelta(hours=14)
    ends = named.instant + timedelta(hours=24 + 12)
    return replace(found, day=named.day) if starts <= found.instant < ends else found


def _around(headline: HtmlElement) -> HtmlElement:
    """The largest element around the headline that isn't most of the page: the byline is in it."""
    around = headline
    for ancestor in headline.iterancestors():
        if sum(1 for _ in islice(ancestor.iter(), NEIGHBOURS + 1)) > NEIGHBOURS:
            break
        around = ancestor
    return around


def _printed(page: Page, headline: HtmlElement | None, locale: Locale) -> tuple[list[DateClaim], list[DateClaim]]:
    """``(published, modified)`` claims of what a reader sees, of the URL and of htmldate."""
    from_url = url_day(page.url, locale)
    candidates = find_printed(page.tree, headline, locale, from_url.day if from_url else None)
    published = [_claim(c) for c in candidates if c.role in (None, "published")]
    modified = [_claim(c) for c in candidates if c.role == "modified"]
    if published:
        return published[:MAX_RIVALS], modified[:1]
    if from_url:
        return [DateClaim(from_url, "url")], modified[:1]
    if modified:
        return [DateClaim(modified[0].date, "printed update")], modified[:1]
    guessed = htmldate_day(page.tree, locale)
    return ([DateClaim(guessed, "htmldate")] if guessed else []), []


def _claim(candidate: Candidate) -> DateClaim:
    return DateClaim(candidate.date, candidate.rule)
