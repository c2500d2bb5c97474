"""The time of day beside a printed date: "at 18:40", "18h40 Uhr", "kl. 18.40", "下午6:40", "9:30 a.m. ET"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from talkscraper.extraction.dates.builder import TimeOfDay
from talkscraper.extraction.dates.zones import offset_of
from talkscraper.lexicon import Expressions, alternatives

_AT = rf"(?:{alternatives(Expressions.TIME_PREFIX)})"
_AFTERNOON = ("p", "م", "μ", "ب", "अप", "शा", "ptg", "ከሰ", "下", "午後", "오후")
"""How the words for the second half of the day begin, folded: English, Arabic, Greek, Persian, Hindi, Malay …"""
_HALF = (
    r"(?:(a\.?\s?m\.?|p\.?\s?m\.?|صباحا|مساء|ص|م|π\.?μ\.?|μ\.?μ\.?|ق\.?ظ|ب\.?ظ|بعدازظهر|قبل از ظهر"
    r"|पूर्वाह्न|अपराह्न|शाम|सुबह|ptg|pg|ጥዋት|ከሰዓት)(?!\w))?"
)
_ZONE = (
    r"(?:\(?((?:utc|gmt)\s?[+\-]\s?\d{1,2}(?::?\d{2})?|[+\-]\d{2}:?\d{2}(?!\d)|[a-zмск]{1,4}t|[a-z]{3,4}z|utc|мск|wib|wita"
    r"|wit|msk|z)(?!\w)\)?)?"
)
_BETWEEN = rf"(?:\s?(?:г|d|წ|թ)\.?(?!\w))?[\s,.\-|•·/()@]*(?:[^\W\d]{{3,12}}[\s,]+)?(?:{_AT}(?!\w))?[\s,:\-|•·(]*t?"
"""From the date to the time: what ends a year, a weekday, a preposition, marks."""
_HOUR_MINUTE = (
    r"(?:(\d{1,2})\s?(?::|h|时|時|시|点|點)\s?(\d{2})(?:\s?[:分]\s?(\d{2})秒?)?|(\d{1,2})\.(\d{2})(?![\d.])"
    r"|(\d{1,2})(?=\s?(?:am|pm|a\.m|p\.m)))(?!\d)\s?(?:분|分|초)?\s?"
)
_AFTER = re.compile(
    rf"^{_BETWEEN}(上午|下午|午前|午後|오전|오후|am|pm)?\s?{_HOUR_MINUTE}{_HALF}\s?(?:uhr|hrs|hs|h|uur|น\.|ч)?\s*[,|]?\s?{_ZONE}"
)
_BEFORE = re.compile(
    r"(?<![\d:.])(\d{1,2})(?:[:h]|\.(?=\d\d\s*(?:uhr|,)))(\d{2})(?::(\d{2}))?\s?"
    rf"{_HALF}\s?(?:uhr|h)?\s*{_ZONE}"
    r"[\s,\-|•·/]*(?:(?:on|am|den|le|del|el|der|do|of|dated)\s)?(?:[^\W\d]{2,12}[.,]?\s?)?$"
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time, its zone if printed, and its position in the line."""

    time: TimeOfDay
    offset: int | None
    start: int
    end: int


def find_time(line: str, start: int, end: int, day: date, region: str | None) -> Clock | None:
    """The time of day that belongs to the date at ``line[start:end]``: right behind it, else right before it."""
    match = _AFTER.match(line[end : end + 60])
    if match:
        hour = int(match[2] or match[5] or match[7])
        minute = int(match[3] or match[6] or 0)
        second = int(match[4]) if match[4] else None
        if match[1] in ("下午", "午後", "오후", "pm") and hour < 12:
            hour += 12
        half = match[8]
        zone = match[9]
        span = (end + match.start(), end + match.end())
    else:
        before = line[max(0, start - 50) : start]
        match = _BEFORE.search(before)
        if not match:
            return None
        hour, minute, second = int(match[1]), int(match[2]), int(match[3]) if match[3] else None
        half, zone = match[4], match[5]
        span = (max(0, start - 50) + match.start(), start)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith(_AFTERNOON) and half != "pg" else 0)
    if hour > 23 or minute > 59 or (second or 0) > 59:
        return None
    return Clock(TimeOfDay(hour, minute, second), offset_of(zone, day, region) if zone else None, *span)
