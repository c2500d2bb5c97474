"""A whole string as dateparser reads it: the last try where the markup says "date" and the patterns see none.

dateparser must be held by the hand to give the same answer everywhere: the languages in the page's order
(``use_given_order``; without it the list is sorted by popularity), a naive base, the day required (a lone "14:00" or
"May" would otherwise be the day of capture), no timestamp parser, no local time zone.
"""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import Any

from talkscraper.extraction.dates.builder import build, possible
from talkscraper.extraction.dates.months import locale_data
from talkscraper.extraction.dates.region import Locale
from talkscraper.model import PublishedDate

MAX_LENGTH = 60


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
