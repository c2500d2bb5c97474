"""Dates and running numbers in URL patterns: generalisation to other days, and detection of fixed dates.

Examples read on one day agree on its date. A pattern learnt from them must not contain it: it would match nothing a
month later, without any error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from talkscraper.urls.slugs import folded_words
from talkscraper.urls.vocabulary import DATE_WORDS, PERIOD_WORDS

if TYPE_CHECKING:
    from talkscraper.sources.model import Source

ANY_SEGMENT = "[^/?#]+"
_WORD_CLASS = r"[^/?#.\d]{2,20}"
_PIECE = re.compile(r"\d+|(?:%[0-9A-Fa-f]{2}|[A-Za-z])+|[^\dA-Za-z%]+|%")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_MONTH = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])")
_SHORT_DAY = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_SYNTAX = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\[A-Za-z0-9]|\\(.)|\{[\d,]*\}|[.*+?|()^$]", re.DOTALL)
_OPEN = "\0"
"""Placeholder for the parts of a pattern that aren't plain text."""


def generalised(segment: str) -> str | None:
    r"""Return an expression for a folder on any day; None if the folder contains neither a date nor a number.

    ``2026`` → ``\d{4}``, ``27-november`` → ``\d+\-[^/?#.\d]{2,20}``, ``issue12`` → ``issue\d+``, ``news`` → None.
    """
    numbered = any(char.isdecimal() for char in unquote(segment))
    if not numbered and not _is_worded(unquote(segment)):
        return None
    return "".join(_class_of(piece) for piece in _PIECE.findall(segment))


def frozen_dates(pattern: str) -> list[str]:
    """Return the folders of a pattern that are a date in plain text, so that it matches no other day's addresses."""
    folders = _SYNTAX.sub(lambda found: found[1] or _OPEN, pattern).split("/")
    return [folder for folder in folders if folder and _OPEN not in folder and _is_date(unquote(folder))]


def dated_patterns(source: Source) -> list[str]:
    """Return those of a source's article patterns that contain a date, one line of explanation each."""
    return [
        f"article_urls: {pattern.pattern!r} holds the date {'/'.join(dates)} and matches no other day's articles: "
        r"write \d{4} for a year, \d+ for a month or day, [^/?#]+ for a name"
        for pattern in source.article_urls
        if (dates := frozen_dates(pattern.pattern))
    ]


def _class_of(piece: str) -> str:
    if piece.isdecimal():
        if _YEAR.fullmatch(piece):
            return r"\d{4}"
        return r"\d{8}" if _DAY.fullmatch(piece) else r"\d+"
    if "%" in piece and (_is_worded(unquote(piece)) or any(char.isdecimal() for char in unquote(piece))):
        return ANY_SEGMENT
    return _WORD_CLASS if piece.lower() in DATE_WORDS else re.escape(piece)


def _is_worded(segment: str) -> bool:
    """Whether a segment consists only of names of months, days and seasons."""
    words = folded_words(segment.replace("_", " "))
    return bool(words) and all(word in DATE_WORDS for word in words)


def _is_date(folder: str) -> bool:
    pieces = [piece for piece in _PIECE.findall(folder) if piece.isalnum()]
    numbers = [piece for piece in pieces if piece.isdecimal()]
    words = [word for piece in pieces if not piece.isdecimal() for word in folded_words(piece)]
    if len(numbers) >= 3 and any(_YEAR.fullmatch(number) for number in numbers):
        return True
    if not all(word in DATE_WORDS or word in PERIOD_WORDS for word in words):
        return False
    if not numbers:
        # "out", "set" and "sun" are also names of folders
        return len(folder) >= 4 and bool(words) and all(word in DATE_WORDS for word in words)
    return all(_is_part(number) for number in numbers)


def _is_part(number: str) -> bool:
    if len(number) <= 2:
        return 1 <= int(number) <= 53
    return any(form.fullmatch(number) for form in (_YEAR, _MONTH, _DAY, _SHORT_DAY))
