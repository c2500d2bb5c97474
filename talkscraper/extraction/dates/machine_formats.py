"""Machine-readable dates: ISO 8601, RFC 2822, JavaScript, epoch seconds. No language needed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from talkscraper.extraction.dates.builder import TimeOfDay, build
from talkscraper.extraction.dates.zones import offset_of
from talkscraper.model import Precision, PublishedDate

MAX_LENGTH = 80
"""Maximum length of a declared date; the longest valid one has about 60 characters."""

_ISO = re.compile(
    r"""^\s*([12]\d{3})([-/.])(\d{1,2})\2(\d{1,2})
    (?:[T\s,_]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,:](\d{1,9}))?)?
      \s*(am|pm|a\.m\.|p\.m\.)?\s*
      (Z|UTC|GMT|(?:UTC|GMT)?\s?[+\-−]\s?\d{1,2}(?::?\d{2})?|[A-Z]{2,5})?
      (?:\s*\[[^\]]{0,40}\])?
    |T|[+\-]\d{2}:?\d{2}|Z)?\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_COMPACT = re.compile(
    r"^\s*((?:19|20)\d{2})([01]\d)([0-3]\d)(?:T?([0-2]\d)([0-5]\d)([0-5]\d)?\s*(Z|[+\-]\d{2}:?\d{2})?)?\s*$"
)
_EPOCH = re.compile(r"^\s*(\d{10})(?:\.\d+)?\s*$|^\s*(\d{13})\s*$")
_MONTH = re.compile(r"^\s*((?:19|20)\d{2})-(\d{2})\s*$")
_YEAR = re.compile(r"^\s*((?:19|20)\d{2})\s*$")
_RFC = re.compile(
    r"""^\s*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?
    (?:(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s,-]+(\d{4})|([a-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(\d{4}))
    [\s,T-]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(am|pm)?
    \s*(Z|(?:UTC|GMT)?\s?[+\-]\s?\d{1,2}:?\d{2}|[a-z]{1,5})?(?:\s*\([^)]{0,60}\))?\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_UNIX = re.compile(  # date(1): Tue Oct 28 23:30:00 UTC 2025
    r"^\s*[a-z]{3},?\s+([a-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+([a-z]{1,5}|[+-]\d{4})\s+(\d{4})\s*$",
    re.IGNORECASE,
)
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
    "nov": 11, "dec": 12,
}  # fmt: skip


def hour_of(hour: int, half: str | None) -> int:
    """The hour on a 24-hour clock, ``half`` being am, pm or None."""
    if half is None:
        return hour
    return hour % 12 + (12 if half.lower().startswith("p") else 0)


def parse(text: str, region: str | None = None) -> PublishedDate | None:
    """The date in a machine-readable string, or None. ``region`` decides letters such as ``IST``."""
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        return None
    match = _ISO.match(text)
    if match:
        return _iso(match, text, region)
    match = _COMPACT.match(text)
    if match:
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        if match[4] is None:
            return build(year, month, day, raw=text)
        clock = TimeOfDay(int(match[4]), int(match[5]), int(match[6]) if match[6] else None)
        offset = offset_of(match[7], datetime(2000, 1, 1, tzinfo=UTC).date()) if match[7] else None
        return build(year, month, day, time=clock, offset=offset, raw=text)
    match = _EPOCH.match(text)
    if match:
        seconds = int(match[1]) if match[1] else int(match[2]) // 1000
        instant = datetime.fromtimestamp(seconds, UTC)
        clock = TimeOfDay(instant.hour, instant.minute, instant.second)
        return build(instant.year, instant.month, instant.day, time=clock, offset=0, raw=text)
    match = _MONTH.match(text)
    if match:
        return build(int(match[1]), int(match[2]), precision=Precision.MONTH, raw=text)
    match = _YEAR.match(text)
    if match:
        return build(int(match[1]), precision=Precision.YEAR, raw=text)
    return _english(text, region)


def _iso(match: re.Match[str], text: str, region: str | None) -> PublishedDate | None:
    year, month, day = int(match[1]), int(match[3]), int(match[4])
    printed = build(year, month, day, raw=text)
    if match[5] is None or printed is None:
        return printed
    fraction = int((match[8] or "0").ljust(6, "0")[:6])
    second = int(match[7]) if match[7] else None
    clock = TimeOfDay(hour_of(int(match[5]), match[9]), int(match[6]), second, fraction)
    offset = offset_of(match[10], printed.day, region) if match[10] else None
    return build(year, month, day, time=clock, offset=offset, raw=text) or printed


def _english(text: str, region: str | None) -> PublishedDate | None:
    """RFC 2822, JavaScript's Date, date(1)."""
    match = _UNIX.match(text)
    if match:
        month, day, year = _MONTHS.get(match[1].lower()), int(match[2]), int(match[7])
        clock = TimeOfDay(int(match[3]), int(match[4]), int(match[5]))
        zone = match[6]
    else:
        match = _RFC.match(text)
        if not match:
            return None
        month = _MONTHS.get((match[2] or match[4]).lower())
        day, year = int(match[1] or match[5]), int(match[3] or match[6])
        clock = TimeOfDay(hour_of(int(match[7]), match[10]), int(match[8]), int(match[9]) if match[9] else None)
        zone = match[11]
    if month is None:
        return None
    printed = build(year, month, day, raw=text)
    if printed is None:
        return None
    offset = offset_of(zone, printed.day, region) if zone else None
    return build(year, month, day, time=clock, offset=offset, raw=text) or printed
