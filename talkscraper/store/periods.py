"""Periods of a timeline: days as printed, weeks from Monday (ISO 8601), months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "month"]
UNITS: tuple[Unit, ...] = ("day", "week", "month")

DAYS_BY_DAY = 62
"""Maximum span that is divided into days, where no unit is asked for."""
DAYS_BY_WEEK = 366


def suiting(first: date, last: date) -> Unit:
    """Return the unit that suits a span of time."""
    days = (last - first).days
    return "day" if days <= DAYS_BY_DAY else "week" if days <= DAYS_BY_WEEK else "month"


def period_of(day: date, unit: Unit) -> date:
    """Return the first day of the period that contains ``day``."""
    if unit == "day":
        return day
    if unit == "week":
        # the first days of year 1, a Monday, are the earliest there are
        return day - timedelta(days=day.weekday())
    return day.replace(day=1)


def last_day(start: date, unit: Unit) -> date:
    """Return the last day of the period that begins at ``start``."""
    if start >= date.max - timedelta(days=31):
        return date.max if unit != "day" else start
    if unit == "month":
        return (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return start + timedelta(days=6 if unit == "week" else 0)


def periods(first: date, last: date, unit: Unit) -> Iterator[date]:
    """Yield the first day of each period from that of ``first`` to that of ``last``."""
    start = period_of(first, unit)
    while True:
        yield start
        end = last_day(start, unit)
        if end >= last:
            return
        start = end + timedelta(days=1)


def backwards(first: date, last: date, unit: Unit, most: int) -> tuple[date, ...]:
    """Return the newest ``most`` of the periods from ``first`` to ``last``, in order."""
    found = [start := period_of(last, unit)]
    while start > first and len(found) < most:
        start = period_of(start - timedelta(days=1), unit)
        found.append(start)
    return tuple(reversed(found))


def period_name(start: date, unit: Unit) -> str:
    """Return a period in words: ``28 October 2025``, ``week 44 of 2025, from 27 October``, ``October 2025``."""
    if unit == "day":
        return f"{start.day} {start:%B} {start.year}"
    if unit == "month":
        return f"{start:%B} {start.year}"
    year, week, _ = start.isocalendar()
    return f"week {week} of {year}, from {start.day} {start:%B}"


def short_name(start: date, unit: Unit) -> str:
    """Return a short label for an axis: ``28 Oct``, ``W44 2025``, ``Oct 2025``."""
    if unit == "day":
        return f"{start.day} {start:%b}"
    if unit == "month":
        return f"{start:%b} {start.year}"
    year, week, _ = start.isocalendar()
    return f"W{week:02} {year}"
