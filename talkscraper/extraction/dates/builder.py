"""Construction and validation of a PublishedDate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from talkscraper.model import Precision, PublishedDate

EARLIEST = date(1800, 1, 1)
"""Older dates in markup are empty fields (0001-01-01) or the subject of the article."""
_EMPTY_FIELDS = frozenset({date(1970, 1, 1), date(1900, 1, 1), date(1969, 12, 31), date(1899, 12, 30)})
GRACE = timedelta(days=1)
"""How far a date may lie after its capture: newsrooms and capturing machines live in different time zones."""


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time as printed; ``second`` is None where only hours and minutes were."""

    hour: int
    minute: int
    second: int | None = None
    microsecond: int = 0


def build(
    year: int,
    month: int = 1,
    day: int = 1,
    *,
    time: TimeOfDay | None = None,
    offset: int | None = None,
    precision: Precision = Precision.DAY,
    raw: str,
) -> PublishedDate | None:
    """A date from its parts, or None where there is no such day or time.

    Without an offset a time is read as UTC. With a time, ``precision`` counts only if it is an hour.
    """
    try:
        printed = date(year, month, day)
        if printed < EARLIEST or printed in _EMPTY_FIELDS:
            return None
        if time is None:
            instant = datetime(year, month, day, tzinfo=UTC)
            return PublishedDate(instant=instant, precision=precision, day=printed, raw=raw)
        if time.hour == 24 and time.minute == 0:
            local = datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)
            printed = local.date()
        else:
            local = datetime(
                year, month, day, time.hour, time.minute, min(time.second or 0, 59), time.microsecond, tzinfo=UTC
            )
        return PublishedDate(
            instant=local - timedelta(minutes=offset or 0),
            precision=_precision(time, precision),
            day=printed,
            offset_minutes=offset,
            raw=raw,
        )
    except (ValueError, OverflowError):
        return None


def _precision(time: TimeOfDay, asked: Precision) -> Precision:
    if asked == Precision.HOUR:
        return asked
    return Precision.MINUTE if time.second is None else Precision.SECOND


def in_zone(found: PublishedDate, zone: tzinfo) -> PublishedDate:
    """A time without an offset, read in the newsroom's zone instead of UTC; anything else as it is."""
    if found.offset_minutes is not None or found.precision not in (Precision.SECOND, Precision.MINUTE):
        return found
    local = found.instant.replace(tzinfo=zone)
    offset = local.utcoffset() or timedelta()
    return replace(found, instant=found.instant - offset, offset_minutes=int(offset.total_seconds() // 60))


def possible(found: PublishedDate | None, captured_at: datetime) -> bool:
    """Whether there is a date that is at most a day after the capture."""
    return found is not None and found.instant <= captured_at + GRACE


def full_year(two_digits: int, captured_at: datetime) -> int:
    """``25`` → 2025: the latest year with these digits that isn't after the capture's."""
    year = captured_at.year - captured_at.year % 100 + two_digits
    return year if year <= captured_at.year else year - 100
