"""Parsing of printed dates: every date in a line, in the page's language and calendar.

A line is folded (``normalization``) and searched with patterns built from the month names of the page's languages.
Its parts become a day directly, so that nothing depends on today or on the order in which languages are tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from talkscraper.extraction.dates import calendars
from talkscraper.extraction.dates.builder import TimeOfDay, build, full_year, possible
from talkscraper.extraction.dates.months import MonthNames, calendar_months, month_names, number_of
from talkscraper.extraction.dates.region import Locale
from talkscraper.extraction.dates.relative_dates import find_relative
from talkscraper.extraction.dates.time_of_day import find_time
from talkscraper.model import Precision, PublishedDate

MAX_LINE = 400
"""Characters of a line that are read. Repetitions in the patterns are bounded too, against lines made of commas."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A date found in a line."""

    start: int
    end: int
    """Where in the folded line, its time of day included."""
    date: PublishedDate
    shape: str
    """``full``, ``numeric``, ``short`` (two-digit year), ``yearless``, ``month``, ``relative`` or ``word``."""
    swapped: PublishedDate | None = None
    """The same numbers with day and month the other way round, where that is a date too."""


_ORDINAL = r"(?:\s?(?:st|nd|rd|th|er|re|o|a|\.|:e|:a|-?(?:е|го|ый|ое|ші|шы)|°|an|en|eme|日)(?!\w))?"
_OF = r"[\s.\-/,]{0,6}(?:(?:of|de|di|d'|del|den|da|thang|ngay|the|i)\s|d')?\s*"
_TO_YEAR = r"[\s.,\-/']{0,6}(?:(?:de|del|do|of|г\.|nam|m\.|year|ค\.ศ\.|พ\.ศ\.|ค ศ |عام|سنه)\s?)?[\s,]{0,6}"
_AFTER_YEAR = r"[\s.,\-/]{0,6}(?:(?:г|m|metu|gada|\(?e?\)?ko|оны|ж|ж|-?e?v|թ|წ)\.?(?!\w))?[\s.,]{0,6}"
_DIGIT = re.compile(r"\d")
_D = r"(?<![\d:.])(\d{1,2})"
_Y = r"(\d{4})(?![\d:])"


@lru_cache(maxsize=64)
def _patterns(languages: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    m = f"({month_names(languages).pattern})"
    return (
        (re.compile(_D + _ORDINAL + _OF + m + _TO_YEAR + _Y), "dmy"),
        (re.compile(m + r"\.?\s*(\d{1,2})" + _ORDINAL + r"[\s,.]+(?:de\s|of\s)?" + _Y), "mdy"),
        (re.compile(r"(?<!\d)(\d{4})" + _AFTER_YEAR + m + r"[\s.,\-/]{0,6}(\d{1,2})(?![\d:])"), "ymd"),
        (re.compile(r"(?<!\d)(\d{4})" + _AFTER_YEAR + _D + r"\.?\s*" + m), "ydm"),
        (re.compile(_D + _ORDINAL + _OF + m + r"[\s.\-/]{0,6}'?(\d{2})(?![\d:.]|\s?(?:am|pm|h)\b)"), "dmy2"),
        (re.compile(_D + _ORDINAL + _OF + m + r"(?![\s.,]{0,6}\d{4})"), "dm"),
        (re.compile(m + r"\.?\s*(\d{1,2})" + r"(?:st|nd|rd|th)?(?![\d:./]|\s*(?:am|pm)\b)"), "md"),
        (re.compile(m + r"[\s.,\-/]{0,6}(?:de\s|del\s|of\s)?" + _Y), "my"),
    )


@lru_cache(maxsize=64)
def _any_month(languages: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(month_names(languages).pattern)


_NUMERIC = (
    (re.compile(r"(?<![\d./\-])(\d{4})\s?([./\-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)"), "n-ymd"),
    (re.compile(r"(?<![\d./\-])(\d{1,2})\s?([./\-])\s?(\d{1,2})\s?\2\s?(\d{4})(?![\d]|[./\-]\d)"), "n-dmy"),
    (re.compile(r"(?<![\d./\-:,])(\d{1,2})([./\-])\s?(\d{1,2})\2\s?(\d{2})(?![\d%€$£]|[./,\-]\d|\s?[€$£%])"), "n-dmy2"),
)
_PARTED = re.compile(r"\d\s?[./\-]\s?\d")
"""What all of them hold."""
_SHORT_YEAR_FIRST = re.compile(r"(?<![\d./\-:,])(\d{2})([./\-])\s?(\d{1,2})\2\s?(\d{1,2})(?![\d%]|[/\-]\d)")
"""25.10.28 in East Asia."""
_CJK = (
    (re.compile(r"(令和|平成|昭和|民國|民国|中華民國)?\s?(\d{1,4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日?"), "c-ymd"),
    (re.compile(r"(?<!\d)()(\d{4})\s?년\s?(\d{1,2})\s?월\s?(\d{1,2})\s?일?"), "c-ymd"),
    (re.compile(r"(?<!\d)()(\d{4})\s(?:оны\s)?(\d{1,2})(?:-р|\sдугаар|\sдүгээр)?\sсарын\s(\d{1,2})(?!\d)"), "c-ymd"),
    (re.compile(r"(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号號]"), "c-md"),
)
_ARABIC_SCRIPT = re.compile("[\u0600-\u06ff]")


@lru_cache(maxsize=2)
def _other_calendar(calendar: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    m = f"({calendar_months(calendar).pattern})"
    return (
        (
            re.compile(
                _D + r"[\s.\-/,،]{0,6}(?:من\s)?" + m + r"[\s.,،\-/]{0,6}(?:ماه|سال|عام|سنه)?\s*(1[234]\d\d)(?!\d)"
            ),
            "dmy",
        ),
        (re.compile(r"(?<!\d)(1[234]\d\d)[\s.,،\-/]{0,6}" + m + r"[\s.\-/]{0,6}(\d{1,2})(?!\d)"), "ymd"),
    )


def readings(line: str, locale: Locale) -> list[Reading]:
    """Every date in a folded line, in order of position; none later than the capture plus a day."""
    line = line[:MAX_LINE]
    found: list[Reading] = []
    if not _DIGIT.search(line):
        return list(_relative(line, locale)) if len(line) <= 40 else found
    taken: list[tuple[int, int]] = []
    for start, end, parts in _spans(line, locale):
        if any(start < e and s < end for s, e in taken):
            continue
        reading = _reading(line, start, end, parts, locale)
        if reading:
            found.append(reading)
            taken.append((start, reading.end))
        elif parts.year is not None:
            taken.append((start, end))  # a day that can't be must not be read again without its year
    if not found and len(line) <= 160:
        found.extend(_relative(line, locale))
    return sorted(found, key=lambda r: r.start)


@dataclass(frozen=True, slots=True)
class _DateParts:
    year: int | None
    month: int
    day: int
    shape: str
    swappable: bool = False
    calendar: str | None = None


def _spans(line: str, locale: Locale) -> Iterator[tuple[int, int, _DateParts]]:
    """Candidate spans, the most certain shape first."""
    if _ARABIC_SCRIPT.search(line):
        for calendar in ("persian", "islamic"):
            yield from _named(line, _other_calendar(calendar), calendar_months(calendar), locale, calendar)
    if any(c in line for c in ("月", "년", "월", "сарын")):
        yield from _cjk(line)
    names = month_names(locale.languages)
    # most lines with a number name no month: one search instead of eight
    named = _patterns(locale.languages) if _any_month(locale.languages).search(line) else ()
    yield from _named(line, named[:4], names, locale, None)
    yield from _numeric(line, locale)
    yield from _named(line, named[4:], names, locale, None)


def _named(
    line: str,
    patterns: tuple[tuple[re.Pattern[str], str], ...],
    names: MonthNames,
    locale: Locale,
    calendar: str | None,
) -> Iterator[tuple[int, int, _DateParts]]:
    for pattern, shape in patterns:
        for match in pattern.finditer(line):
            by_letter = dict(zip(shape[:3], match.groups(), strict=False))
            month = number_of(names, by_letter["m"])
            if month is None:
                continue
            year = int(by_letter["y"]) if "y" in by_letter else None
            day = int(by_letter["d"]) if "d" in by_letter else 1
            kind = {"dm": "yearless", "md": "yearless", "my": "month", "dmy2": "short"}.get(shape, "full")
            if shape == "dmy2" and year is not None:
                year = _thai_short(year, locale) or full_year(year, locale.captured_at)
            yield match.start(), match.end(), _DateParts(year, month, day, kind, calendar=calendar)


def _numeric(line: str, locale: Locale) -> Iterator[tuple[int, int, _DateParts]]:
    if not _PARTED.search(line):
        return
    if locale.order == "YMD":
        for match in _SHORT_YEAR_FIRST.finditer(line):
            year = full_year(int(match[1]), locale.captured_at)
            yield match.start(), match.end(), _DateParts(year, int(match[3]), int(match[4]), "short")
    for pattern, shape in _NUMERIC:
        for match in pattern.finditer(line):
            if shape == "n-ymd":
                year, month, day = int(match[1]), int(match[3]), int(match[4])
                yield match.start(), match.end(), _DateParts(year, month, day, "numeric")
                continue
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            kind = "numeric" if shape == "n-dmy" else "short"
            if kind == "short":
                if locale.order == "YMD" and first > 12:
                    continue  # the year stands first: see _SHORT_YEAR_FIRST
                year = _thai_short(year, locale) or full_year(year, locale.captured_at)
            month_first = (second > 12 >= first) or (first <= 12 and locale.order == "MDY" and match[2] != ".")
            month, day = (first, second) if month_first else (second, first)
            swappable = first <= 12 and second <= 12 and first != second
            yield match.start(), match.end(), _DateParts(year, month, day, kind, swappable)


def _cjk(line: str) -> Iterator[tuple[int, int, _DateParts]]:
    for pattern, shape in _CJK:
        for match in pattern.finditer(line):
            if shape == "c-md":
                yield match.start(), match.end(), _DateParts(None, int(match[1]), int(match[2]), "yearless")
                continue
            era, year = match[1], int(match[2])
            if era:
                year += calendars.ERAS.get(era, calendars.MINGUO)
            elif year < 1000:
                year = year + calendars.MINGUO if year >= 100 else year + 2000
            yield match.start(), match.end(), _DateParts(year, int(match[3]), int(match[4]), "full")


def _thai_short(year: int, locale: Locale) -> int | None:
    """``68`` on a Thai page is 2568, which is 2025."""
    if "th" in locale.languages and year >= 50:
        return 2500 + year - calendars.BUDDHIST
    return None


def _gregorian(parts: _DateParts, locale: Locale) -> date | None:
    year = parts.year
    try:
        if year is None:
            today = locale.captured_at.date() + timedelta(days=1)
            this_year = date(today.year, parts.month, min(parts.day, 28)).replace(day=parts.day)
            return this_year if this_year <= today else this_year.replace(year=today.year - 1)
        if parts.calendar == "islamic" or (parts.calendar is None and 1400 <= year < 1500 and "ar" in locale.languages):
            return calendars.islamic(year, parts.month, parts.day)
        if parts.calendar == "persian" or 1300 <= year < 1500:
            return calendars.persian(year, parts.month, parts.day)
        if 2400 < year < 2700:
            year -= calendars.BUDDHIST
        return date(year, parts.month, parts.day)
    except ValueError:
        return None


def _reading(line: str, start: int, end: int, parts: _DateParts, locale: Locale) -> Reading | None:
    day = _gregorian(parts, locale)
    if day is None:
        return None
    if parts.shape == "month":
        found = build(day.year, day.month, precision=Precision.MONTH, raw=line[start:end])
        return Reading(start, end, found, "month") if found and possible(found, locale.captured_at) else None
    clock = find_time(line, start, end, day, locale.region)
    if clock:
        start, end = min(start, clock.start), max(end, clock.end)
    found = build(
        day.year,
        day.month,
        day.day,
        time=clock.time if clock else None,
        offset=clock.offset if clock else None,
        raw=line[start:end].strip(),
    )
    swapped = build(day.year, day.day, day.month, raw=line[start:end].strip()) if parts.swappable else None
    if swapped and not possible(swapped, locale.captured_at):
        swapped = None
    if found is None or not possible(found, locale.captured_at):
        return Reading(start, end, swapped, parts.shape) if swapped else None
    return Reading(start, end, found, parts.shape, swapped)


def _relative(line: str, locale: Locale) -> Iterator[Reading]:
    ago = find_relative(line, locale.languages, locale.captured_at.astimezone(UTC))
    if ago is None:
        return
    moment, start, end = ago.moment, ago.start, ago.end
    clock = find_time(line, start, end, moment.date(), locale.region) if ago.unit == "word" else None
    if clock:
        start, end = min(start, clock.start), max(end, clock.end)
    raw = line[start:end].strip()
    found = build(
        moment.year,
        moment.month,
        moment.day,
        time=clock.time if clock else _time_of(moment, ago.unit),
        offset=(clock.offset if clock else None) if ago.unit in ("word", "day", "week") else 0,
        precision=Precision.HOUR if ago.unit == "hour" else Precision.DAY,
        raw=raw,
    )
    if found and possible(found, locale.captured_at):
        yield Reading(start, end, found, "word" if ago.unit == "word" and not clock else "relative")


def read_clock(line: str, locale: Locale) -> PublishedDate | None:
    """A lone time of day, as one of the last 24 hours before the capture.

    Newsrooms print it in their own zone, which isn't known: a time that is up to 14 hours ahead is still today's.
    """
    clock = find_time(line, 0, 0, locale.captured_at.date(), locale.region)
    if clock is None:
        return None
    today = locale.captured_at.astimezone(UTC).date()
    found = build(today.year, today.month, today.day, time=clock.time, offset=clock.offset, raw=line)
    return found if possible(found, locale.captured_at) else None


def _time_of(moment: datetime, unit: str) -> TimeOfDay | None:
    """How much of a counted distance is a time: "5 minutes ago" is, "3 hours ago" to the hour, "2 days ago" isn't."""
    if unit in ("second", "minute", "hour"):
        return TimeOfDay(moment.hour, moment.minute)
    return None
