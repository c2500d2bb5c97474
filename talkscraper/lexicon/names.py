"""English names of languages, for display."""

from __future__ import annotations

from functools import cache

from talkscraper.lexicon.loader import FOLDER, languages


@cache
def language_name(tag: str) -> str:
    """Return the name of a BCP 47 tag's language (``German``), with the tag where it says more; else the tag."""
    base = tag.split("-", 1)[0].lower()
    if base == "und" or base not in languages():
        return tag
    with (FOLDER / f"{base}.toml").open(encoding="utf-8") as file:
        name = file.readline().lstrip("# ").strip()
    return name if base == tag.lower() else f"{name} ({tag})"
