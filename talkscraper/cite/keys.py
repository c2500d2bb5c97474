"""Keys of bibliographies, which a person can read and type: ``reed2025harbour``."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from talkscraper.cite.names import split_name
from talkscraper.cite.reference import Reference

MAX_PART = 24
"""Characters of a name or word in a key."""
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_WORD = re.compile(r"[a-z0-9]+")
_LITTLE = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "how", "in", "is", "it", "its", "of", "on", "or", "s", "the", "to",
     "what", "who", "why", "with", "der", "die", "das", "den", "dem", "des", "ein", "eine", "und", "im", "le", "la",
     "les", "un", "une", "du", "de", "et", "el", "los", "las", "una", "y", "il", "lo", "gli", "het", "een", "en", "o",
     "os", "as", "um", "uma", "e", "l", "d")
)  # fmt: skip
"""Words with which no key ends."""


class KeyMaker:
    """Makes the keys of one document; each only once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def key(self, found: Reference) -> str:
        """Return the reference's key: family name or source, year, first word of the title.

        One that is taken already gets the beginning of the article's id behind it, then the revision's number.
        """
        plain = self._plain(found)
        candidates = (plain, f"{plain}-{found.article_id[:4]}", f"{plain}-{found.article_id}-{found.revision}")
        key = next((each for each in candidates if each not in self._taken), candidates[-1])
        number = 2
        while key in self._taken:
            key = f"{candidates[-1]}-{number}"
            number += 1
        self._taken.add(key)
        return key

    def _plain(self, found: Reference) -> str:
        who = _author(found) or _first(found.source or "") or _site(found.url) or "article"
        year = str(found.published_day.year) if found.published_day else "nd"
        return f"{who}{year}{_first(found.title or '') or found.article_id[:6]}"


def _author(found: Reference) -> str:
    if not found.authors:
        return ""
    name = split_name(found.authors[0], (found.author_kinds or ("",))[0], found.language)
    words = _words(name.family or name.literal)
    return "".join(words)[:MAX_PART] if name.family else _first(name.literal)


def _first(text: str) -> str:
    """Return the first word of a text that says something."""
    words = _words(text)
    return next((each for each in words if each not in _LITTLE), words[0] if words else "")[:MAX_PART]


def _site(url: str) -> str:
    try:
        labels = (urlsplit(url).hostname or "").removeprefix("www.").split(".")
    except ValueError:
        return ""
    return "".join(_words(labels[0]))[:MAX_PART]


def _words(text: str) -> list[str]:
    """Return the words in ASCII; letters of other scripts are left out."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS).replace("'", "").replace("’", ""))
    return _WORD.findall("".join(c for c in folded if not unicodedata.combining(c)))
