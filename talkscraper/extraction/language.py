"""The language of the text: the declared one, corrected by script and language detection."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from talkscraper.extraction.languages.model import language_model

_SAMPLE = 1500
_FIRST = 500
"""Characters that are enough where the page and the detector agree."""
_ENOUGH = 120
"""Letters below which the declaration takes precedence over the detector."""
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]"), 0.08),
    ("ko", re.compile("[\uac00-\ud7af]"), 0.3),
    ("zh", re.compile("[\u4e00-\u9fff]"), 0.4),
    ("th", re.compile("[\u0e00-\u0e7f]"), 0.4),
    ("el", re.compile("[\u0370-\u03ff]"), 0.4),
    ("he", re.compile("[\u0590-\u05ff]"), 0.4),
    ("ka", re.compile("[\u10a0-\u10ff]"), 0.4),
    ("hy", re.compile("[\u0530-\u058f]"), 0.4),
    ("am", re.compile("[\u1200-\u137f]"), 0.4),
)
_SAME = (
    {"no", "nb", "nn"},
    {"id", "ms"},
    {"sr", "hr", "bs", "sh", "me"},
    {"tl", "fil"},
    {"fa", "prs"},
    {"iw", "he"},
    {"zh", "yue"},
)
_WEAKLY_KNOWN = frozenset(
    ["so", "ha", "yo", "ig", "sn", "ny", "st", "tn", "ts", "ve", "nr", "ss", "om", "ti", "my", "lo", "km-x"]
)
"""Languages that the detector hardly knows: the declaration is used."""
_SCRIPT_NAMES = {
    "LATIN": "Latn", "ARABIC": "Arab", "CYRILLIC": "Cyrl", "GREEK": "Grek", "HEBREW": "Hebr", "ETHIOPIC": "Ethi",
    "ARMENIAN": "Armn", "GEORGIAN": "Geor", "DEVANAGARI": "Deva", "BENGALI": "Beng", "GURMUKHI": "Guru",
    "GUJARATI": "Gujr", "ORIYA": "Orya", "TAMIL": "Taml", "TELUGU": "Telu", "KANNADA": "Knda", "MALAYALAM": "Mlym",
    "SINHALA": "Sinh", "THAI": "Thai", "LAO": "Laoo", "TIBETAN": "Tibt", "MYANMAR": "Mymr", "KHMER": "Khmr",
    "MONGOLIAN": "Mong", "THAANA": "Thaa", "NKO": "Nkoo", "TIFINAGH": "Tfng", "CHEROKEE": "Cher", "CANADIAN": "Cans",
    "OL": "Olck", "MEETEI": "Mtei", "ADLAM": "Adlm", "CJK": "Hans", "HANGUL": "Kore",
    "HIRAGANA": "Jpan", "KATAKANA": "Jpan",
}  # fmt: skip
"""First word of a letter's name in Unicode → ISO 15924."""
_LETTERS = 300
"""Letters by which a text's script is told."""


def primary(tag: str | None) -> str | None:
    """The language of a BCP 47 tag in lower case, or None for what isn't one."""
    if not tag:
        return None
    code = re.split(r"[-_,;\s]", tag.strip().lower(), maxsplit=1)[0]
    if code == "iw":
        return "he"
    return code if re.fullmatch(r"[a-z]{2,3}", code) else None


def language_of(text: str, declared: str | None, usual: str | None = None) -> tuple[str | None, str]:
    """``(ISO 639-1 code or None, rule)`` for a text.

    Args:
        text: The article's text.
        declared: What the page says (``html lang``, inLanguage, og:locale), a BCP 47 tag.
        usual: The source's language, a BCP 47 tag: used where the page declares none.
    """
    said, who = primary(declared), "declared"
    if said is None:
        said, who = primary(usual), "the source's"
    sample = text[:_SAMPLE]
    letters = [c for c in sample if c.isalpha()]
    if len(letters) < 20:
        return said, who if said else "none"
    total = len(letters)
    unknown = said is not None and _is_unknown(said) and _is_written_in(said, letters[:_LETTERS])
    for code, pattern, share in () if sample.isascii() else _SCRIPTS:
        if len(pattern.findall(sample)) >= share * total:
            if said and (unknown or _alike(said, code)) and not _is_country_of(said, code):
                return said, f"{who}, agreeing with the script"
            return code, "script"
    guess, certain = _detect(sample[:_FIRST])
    if len(sample) > _FIRST and not (certain and said and _alike(said, guess)):
        guess, certain = _detect(sample)
    if said is None:
        return (guess, "detected") if certain else (None, "none")
    if _alike(said, guess):
        return said, f"{who}, agreeing with the text"
    if unknown and not _is_country_of(said, guess):
        return said, who
    if said in _WEAKLY_KNOWN or total < _ENOUGH or not certain:
        return said, who
    return guess, "detected, against the declaration" if who == "declared" else "detected, against the source's"


def _alike(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in _SAME)


def _is_unknown(code: str) -> bool:
    """Whether the detector has no such language."""
    return code not in _detectable() and not any(code in group for group in _SAME)


def _is_written_in(code: str, letters: Sequence[str]) -> bool:
    """Whether a code names a language, and these letters are of a script that it is written in (Unicode CLDR)."""
    usual = _likely_subtags().get(code)
    if usual is None or code == "und":
        return False
    names = Counter(unicodedata.name(letter, "").partition(" ")[0].partition("-")[0] for letter in letters)
    script = _SCRIPT_NAMES.get(names.most_common(1)[0][0])
    if script is None:
        return False
    written = usual.split("_")[1]
    return script == written.replace("Hant", "Hans") or f"{code}_{script}" in _likely_subtags()


def _is_country_of(code: str, language: str) -> bool:
    """Whether a code is rather that of the country where a language is spoken: ``ee`` (Ewe) on an Estonian page."""
    return len(code) == 2 and _likely_subtags().get(f"und_{code.upper()}", "").partition("_")[0] == language != code


@cache
def _likely_subtags() -> Mapping[str, str]:
    from babel.core import get_global

    subtags: Mapping[str, str] = get_global("likely_subtags")
    return subtags


@cache
def _detectable() -> frozenset[str]:
    return frozenset(language_model().codes)


def _detect(sample: str) -> tuple[str, bool]:
    code, probability = language_model().classify(sample)
    return code, probability >= 0.9
