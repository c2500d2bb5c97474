"""Which of two numbers is the month, where the page or its URL tells better than the locale."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from talkscraper.extraction.dates.builder import build
from talkscraper.extraction.dates.lines import Reader
from talkscraper.extraction.dates.parser import Reading
from talkscraper.extraction.dates.region import Locale
from talkscraper.model import Precision, PublishedDate

_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})[./-](\d{1,2})[./-](?:19|20)\d\d(?!\d)")


def swap_order(reader: Reader, locale: Locale) -> bool | None:
    """Whether the page's unambiguous numeric dates contradict the locale's order; None where they don't tell.

    Where the country or the language tag told the order, it takes two that agree and none against.
    """
    day_first = month_first = 0
    for line in reader.lines:
        for match in _NUMERIC.finditer(line.text[:300]):
            first, second = int(match[1]), int(match[2])
            day_first += first > 12 >= second
            month_first += second > 12 >= first
    if day_first == month_first or (locale.order_certain and min(day_first, month_first) > 0):
        return None
    if locale.order_certain and max(day_first, month_first) < 2:
        return None
    return (locale.order == "MDY") == (day_first > month_first)


def ordered(reading: Reading, url_day: date | None, swap: Callable[[], bool | None]) -> PublishedDate:
    """The reading with day and month in the order that the URL, or the page's other dates, confirm."""
    days_ago = reading.shape == "relative" and reading.date.precision == Precision.DAY
    if days_ago and url_day is not None and abs((reading.date.day - url_day).days) == 1:
        # "1 day ago" is any moment of two days
        return build(url_day.year, url_day.month, url_day.day, raw=reading.date.raw or "") or reading.date
    if reading.swapped is None:
        return reading.date
    if url_day is not None:
        near, far = abs((reading.date.day - url_day).days), abs((reading.swapped.day - url_day).days)
        if min(near, far) <= 2:
            return reading.date if near <= far else reading.swapped
    return reading.swapped if swap() else reading.date
