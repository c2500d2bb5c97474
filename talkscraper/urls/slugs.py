"""Slugs: the words of an address, and whether they repeat the words of a headline."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

from talkscraper.urls.vocabulary import PAGE

_WORD = re.compile(r"\w+")


def slug_words(url: str) -> frozenset[str]:
    """Return the words of an address's last segment: folded, without accents, numbers and file suffix."""
    try:
        segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    except ValueError:
        return frozenset()
    if not segments:
        return frozenset()
    last = PAGE.sub("", unquote(segments[-1])).replace("_", " ")
    return frozenset(word for word in folded_words(last) if not any(char.isdigit() for char in word))


def shared_with(url: str, headline: str) -> float | None:
    """Return the share of the slug's words that are in a headline; None if there are fewer than two words."""
    slug = slug_words(url)
    if len(slug) < 2:
        return None
    return len(slug & frozenset(folded_words(headline))) / len(slug)


def folded_words(text: str) -> list[str]:
    """Return the words of a text, case-folded and without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return _WORD.findall(plain)
