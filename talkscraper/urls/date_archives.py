"""Archives by date: addresses such as ``/2024/05/`` or ``?date=2024-05-01``, as a pattern for those of other days.

A pattern is an address in which ``{year}``, ``{month}`` and ``{day}`` (``{m}`` and ``{d}`` without a leading zero)
stand for numbers. It is walked by the calendar, never by links to a previous month, which may go on to the year 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from talkscraper.urls.periods import MAX_LENGTH, Period, Unit, period_of_document

_YEAR = r"(?P<year>(?:19|20)\d\d)"
_MONTH, _DAY = r"(?P<month>0[1-9]|1[0-2]|[1-9](?!\d))", r"(?P<day>0[1-9]|[12]\d|3[01]|[1-9](?!\d))"
_DATE = rf"{_YEAR}(?:(?P<mark>[-_/.]?){_MONTH}(?:(?P=mark){_DAY})?)?"
_PATH = re.compile(rf"/{_DATE}(?P<end>/|/index\.[a-z]{{3,5}}|\.html?)?$")
_VALUE = re.compile(rf"(?:^|&)(?P<name>[a-z_-]{{1,20}})={_DATE}(?=&|$)", re.IGNORECASE)
_PART = re.compile(r"(?P<start>^|&)(?P<name>[a-z]{1,10})=(?P<value>\d{1,4})(?=&|$)", re.IGNORECASE)
_PLACES = {"year": "year", "yyyy": "year", "y": "year", "month": "month", "monthnum": "month", "mm": "month",
           "m": "month", "mo": "month", "day": "day", "dd": "day", "d": "day"}  # fmt: skip

_NAMES = frozenset(_PLACES) | {"date", "archive", "archives", "ym", "ymd", "datum", "fecha", "dt"}


def pattern_of(url: str) -> str | None:
    """Return the pattern of an archive page's address; None if the address isn't one."""
    if len(url) > MAX_LENGTH or "{" in url or period_of_document(url) is None:
        return None
    parts = urlsplit(url)
    head = f"{parts.scheme}://{parts.netloc}"
    if parts.query:
        query = _pattern_of_query(parts.query)
        return None if query is None else f"{head}{parts.path}?{query}"
    found = _PATH.search(parts.path)
    if found is None:
        return None
    return f"{head}{parts.path[: found.start() + 1]}{_places(found)}{found['end'] or ''}"


def _pattern_of_query(query: str) -> str | None:
    found = _VALUE.search(query)
    # without marks between its parts, a number is a date only where it is called one
    if found is not None and found["month"] and (found["mark"] or found["name"].lower() in _NAMES):
        start = found.start("year")
        return f"{query[:start]}{_places(found)}{query[found.end() :]}"
    units: set[str] = set()

    def place(part: re.Match[str]) -> str:
        unit = _PLACES.get(part["name"].lower())
        if unit is None or unit in units or (unit == "year") != (len(part["value"]) == 4):
            return part[0]
        units.add(unit)
        return f"{part['start']}{part['name']}={_place(unit, part['value'])}"

    pattern = _PART.sub(place, query)
    whole = units in ({"year"}, {"year", "month"}, {"year", "month", "day"})
    return pattern if whole else None


def _places(found: re.Match[str]) -> str:
    places = ["{year}"]
    places += [_place(unit, found[unit]) for unit in ("month", "day") if found[unit]]
    return (found["mark"] or "").join(places)


def _place(unit: str, text: str) -> str:
    return f"{{{unit}}}" if unit == "year" or len(text) == 2 else f"{{{unit[0]}}}"


def patterns(urls: Iterable[str]) -> list[str]:
    """Return the patterns of the archive pages among these addresses, those of months first, then days, then years.

    Where one of several addresses has a number without a leading zero, none of them has.
    """
    found = dict.fromkeys(filter(None, map(pattern_of, urls)))
    bare = {_bare(each) for each in found if _bare(each) == each and "{m" in each}
    kept = dict.fromkeys(_bare(each) if _bare(each) in bare else each for each in found)
    return sorted(kept, key=lambda each: ("month", "day", "year").index(unit_of(each)))


def _bare(pattern: str) -> str:
    return pattern.replace("{month}", "{m}").replace("{day}", "{d}")


def unit_of(pattern: str) -> Unit:
    """Return how long the period of one of its pages is."""
    if "{day}" in pattern or "{d}" in pattern:
        return "day"
    return "month" if "{month}" in pattern or "{m}" in pattern else "year"


def prefix_of(pattern: str) -> str:
    """Return what is before the date."""
    return pattern.partition("{")[0]


def address_of(pattern: str, period: Period) -> str:
    """Return the address of the page of a period."""
    day = period.first
    places = {"year": f"{day.year:04}", "month": f"{day.month:02}", "m": str(day.month),
              "day": f"{day.day:02}", "d": str(day.day)}  # fmt: skip
    return re.sub(r"\{(year|month|m|day|d)\}", lambda place: places[place[1]], pattern)
