"""Fallbacks where no date is declared or printed as a known pattern: dateparser, the URL, htmldate.

dateparser needs settings to give the same answer everywhere: the languages in the page's order (``use_given_order``;
without it the list is sorted by popularity), a naive base, the day required (a lone "14:00" or "May" would otherwise
be the day of capture), no timestamp parser, no local time zone.
"""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import UTC, date, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from talkscraper.extraction.dates import machine_formats
from talkscraper.extraction.dates.builder import build, possible
from talkscraper.extraction.dates.hints import elsewhere
from talkscraper.extraction.dates.months import locale_data, month_names
from talkscraper.extraction.dates.region import Locale
from talkscraper.html.removal import take_out
from talkscraper.model import PublishedDate

_URL_DAY = (
    re.compile(r"(?<!\d)((?:19|20)\d{2})([-/_.])(\d{1,2})\2(\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)((?:19|20)\d{2})()([01]\d)([0-3]\d)(?!\d)"),
    re.compile(r"(?<!\d)((?:19|20)\d{2})()/([01]\d)([0-3]\d)(?=/)"),
    re.compile(r"(?<!\d)((?:19|20)\d{2})([-/])([a-z]{3,9})\2(\d{1,2})(?![\da-z])", re.IGNORECASE),
)
EARLIEST = date(1995, 1, 1)
MAX_LENGTH = 60


def url_day(url: str, locale: Locale) -> PublishedDate | None:
    """The day in a URL's path such as ``/2025/10/28/`` or ``-20251028``."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    for pattern in _URL_DAY:
        for match in pattern.finditer(path):
            month = int(match[3]) if match[3].isdigit() else month_names(("en",)).number.get(match[3].lower(), 0)
            found = build(int(match[1]), month, int(match[4]), raw=match[0])
            if found and found.day >= EARLIEST and possible(found, locale.captured_at):
                return found
    return None


def htmldate_day(tree: HtmlElement, locale: Locale) -> PublishedDate | None:
    """What htmldate finds in the article's own part of the page, or None.

    The headline, footers, sidebars and other articles are removed, and so are declarations: all of these were tried
    before, and htmldate takes a day of change for one of publication.

    Only its fast search: the extensive one uses dateparser, whose years depend on today, and invents first days of
    years out of copyright lines.
    """
    from htmldate import find_date

    pruned = deepcopy(tree)
    etree.strip_elements(pruned, "title", "h1", "meta", "script", "style", "svg", with_tail=False)
    for element in list(pruned.iter()):
        if elsewhere(element):
            take_out(element)
    latest = (locale.captured_at + timedelta(days=1)).date()
    try:
        text = find_date(
            pruned,
            extensive_search=False,
            original_date=True,
            url="",
            min_date=EARLIEST.isoformat(),
            max_date=latest.isoformat(),
        )
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    found = machine_formats.parse(text) if text else None
    if found is None or (found.day.month, found.day.day) == (1, 1):
        return None
    return found if possible(found, locale.captured_at) else None


@lru_cache(maxsize=64)
def _known(languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(language for language in languages if locale_data(language))


def read_whole(text: str, locale: Locale) -> PublishedDate | None:
    """The day in a short string, to the day at most; None where dateparser sees none or one after the capture."""
    if not 4 <= len(text) <= MAX_LENGTH:
        return None
    from dateparser.date import DateDataParser

    settings: dict[str, Any] = {
        "RELATIVE_BASE": locale.captured_at.astimezone(UTC).replace(tzinfo=None),
        "PREFER_DATES_FROM": "past",
        "REQUIRE_PARTS": ["day", "month"],
        "DATE_ORDER": locale.order,
        "TIMEZONE": "UTC",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "PARSERS": ["relative-time", "absolute-time"],
    }
    parser = DateDataParser(languages=list(_known(locale.languages)), use_given_order=True, settings=settings)
    try:
        moment = parser.get_date_data(text).date_obj
    except (ValueError, OverflowError, TypeError):
        return None
    if moment is None:
        return None
    found = build(moment.year, moment.month, moment.day, raw=text)
    return found if possible(found, locale.captured_at) else None
