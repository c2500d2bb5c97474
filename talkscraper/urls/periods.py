"""Dates in addresses: the day, month or year that the address of an article, a sitemap or an archive page names."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

Unit = Literal["year", "month", "day"]

MAX_LENGTH = 2083
"""Maximum number of characters of an address that is searched."""

_YEAR = r"(?:19|20)\d\d"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_SEGMENT = re.compile(rf"({_YEAR})(?:([-_.]?)({_MONTH})(?:\2({_DAY}))?)?")
_BEGINS = re.compile(rf"({_YEAR})-({_MONTH})-({_DAY})[-_]")
_SHORT = re.compile(r"\d{1,2}")
_ANYWHERE = re.compile(rf"(?<!\d)({_YEAR})(?:([-_/.]?)({_MONTH}|[1-9](?!\d))(?:\2({_DAY}|[1-9](?!\d)))?)?(?!\d)")
_NAMES = {
    "year": frozenset({"year", "yyyy", "y", "yr"}),
    "month": frozenset({"month", "monthnum", "mm", "m", "mo"}),
    "day": frozenset({"day", "dd", "d"}),
}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from ``first`` to ``last``, both included: a day, a month or a year."""

    first: dt.date
    last: dt.date

    @property
    def unit(self) -> Unit:
        """Whether it is a day, a month or a year."""
        if self.first == self.last:
            return "day"
        return "month" if self.first.month == self.last.month else "year"

    def before(self) -> Period | None:
        """Return the period of the same length before this one; None before the year 1."""
        if self.first <= dt.date(1, 1, 31):
            return None
        previous = self.first - dt.timedelta(days=1)
        return period(previous.year, previous.month, previous.day, unit=self.unit)


def period(year: int, month: int | None = None, day: int | None = None, *, unit: Unit | None = None) -> Period | None:
    """Return the day, month or year of these numbers; None if there is none such."""
    unit = unit or ("year" if month is None else "month" if day is None else "day")
    try:
        if unit == "year":
            return Period(dt.date(year, 1, 1), dt.date(year, 12, 31))
        if unit == "month":
            return Period(
                dt.date(year, month or 0, 1), dt.date(year, month or 0, calendar.monthrange(year, month or 0)[1])
            )
        one = dt.date(year, month or 0, day or 0)
    except (ValueError, IndexError):
        return None
    return Period(one, one)


def period_of_article(url: str) -> Period | None:
    """Return the period that whole folders of an article's address name (``/2024/05/12/``, ``/2024-05-12-slug``).

    A year alone counts only as the first folder: elsewhere it is what an article is about (``/elections/2024/``).
    """
    segments = [segment for segment in urlsplit(url[:MAX_LENGTH]).path.split("/") if segment]
    for position, segment in enumerate(segments):
        begins = _BEGINS.match(segment)
        if begins:
            return period(int(begins[1]), int(begins[2]), int(begins[3]))
        whole = _SEGMENT.fullmatch(segment)
        if whole is None:
            continue
        year, month, day = (int(each) if each else None for each in (whole[1], whole[3], whole[4]))
        if month is None:
            following = segments[position + 1 : position + 3]
            numbers = [int(each) for each in following if _SHORT.fullmatch(each)]
            if not numbers or not _SHORT.fullmatch(following[0]):
                if position == 0 and len(segments) > 1:
                    return period(int(whole[1]))
                continue
            month, day = numbers[0], numbers[1] if len(numbers) > 1 else None
        elif day is None and whole[2] == "" and len(segments) == position + 1:
            continue  # six digits at the end are an identifier as soon as a month
        found = period(year or 0, month, day) or period(year or 0, month)
        if found is not None:
            return found
    return None


def period_of_document(url: str) -> Period | None:
    """Return the period that the address of a sitemap or an archive page names; the last one, if it names several."""
    try:
        parts = urlsplit(url[:MAX_LENGTH])
        pairs = [(name.lower(), value) for name, value in parse_qsl(parts.query, max_num_fields=20)]
    except ValueError:
        return None
    numbers = {
        unit: next((int(value) for name, value in pairs if name in names and re.fullmatch(r"\d{1,4}", value)), None)
        for unit, names in _NAMES.items()
    }
    if numbers["year"] is not None:
        found = period(numbers["year"], numbers["month"], numbers["day"] if numbers["month"] else None)
        if found is not None:
            return found
    texts = [parts.path, *(value for _, value in pairs)]
    found = None
    for text in texts:
        for match in _ANYWHERE.finditer(text):
            year, month, day = int(match[1]), match[3], match[4]
            one = period(year, int(month) if month else None, int(day) if day else None)
            found = one or found
    return found
