"""Words with ``*`` and ``?``: wom?n, wom*n, *fahrt. They stand for the words of the index that match them.

A ``?`` is exactly one letter, a ``*`` any number of them. Words are read from the index in order (``articles_words``),
from the letters before the first wildcard on; where there are none, from all words, for a limited time. Common words,
of which that would take longest, are known beforehand (``bitmaps``).
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from talkscraper.errors import QueryError
from talkscraper.store.folding import fold
from talkscraper.store.fulltext import is_letter

MIN_LETTERS = 2
"""Minimum number of letters beside the wildcards."""
MAX_EXPANSIONS = 200
"""Maximum number of words that a pattern stands for: the commonest."""
MAX_SCAN_S = 1.5
"""Maximum time in seconds for which words are read."""
MAX_STARS = 4
MAX_WORD = 64
"""Maximum length of a word that a pattern matches."""

_WILD = re.compile(r"([*?]+)")
_PIECES = 2_000
_SINGLE = re.compile(r'"(\w+)"')
_OFTEN = 1 << 40
"""More than the articles of any word."""
_MARKS = "\ue000"
"""Where the words of the column ``marks`` begin (``fulltext``)."""
_LEAST, _GREATEST = "\x01", "\U0010ffff" * 2
"""Characters before and behind all that words have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """The words that a pattern stands for."""

    words: tuple[str, ...]
    """The commonest, most frequent first."""
    matching: int
    """The number of matching words that were found."""
    is_complete: bool
    """Whether all words of the index were compared."""


def is_pattern(word: str) -> bool:
    """Whether a word has a wildcard elsewhere than a single ``*`` at its end."""
    if "://" in word or "=" in word:
        return False
    word = word.rstrip(".,!;:?")
    if "*" in word.rstrip("*").strip("\"'"):
        return True
    return any(here == "?" and (after == "*" or is_letter(after)) for here, after in pairwise(word))


def folded_pattern(word: str) -> str:
    """Return a pattern with its letters folded, and repeated stars joined."""
    parts = _WILD.split(word)
    return "".join(
        ("*" if "*" in each and "?" not in each else each.replace("**", "*")) if number % 2 else fold(each).strip()
        for number, each in enumerate(parts)
    )


def regular(pattern: str, any_letter: str = ".") -> str:
    """Return the regular expression of a folded pattern."""
    return "".join(
        f"(?:{any_letter})*" if each == "*" else any_letter if each == "?" else re.escape(each) for each in pattern
    )


def checked(word: str) -> str:
    """Return the folded pattern of a word.

    Raises:
        QueryError: it has too few letters, or too many stars.
    """
    pattern = folded_pattern(word)
    if len(pattern.replace("*", "").replace("?", "")) < MIN_LETTERS:
        raise QueryError(
            f"{word[:40]!r} would be nearly every word: give at least {MIN_LETTERS} letters beside * and ?"
        )
    if pattern.count("*") > MAX_STARS:
        raise QueryError(f"{word[:40]!r} has more than {MAX_STARS} stars")
    return pattern


def expand(connection: sqlite3.Connection, word: str) -> Expansion:
    """Return the words of the index that match a pattern.

    Raises:
        QueryError: the pattern has too few letters, or too many stars.
    """
    pattern = checked(word)
    beginning = _WILD.split(pattern)[0]
    matches = re.compile(regular(pattern), re.DOTALL).fullmatch
    low, high = beginning, _below(f"{beginning[:-1]}{chr(ord(beginning[-1]) + 1)}" if beginning else _MARKS)
    common = _common_words(connection, low, high)
    found = [
        (-_OFTEN + rank, each)
        for rank, each in common
        if len(each) <= MAX_WORD and matches(each) and _is_indexed(connection, each)
    ]
    deadline = time.monotonic() + MAX_SCAN_S
    cursor = connection.cursor()
    cursor.row_factory = None
    complete = True
    for start, end in _between(low, high, sorted(each for _, each in common)):
        cursor.execute("select term, doc from articles_words where term >= ? and term <= ?", [start, end])
        while complete and (rows := cursor.fetchmany(_PIECES)):
            found += [(-count, term) for term, count in rows if len(term) <= MAX_WORD and matches(term)]
            complete = time.monotonic() <= deadline
        if not complete:
            break
    cursor.close()
    found.sort()
    return Expansion(words=tuple(term for _, term in found[:MAX_EXPANSIONS]), matching=len(found), is_complete=complete)


def _common_words(connection: sqlite3.Connection, low: str, high: str) -> list[tuple[int, str]]:
    """Return the words that have bitmaps, with their ranks.

    The index counts the articles of a word by reading where it is in each of them: of the commonest words, which have
    bitmaps, that would take most of the time, and it is known of them that they are common.
    """
    rows = connection.execute("select number, term from bitmap_terms").fetchall()
    words = ((number, found[1]) for number, term in rows if (found := _SINGLE.fullmatch(term)))
    return [(number, word) for number, word in words if low <= word <= high]


def _is_indexed(connection: sqlite3.Connection, word: str) -> bool:
    """Whether any article has a word; those with bitmaps may have been taken down."""
    sql = "select 1 from articles_fts where articles_fts match ? limit 1"
    return connection.execute(sql, [f'"{word}"']).fetchone() is not None


def _between(low: str, high: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the ranges from ``low`` to ``high`` that are left without ``words``, which are sorted."""
    for word in words:
        end = _below(word)
        if low <= end:
            yield low, end
        low = word + _LEAST
    if low <= high:
        yield low, high


def _below(word: str) -> str:
    """Return what no other word is between it and ``word``: the greatest less than ``word``.

    The index reads all of a word at which a range ends, even if the word isn't in the range.
    """
    before = ord(word[-1]) - 1
    return word[:-1] + chr(before if not 0xD800 <= before <= 0xDFFF else 0xD7FF) + _GREATEST
