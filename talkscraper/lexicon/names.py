"""Names of languages, for display and for finding a tag: those of Unicode's CLDR, in English and in the language."""

from __future__ import annotations

from functools import cache

from talkscraper.lexicon.loader import FOLDER, languages


@cache
def language_name(tag: str) -> str:
    """Return the English name of a BCP 47 tag's language (``German``), with the tag where it says more, or the tag."""
    base = tag.split("-", 1)[0].lower()
    name = _english(base)
    if not name:
        return tag
    return name if base == tag.lower() else f"{name} ({tag})"


@cache
def language_names(tag: str) -> tuple[str, ...]:
    """Return the names of a tag's language in English and in itself (``German``, ``Deutsch``), those that are known."""
    from babel import Locale, UnknownLocaleError

    base, _, region = tag.replace("_", "-").partition("-")
    base = base.lower()
    try:
        own = Locale.parse(base).get_language_name(base)
    except (UnknownLocaleError, ValueError):
        own = None
    with_region = _known().get(f"{base}_{region.title() if len(region) == 4 else region.upper()}")
    return tuple(dict.fromkeys(each for each in (_english(base), own, with_region) if each and base != "und"))


def main_language(tag: str) -> str:
    """Return the language of a tag by its usual code: en for en-GB, eng and en_US; he for iw."""
    from babel.core import get_global

    base = tag.replace("_", "-").split("-", 1)[0].lower()
    return str(get_global("language_aliases").get(base, base)).split("_", 1)[0]


def _english(base: str) -> str | None:
    if base == "und":
        return None
    if base in _known():
        return _known()[base]
    if base in languages():  # CLDR has it as a region's (Dari: fa-AF)
        with (FOLDER / f"{base}.toml").open(encoding="utf-8") as file:
            return file.readline().lstrip("# ").strip()
    return _known().get(main_language(base))


@cache
def _known() -> dict[str, str]:
    from babel import Locale

    return dict(Locale("en").languages)
