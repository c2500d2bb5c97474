"""Values of a query's fields: days, and ranges of numbers."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from talkscraper.errors import QueryError
from talkscraper.whole_numbers import whole_number

_RANGE = re.compile(r"(?P<sign>>=|<=|[<>=]?)(?P<bound>\d+)|(?P<low>\d*)\.\.(?P<high>\d*)", re.ASCII)
MAX_NUMBER = 10**15
"""The largest number in a query, and the upper bound of a range that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """A restriction to articles whose column holds a number from ``low`` to ``high``, both inclusive."""

    column: str
    low: int
    high: int


def day(text: str | date, *, last: bool) -> str:
    """Return a day as ISO date; of a month (2025-10) or year the first or ``last`` day.

    Raises:
        QueryError: it isn't a date.
    """
    if isinstance(text, date):
        return text.isoformat()[:10]
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T.*)?", text.strip())
    try:
        if found is None:
            raise ValueError
        year = int(found[1])
        month = int(found[2]) if found[2] else 12 if last else 1
        number = int(found[3]) if found[3] else calendar.monthrange(year, month)[1] if last else 1
        return date(year, month, number).isoformat()
    except (ValueError, calendar.IllegalMonthError) as e:
        raise QueryError(f"{text[:40]!r} isn't a day: write it as 2025-10-28, 2025-10 or 2025") from e


def period(text: str, *, name: str) -> str | None:
    """Return ``yes``, ``no``, or a day, month or year as written in an index of periods; None if it is a number.

    Raises:
        QueryError: it is none of these; ``name`` is the field's word for the message.
    """
    value = text.strip().casefold()
    if value in ("yes", "no"):
        return value
    found = re.fullmatch(r"((?:19|20|21)\d\d)(?:-(\d{1,2})(?:-(\d{1,2}))?)?", value, re.ASCII)
    if found is not None:
        day(value, last=False)
        return "-".join([found[1], *(each.zfill(2) for each in found.groups()[1:] if each)])
    if _RANGE.fullmatch(value):
        return None
    raise QueryError(f"{text[:40]!r} isn't a day: write {name}:yes, {name}:2025, {name}:2025-10 or {name}:2025-10-28")


def number_range(column: str, text: str, *, name: str) -> NumberRange:
    """Return the range of numbers that ``text`` means: ``>500``, ``<=200``, ``300..800``, ``300..`` or ``500``.

    Raises:
        QueryError: it isn't one; ``name`` is the field's word for the message.
    """
    wrong = f"{text[:40]!r} isn't a number: write {name}:>500, {name}:<=200 or {name}:300..800"
    found = _RANGE.fullmatch(text)
    if found is None or text == "..":
        raise QueryError(wrong)
    bounds = {}
    for part in ("bound", "low", "high"):
        if found[part]:
            number = whole_number(found[part], most=MAX_NUMBER)
            if number is None:
                raise QueryError(wrong)
            bounds[part] = number
    low, high = bounds.get("low", 0), bounds.get("high", MAX_NUMBER)
    if low > high:
        raise QueryError(f"{text[:40]!r} holds no number: write the smaller one first, as in {name}:300..800")
    if "bound" in bounds:
        bound, sign = bounds["bound"], found["sign"]
        if sign in (">", ">="):
            low = bound + (sign == ">")
        elif sign in ("<", "<="):
            high = bound - (sign == "<")
        else:
            low = high = bound
    return NumberRange(column=column, low=low, high=high)
