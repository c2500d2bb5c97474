"""Month names of every language, folded: those of CLDR (in dateparser's tables) and of the lexicon."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from talkscraper.extraction.dates.normalization import fold
from talkscraper.lexicon import Tables, languages, table

_SHORTENED = ("\u0e00", "\u0f00")
"""Thai and Lao letters: their abbreviations ตค are printed ต.ค."""
_ENGLISH = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]

_NO_BOUNDARY = frozenset({"zh", "yue", "ja", "ko", "th", "km", "lo", "my"})
_PREFIXES = {"he": "[בלמ]?", "ar": "(?:و|ب|ل)?"}


@dataclass(frozen=True, slots=True)
class MonthNames:
    """The names of one list of languages: a pattern of all, and name → month."""

    pattern: str
    """An alternation without capturing groups, longest name first, with boundaries."""
    number: MappingProxyType[str, int]


@lru_cache(maxsize=256)
def locale_data(language: str) -> dict[str, Any]:
    """Dateparser's table for a language, to be read only; empty for one it doesn't know."""
    if not re.fullmatch(r"[a-z]{2,3}(?:-[A-Z][a-z]+)?", language):
        return {}
    try:
        module = importlib.import_module(f"dateparser.data.date_translation_data.{language}")
    except ImportError:
        return {}
    info: dict[str, Any] = module.info
    return info


def names_of(language: str) -> dict[str, int]:
    """Folded month name → number, for one language."""
    info = locale_data(language)
    found: dict[str, int] = {}
    more = table(Tables.MONTHS, language)
    for index, month in enumerate(_ENGLISH):
        for name in [*info.get(month, []), *more.get(month, ())]:
            folded = fold(name).strip(". ")
            if len(folded) > 1 and not re.fullmatch(r"[\d\s.\-月월]+", folded):
                found.setdefault(folded, index + 1)
    return found


def _spelled(folded: str) -> str:
    if len(folded) <= 3 and _SHORTENED[0] <= folded[0] < _SHORTENED[1]:
        return r"\.?\s?".join(map(re.escape, folded)) + r"\.?"
    return re.escape(folded).replace(r"\ ", r"\s?").replace(r"\.", r"\.?")


@lru_cache(maxsize=64)
def month_names(languages: tuple[str, ...]) -> MonthNames:
    """The names of these languages; where two disagree, the earlier language wins."""
    number: dict[str, int] = {}
    bounded: set[str] = set()
    for language in languages:
        for name, month in names_of(language).items():
            number.setdefault(name, month)
            if language not in _NO_BOUNDARY:
                bounded.add(name)
    prefix = next((_PREFIXES[language] for language in languages if language in _PREFIXES), "")
    return MonthNames(_alternation(number, bounded, prefix), MappingProxyType(number))


@lru_cache(maxsize=8)
def calendar_months(calendar: str) -> MonthNames:
    """The months of the ``persian`` or the ``islamic`` calendar."""
    key = {"persian": Tables.PERSIAN_MONTHS, "islamic": Tables.ISLAMIC_MONTHS}[calendar]
    number = {
        fold(name): int(month)
        for language in languages()
        for month, names in table(key, language).items()
        for name in names
    }
    return MonthNames(_alternation(number, set(number), ""), MappingProxyType(number))


def _alternation(number: dict[str, int], bounded: set[str], prefix: str) -> str:
    longest_first = sorted(number, key=lambda name: (-len(name), name))
    words = "|".join(_spelled(n) for n in longest_first if n in bounded)
    joined = "|".join(_spelled(n) for n in longest_first if n not in bounded)
    parts = [rf"(?<![^\W\d_]){prefix}(?:{words})(?![^\W\d_])"] if words else []
    return "|".join([*parts, joined] if joined else parts) or "(?!)"


def number_of(names: MonthNames, text: str) -> int | None:
    """The month that a match of ``names.pattern`` means."""
    key = re.sub(r"\s+", " ", text).strip(". ")
    for candidate in (key, key[1:], key.replace(" ", ""), f"{key}."):
        if candidate in names.number:
            return names.number[candidate]
    squeezed = key.replace(" ", "").replace(".", "")
    return next((m for n, m in names.number.items() if n.replace(" ", "").replace(".", "") == squeezed), None)
