"""Language and country of a page's dates, which decide whether 03/04 is in March or in April.

Day orders are CLDR's ``yMd`` patterns. The country's own domain takes precedence over ``<html lang>``, because
ready-made themes declare ``en-US`` everywhere; for .com and the like, the language tag and og:locale decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from talkscraper.extraction.page import Page

MONTH_FIRST_REGIONS = frozenset(["us", "ph", "fm", "mh", "pw", "gu", "as", "pr", "vi", "mp", "um", "ca", "pa"])
"""English (and fil) in these countries: 10/28/2025. Canada prints all three orders; its news in English mostly this."""
MONTH_FIRST_LANGUAGES = frozenset({"en", "fil", "tl"})
YEAR_FIRST_LANGUAGES = frozenset(
    ["zh", "ja", "ko", "hu", "lt", "mn", "eu", "fa", "ps", "ku", "si", "yue", "sv", "dz", "ii"]
)
"""Languages that write two-digit years first too: 25.10.28."""
_YEAR_FIRST_SHORT = frozenset({"zh", "ja", "ko", "yue"})

_GENERIC = frozenset({
    "com", "org", "net", "info", "io", "co", "tv", "me", "ai", "fm", "ly", "to", "cc", "app", "news", "eu", "asia",
    "int", "edu", "gov", "mil",
})  # fmt: skip
_DOMAIN_COUNTRY = {"uk": "gb", "su": "ru"}
_SECOND_LEVEL = re.compile(r"\.(?:com|co|org|net|gov|ac|edu)\.([a-z]{2})$")
_TAG = re.compile(r"^([a-z]{2,3})(?:[-_][a-z]{4})?(?:[-_]([a-z]{2}))?(?:$|[-_.])", re.IGNORECASE)
_MACRO = {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "sh": "sr", "mo": "ro", "tl": "fil", "bs": "hr", "cmn": "zh"}
_COUNTRY_LANGUAGE = {
    "de": "de", "at": "de", "ch": "de", "fr": "fr", "es": "es", "mx": "es", "ar": "es", "it": "it", "nl": "nl",
    "pl": "pl", "ru": "ru", "cz": "cs", "sk": "sk", "dk": "da", "se": "sv", "no": "nb", "fi": "fi", "pt": "pt",
    "br": "pt", "tr": "tr", "gr": "el", "hu": "hu", "ro": "ro", "bg": "bg", "hr": "hr", "rs": "sr", "si": "sl",
    "ua": "uk", "jp": "ja", "kr": "ko", "cn": "zh", "tw": "zh", "hk": "zh", "th": "th", "vn": "vi", "id": "id",
    "ir": "fa", "il": "he", "is": "is", "lt": "lt", "lv": "lv", "ee": "et", "co": "es", "cl": "es", "pe": "es",
    "py": "es", "uy": "es", "ve": "es", "ec": "es", "cr": "es", "by": "ru", "gl": "da",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Locale:
    """How this page writes dates."""

    languages: tuple[str, ...]
    """ISO 639 codes to try in this order; English is always the last."""
    region: str | None
    """The country in lower case, None where unknown."""
    order: str
    """``DMY``, ``MDY`` or ``YMD``: what a numeric date that could be two is."""
    captured_at: datetime
    order_certain: bool = True
    """False where the order is a guess: English on an international domain."""


def _tag(text: str | None) -> tuple[str | None, str | None]:
    match = _TAG.match((text or "").strip())
    if not match:
        return None, None
    language = match[1].lower()
    return _MACRO.get(language, language), match[2].lower() if match[2] else None


def country_of(url: str) -> str | None:
    """The country whose domain this is, or None for international domains."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return None
    second = _SECOND_LEVEL.search(host)
    top = second[1] if second else host.rpartition(".")[2]
    if len(top) != 2 or (top in _GENERIC and not second):
        return None
    return _DOMAIN_COUNTRY.get(top, top)


def locale_of(page: Page, language: str | None) -> Locale:
    """The page's locale; ``language`` is what the extraction found, or None."""
    found, _ = _tag(language)
    html_language, html_region = _tag(page.html_lang)
    og_language, og_region = _tag(page.first("og:locale"))
    country = country_of(page.url)
    candidates = [found, html_language, og_language, _COUNTRY_LANGUAGE.get(country or ""), "en"]
    languages = tuple(dict.fromkeys(c for c in candidates if c))
    # the page's template prints its dates, so its language counts before the text's; but every theme declares English
    main = html_language if html_language not in (None, "en") else languages[0]
    region = country or (html_region if html_language == main else None) or (og_region if og_language == main else None)
    certain = True
    if main in MONTH_FIRST_LANGUAGES:
        certain = region is not None
        order = "MDY" if region is None or region in MONTH_FIRST_REGIONS else "DMY"
        if country is None and html_region is None and og_region in (None, "us") and region == "us":
            certain = False  # og:locale is en_US by default in most content management systems
    elif main in _YEAR_FIRST_SHORT or main in YEAR_FIRST_LANGUAGES:
        order = "YMD"
    else:
        order = "DMY"
    return Locale(languages, region, order, page.captured_at, certain)
