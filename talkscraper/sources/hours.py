"""Time windows of a source (``hours = "22:00-06:00"``), in its time zone: when requests may be sent.

Windows are of the clock on the wall: when clocks are put forward or back, one may be an hour shorter or longer, and a
window that lies in the skipped hour is left out on that day.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from talkscraper.sources.values import ValueRefused

if TYPE_CHECKING:
    from talkscraper.sources.model import Source

MAX_WINDOWS = 24
DAY_MINUTES = 24 * 60
MAX_SEARCH = timedelta(days=3)
"""How far ahead the next opening is searched; a window that a change of clocks skips opens a day later."""

_WINDOW = re.compile(r"\s*([0-2]?\d):([0-5]\d)\s*[-–]\s*([0-2]?\d):([0-5]\d)\s*", re.ASCII)


@lru_cache(maxsize=4096)
def windows(text: str) -> tuple[tuple[int, int], ...]:
    """Return windows as minutes of the day, from and until (exclusive); a window over midnight ends before it begins.

    Raises:
        ValueRefused: the text is no list of windows.
    """
    parts = text.split(",")
    if len(parts) > MAX_WINDOWS:
        raise ValueRefused(f"more than {MAX_WINDOWS} windows")
    return tuple(_window(part, text) for part in parts)


def checked_hours(text: str) -> str:
    """Check a list of windows."""
    windows(text)
    return text


def is_open(source: Source, moment: datetime) -> bool:
    """Whether requests for a source may be sent at an instant."""
    if source.hours is None:
        return True
    return _is_within(windows(source.hours), _minute(moment.astimezone(_zone(source.timezone))))


def opens_at(source: Source, moment: datetime) -> datetime | None:
    """Return when a source's window opens next; None if it is open."""
    return None if source.hours is None else next_opening(source.hours, source.timezone, moment)


def next_opening(text: str, timezone: str | None, moment: datetime) -> datetime | None:
    """Return the next instant within windows, to the minute; None if ``moment`` is within one."""
    zone, there = _zone(timezone), windows(text)
    if _is_within(there, _minute(moment.astimezone(zone))):
        return None
    minute = moment.astimezone(UTC).replace(second=0, microsecond=0)
    end = minute + MAX_SEARCH
    while minute < end:
        # minute by minute: no rule about clocks that change is needed
        minute += timedelta(minutes=1)
        if _is_within(there, _minute(minute.astimezone(zone))):
            break
    return minute


def in_words(source: Source, moment: datetime) -> str:
    """Return until when a source waits, as ``until 22:00 Africa/Nairobi``; of another day with its date."""
    opening = opens_at(source, moment) or moment
    zone = _zone(source.timezone)
    there, now = opening.astimezone(zone), moment.astimezone(zone)
    form = "%H:%M" if there.date() == now.date() else "%Y-%m-%d %H:%M"
    return f"until {there.strftime(form)} {source.timezone or 'UTC'}"


def _window(part: str, text: str) -> tuple[int, int]:
    match = _WINDOW.fullmatch(part)
    if match is None:
        raise ValueRefused(f"{text!r} is not a time window (write it as in '22:00-06:00', several with commas)")
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if start >= DAY_MINUTES or end > DAY_MINUTES:
        raise ValueRefused(f"{part.strip()!r}: a day ends at 24:00")
    if start == end:
        raise ValueRefused(f"{part.strip()!r} begins when it ends; 00:00-24:00 is the whole day")
    return start, end


def _is_within(there: tuple[tuple[int, int], ...], minute: int) -> bool:
    return any(start <= minute < end if start < end else minute >= start or minute < end for start, end in there)


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


@lru_cache(maxsize=1024)
def _zone(name: str | None) -> ZoneInfo:
    return ZoneInfo(name or "UTC")
