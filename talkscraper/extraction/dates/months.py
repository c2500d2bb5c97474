"""Month names of every language, out of the CLDR data that dateparser carries, folded and ready to match."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from talkscraper.extraction.dates.normalization import fold

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

MORE: dict[str, tuple[str, ...]] = {
    "ar": (
        "يناير|كانون الثاني|جانفي", "فبراير|شباط|فيفري", "مارس|آذار|مارس", "أبريل|نيسان|أفريل|ابريل", "مايو|أيار|ماي",
        "يونيو|حزيران|جوان|يونيه", "يوليو|تموز|جويلية|يوليوز|يوليه", "أغسطس|آب|أوت|غشت", "سبتمبر|أيلول|شتنبر",
        "أكتوبر|تشرين الأول|تشرين أول", "نوفمبر|تشرين الثاني|نونبر|تشرين ثاني", "ديسمبر|كانون الأول|دجنبر|كانون أول",
    ),
    "eu": (
        "urtarrilaren|urtarrilak", "otsailaren|otsailak", "martxoaren|martxoak", "apirilaren|apirilak",
        "maiatzaren|maiatzak", "ekainaren|ekainak", "uztailaren|uztailak", "abuztuaren|abuztuak", "irailaren|irailak",
        "urriaren|urriak", "azaroaren|azaroak", "abenduaren|abenduak",
    ),
    "fa": (
        "ژانویه", "فوریه", "مارس", "آوریل", "مه|می", "ژوئن", "ژوئیه|جولای", "اوت|آگوست|آگست", "سپتامبر", "اکتبر",
        "نوامبر", "دسامبر",
    ),
    "hi": (
        "जनवरी|जन", "फरवरी|फ़रवरी|फर", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर|सितम्बर|सितं",
        "अक्टूबर|अक्तूबर|अक्टू", "नवंबर|नवम्बर|नव", "दिसंबर|दिसम्बर|दिस",
    ),
    "sr": (
        "januar|jan", "februar|feb", "mart|mar", "april|apr", "maj", "jun|juni", "jul|juli", "avgust|avg",
        "septembar|sep",
        "oktobar|okt", "novembar|nov", "decembar|dec",
    ),
    "xh": (
        "januwari|eyomqungu", "febhuwari", "matshi|mat", "epreli", "meyi", "juni", "julayi", "agasti", "septemba",
        "okthobha|okt", "novemba", "disemba",
    ),
    "en": ("", "", "", "", "", "", "", "", "sept", "", "", ""),
    "de": ("jänner|jaenner", "feber", "maerz", "", "", "", "", "", "sept", "", "", ""),
    "es": ("", "", "", "", "", "", "", "", "setiembre|sept", "", "", ""),
}  # fmt: skip
"""Names that newspapers print and dateparser lacks: Levantine and Maghreb Arabic, Basque cases, Latin Serbian."""

PERSIAN = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد|امرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
DARI = ("حمل", "ثور", "جوزا", "سرطان", "اسد", "سنبله", "میزان", "عقرب", "قوس", "جدی", "دلو", "حوت")
"""The months of the Persian year in Afghanistan."""
ISLAMIC = (
    "محرم", "صفر", "ربيع الأول|ربیع الاول", "ربيع الثاني|ربيع الآخر|ربیع الثانی", "جمادى الأولى|جمادی الاول",
    "جمادى الآخرة|جمادى الثانية|جمادی الثانی", "رجب", "شعبان", "رمضان", "شوال",
    "ذو القعدة|ذوالقعدة|ذی القعده|ذي القعدة",
    "ذو الحجة|ذوالحجة|ذی الحجه|ذي الحجة",
)  # fmt: skip

_NO_BOUNDARY = frozenset({"zh", "yue", "ja", "ko", "th", "km", "lo", "my"})
_PREFIXES = {"he": "[בלמ]?", "ar": "(?:و|ب|ل)?"}


@dataclass(frozen=True, slots=True)
class MonthNames:
    """The names of one list of languages: a pattern of all, and name → month."""

    pattern: str
    """An alternation without capturing groups, longest name first, with boundaries."""
    number: MappingProxyType[str, int]


def locale_data(language: str) -> dict[str, Any]:
    """Dateparser's table for a language; empty for one it doesn't know."""
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
    more = MORE.get(language, ("",) * 12)
    for index, month in enumerate(_ENGLISH):
        for name in [*info.get(month, []), *more[index].split("|")]:
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
    number: dict[str, int] = {}
    for table in {"persian": (PERSIAN, DARI), "islamic": (ISLAMIC,)}[calendar]:
        for index, names in enumerate(table):
            for name in names.split("|"):
                number[fold(name)] = index + 1
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
