"""Relative dates: "3 hours ago", "gestern 18:40", "3時間前".

The phrases are CLDR's, out of dateparser's tables, compiled into one search per language; dateparser itself reads
only whole strings, while a byline has the author and the reading time around the date. The capture time is the base.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from talkscraper.extraction.dates.months import locale_data
from talkscraper.extraction.dates.normalization import fold
from talkscraper.lexicon import Tables, table

_UNIT = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400}
_LETTERS = re.compile(r"[^\W\d_]+")
_OPTIONAL = re.compile(r"\(\?:[^()]*\)\??|\[[^\]]*\]\??|\\.\??|.\?")
_NUMBER = re.compile(r"\d+")
_GROUP = r"(\d++[.,]?\d*+)"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class RelativeDate:
    """A phrase found in a text, and the moment it means."""

    start: int
    end: int
    moment: datetime
    """Base minus the distance, in the base's zone."""
    unit: str
    """``second`` … ``week``, or ``word`` for today and yesterday."""


@dataclass(frozen=True, slots=True)
class _Phrases:
    counted: tuple[tuple[re.Pattern[str], str], ...]
    stems: tuple[str, ...]
    """A text that has none of these has no counted phrase."""
    words: re.Pattern[str] | None
    days: dict[str, int]
    numbers: tuple[tuple[re.Pattern[str], str], ...]
    numeral: re.Pattern[str]
    """Any of them."""
    weekdays: re.Pattern[str] | None
    weekday: dict[str, int]


@lru_cache(maxsize=64)
def _phrases(language: str) -> _Phrases:
    info = locale_data(language)
    counted: list[tuple[re.Pattern[str], str]] = []
    stems: set[str] = set()
    for unit in _UNIT:
        sources = [
            fold(pattern.replace(_GROUP, "#").replace("\\s*", " ")).replace(" ", r"\s?")
            for pattern in info.get("relative-type-regex", {}).get(f"\\1 {unit} ago", [])
            if re.fullmatch(r"[^\\+*\[\]()]*#[^\\+*\[\]()]*", pattern.replace(_GROUP, "#").replace("\\s*", " "))
        ]
        sources += [s.replace(" ", r"\s?") for s in table(Tables.TIME_AGO, language).get(unit, ())]
        if sources:
            longest_first = sorted(set(sources), key=lambda s: (-len(s), s))
            joined = "|".join(_guarded(s) for s in longest_first)
            counted.append((re.compile(joined), unit))
            stems.update(map(_stem, sources))
    days = {word: int(back) for back, found in table(Tables.DAYS_AGO, language).items() for word in found}
    for key, back in (("0 day ago", 0), ("1 day ago", 1), ("2 day ago", 2)):
        for word in info.get("relative-type", {}).get(key, []):
            days.setdefault(fold(word), back)
    words = None
    if days:
        longest = sorted(days, key=lambda w: (-len(w), w))
        words = re.compile("|".join(_guarded(re.escape(w).replace(r"\ ", r"\s?")) for w in longest))
    numbers = [
        (re.compile(_guarded(re.escape(fold(word)))), digit)
        for entry in info.get("simplifications", [])
        for word, digit in entry.items()
        if digit.isdigit() and re.fullmatch(r"[\w ]+", word) and not any(c.isdigit() for c in word)
    ]
    if language == "en":
        numbers.append((re.compile(r"(?<!\w)(?:an|a|one)(?!\w)"), "1"))
    weekday = {
        fold(name): index for index, day in enumerate(WEEKDAYS) for name in info.get(day, []) if len(fold(name)) > 2
    }
    named = "|".join(_guarded(re.escape(w)) for w in sorted(weekday, key=lambda w: (-len(w), w)))
    weekdays = (
        re.compile(rf"(?:{named})(?=[\s,]{{1,3}}(?:[^\W\d]{{1,4}}\.?\s)?\d{{1,2}}[:.h]\d\d(?!\d))") if named else None
    )
    numeral = re.compile("|".join(pattern.pattern for pattern, _ in numbers) or "(?!)")
    return _Phrases(tuple(counted), _shortest(stems), words, days, tuple(numbers), numeral, weekdays, weekday)


def _stem(source: str) -> str:
    """The longest run of letters that all matches of a phrase's expression have; empty where there is none."""
    plain = _OPTIONAL.sub(" ", source.replace(r"\s?", " "))
    return max(_LETTERS.findall(plain), key=len, default="")


def _shortest(stems: set[str]) -> tuple[str, ...]:
    """Those that no other one is a part of."""
    return tuple(sorted(s for s in stems if not any(other in s for other in stems if other != s)))


def _guarded(pattern: str) -> str:
    """Not inside a word; where words aren't spaced there is nothing to guard."""
    body = pattern.replace("#", r"(?:\d{1,3})")
    bounded = not any("\u0e00" <= c < "\u1100" or c > "\u2e80" for c in pattern)
    return rf"(?<![\w.,:])(?:{body})(?!\w)" if bounded else rf"(?<![\d.,:])(?:{body})"


def find_relative(text: str, languages: tuple[str, ...], base: datetime) -> RelativeDate | None:
    """The first relative phrase in a folded text.

    Args:
        text: Folded, at most a line.
        languages: To try in this order.
        base: The capture time; the result is in its zone.
    """
    for language in languages:
        phrases = _phrases(language)
        found = _counted(text, phrases, base)
        if found:
            return found
        simpler = text
        if phrases.numeral.search(text):
            for pattern, digit in phrases.numbers:
                simpler = pattern.sub(digit, simpler)
        if simpler != text:
            found = _counted(simpler, phrases, base)
            if found:
                return RelativeDate(min(found.start, len(text)), len(text), found.moment, found.unit)
        word = phrases.words.search(text) if phrases.words else None
        if word:
            back = phrases.days.get(re.sub(r"\s+", " ", word[0]), phrases.days.get(word[0].replace(" ", "")))
            if back is not None:
                return RelativeDate(word.start(), word.end(), base - timedelta(days=back), "word")
        weekday = phrases.weekdays.search(text) if phrases.weekdays else None
        if weekday:
            back = (base.weekday() - phrases.weekday[weekday[0]]) % 7
            return RelativeDate(weekday.start(), weekday.end(), base - timedelta(days=back), "word")
    return None


def _counted(text: str, phrases: _Phrases, base: datetime) -> RelativeDate | None:
    if not any(stem in text for stem in phrases.stems):
        return None
    for pattern, unit in phrases.counted:
        match = pattern.search(text)
        if match:
            number = _NUMBER.search(match[0])
            seconds = (int(number[0]) if number else 0) * _UNIT[unit]
            return RelativeDate(match.start(), match.end(), base - timedelta(seconds=seconds), unit)
    return None
