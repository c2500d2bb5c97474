"""Symbols in texts and queries: C++, C#, .NET, $100, 50%, #hashtag, @name, ½.

The tokenizer of the index drops symbols, so each is also indexed with its neighbour, as a mark: C++ has ``c++`` and
``++``, $100 has ``$100`` and ``$``. A word of a query with a symbol requires its marks beside its letters.

The neighbour is a word. It ends where a script without spaces between words begins: 使用C#開発 has ``c#`` and ``#開``.
A letter of such a script is the neighbour by itself, if it touches the symbol.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

from talkscraper.store.folding import fold

MAX_SYMBOLS = 400
"""Maximum number of marks of one title, text or byline."""
MAX_PLACES = 5_000
"""Maximum number of places with symbols that are read in one title, text or byline."""
MAX_NEIGHBOUR = 32
"""Maximum number of letters of the neighbouring word that are part of a mark."""
UNUSUAL = "|~^<>=`*"
"""Symbols that aren't looked for: they are operators of other query languages."""

_PUNCTUATION = "#%&@§"
_DOT = re.compile(r"\.(?<!\.\.)(?=[^\W\d_])")
_FIRST_DOT = re.compile(r"(?<![^\s(\"“”„«»「『（《])\.(?=[^\W\d_])")

Neighbours = Callable[[str, int, int, re.Pattern[str]], tuple[str, str]]
"""Returns the folded words before and after a part of a text, from a position to another."""


def neighbours_of(text: str, start: int, end: int, unspaced: re.Pattern[str]) -> tuple[str, str]:
    """Return the folded words that touch a part of a text, cut where a script without spaces begins."""
    at, to = start, end
    while at > 0 and start - at < MAX_NEIGHBOUR and is_of_word(text[at - 1]):
        at -= 1
    while to < len(text) and to - end < MAX_NEIGHBOUR and is_of_word(text[to]):
        to += 1
    # compatibility forms are letters of such scripts once they are folded: half-width Kana, Jamo
    before, after = fold(text[at:start]).strip(), fold(text[end:to]).strip()
    if before and (letters := list(unspaced.finditer(before))):
        before = before[letters[-1].end() :].strip() or letters[-1][0]
    if after and (letter := unspaced.search(after)):
        after = after[: letter.start()].strip() or letter[0]
    return before, after


def symbols_of(text: str, unspaced: re.Pattern[str], neighbours: Neighbours = neighbours_of) -> list[str]:
    """Return the symbols of a text, alone and with their neighbours, without repetition.

    ``unspaced`` matches a letter of a script without spaces between words.
    """
    found: dict[str, None] = {}
    for before, symbol, after in _runs(text, _DOT, unspaced, neighbours):
        found[symbol] = None
        found.update(dict.fromkeys(symbol))
        if before:
            found[before + symbol] = None
        if after:
            found[symbol + after] = None
        if len(found) >= MAX_SYMBOLS:
            break
    found.pop(".", None)
    return list(found)[:MAX_SYMBOLS]


def required(text: str, unspaced: re.Pattern[str]) -> list[str]:
    """Return the symbols that a text must have to hold this part of a query."""
    found: dict[str, None] = {}
    for before, symbol, after in _runs(text, _FIRST_DOT, unspaced, neighbours_of):
        if before:
            found[before + symbol] = None
        if after:
            found[symbol + after] = None
        if not before and not after:
            found[symbol] = None
    # a dot before nothing but symbols (.½) is none of the marks of a text
    found.pop(".", None)
    return list(found)


@cache
def is_symbol(character: str) -> bool:
    """Whether texts are found by this character."""
    if character in _PUNCTUATION:
        return True
    if character in UNUSUAL:
        return False
    category = unicodedata.category(character)
    return category in ("Sm", "Sc", "So") or unicodedata.decomposition(character).startswith("<fraction>")


@cache
def _canonical(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


_ASCII = tuple(filter(is_symbol, map(chr, range(128))))


def _runs(
    text: str, dot: re.Pattern[str], unspaced: re.Pattern[str], neighbours: Neighbours
) -> Iterator[tuple[str, str, str]]:
    """Return each run of symbols with the folded words that touch it."""
    if text.isascii():
        there = {each for each in _ASCII if each in text}
    else:
        there = {each for each in set(text) if is_symbol(_canonical(each))}
    places = [found.span() for found in dot.finditer(text)]
    if there:
        places += [found.span() for found in re.finditer(f"[{''.join(map(re.escape, there))}]+", text)]
    for start, end in sorted(places)[:MAX_PLACES]:
        before, after = neighbours(text, start, end, unspaced)
        yield "" if text[start] == "." else before, "".join(map(_canonical, text[start:end])), after


def is_of_word(character: str) -> bool:
    """Whether a character beside a symbol is part of the neighbouring word."""
    return (character.isalnum() or unicodedata.category(character)[0] == "M") and not is_symbol(character)
