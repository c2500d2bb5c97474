"""Highlighting of a query's words in a text, and the passage to show.

Words are looked for in the folded text (``folding``), and marks are set in the text itself, at the places from which
the match was folded; not in the index's words, so they are right in scripts without spaces too. A match is enclosed in
``OPEN`` and ``CLOSE``, control characters that are removed from every text before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from talkscraper.store.folding import FoldedText, fold, fold_with_places, is_diacritic
from talkscraper.store.fulltext import UNSPACED, is_letter
from talkscraper.store.parsed_query import Wanted
from talkscraper.store.symbols import is_symbol
from talkscraper.store.wildcards import folded_pattern, regular

OPEN = "\x02"
CLOSE = "\x03"
ELLIPSIS = "…"

WIDTH = 240
"""Approximate number of characters in a snippet; unspaced scripts count double."""
LOOKED_AT = 200_000
"""Maximum number of characters of a text that are searched for a passage."""
MAX_SPANS = 40
"""Maximum number of matches of one word considered in a text."""

_UNSPACED = re.compile(f"[{UNSPACED}]")
_MARKS = "".join(
    chr(code)
    for block in (range(0x900, 0x1D00), range(0xA800, 0xAC00))
    for code in block
    if unicodedata.category(chr(code))[0] == "M" and not is_diacritic(chr(code)) and not _UNSPACED.match(chr(code))
)
"""Vowel signs and viramas, which are parts of words, but no letters for regular expressions."""
_SPACED_LETTER = rf"(?:(?![{UNSPACED}])[^\W_]|[{_MARKS}])"
_NO_LETTER_BEFORE = rf"(?<!(?![{UNSPACED}])[^\W_])(?<![{_MARKS}])"
_BETWEEN = rf"(?:(?![{_MARKS}])[\W_])"


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as the index matches it: whole, as a prefix, or anywhere in an unspaced run."""

    text: str
    prefix: bool
    free_before: bool
    free_after: bool

    def spans(self, folded: str) -> Iterator[tuple[int, int]]:
        at = folded.find(self.text)
        while at >= 0:
            end = at + len(self.text)
            before = self.free_before or at == 0 or not _is_spaced_letter(folded[at - 1])
            if before and self.prefix:
                while end < len(folded) and _is_spaced_letter(folded[end]):
                    end += 1
            if before and (self.free_after or end == len(folded) or not _is_spaced_letter(folded[end])):
                yield at, end
            at = folded.find(self.text, end)


class Highlighter:
    """Highlights the words of one query in many texts."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        wanted = list(wanted)
        self._finders = {
            column: [_finder(each) for each in wanted if each.column in (None, column)]
            for column in ("title", "text", "authors")
        }
        self._plain = {
            column: [" ".join(_words(fold(each.text))) for each in wanted if each.column in (None, column)]
            for column in self._finders
        }

    def mark(self, text: str, column: str = "title") -> str:
        """Return all of ``text`` with the matches marked."""
        text = clean(text)
        return _marked(text, self.places(fold_with_places(text), column), 0, len(text))

    def snippet(self, text: str, width: int = WIDTH) -> str:
        """Return the passage of about ``width`` characters with the most different words, matches marked."""
        text = clean(text[:LOOKED_AT])
        if not text.isascii() and _UNSPACED.search(text[:width]):
            width //= 2
        spans = self.places(fold_with_places(text), "text")
        start, end = _window(text, spans, width)
        passage = _marked(text, spans, start, end)
        return (ELLIPSIS if start else "") + passage + (ELLIPSIS if end < len(text) else "")

    def places(self, folded: FoldedText, column: str) -> list[tuple[int, int]]:
        """Return the positions of the words in the original of a folded text, in order."""
        return [folded.original(*span) for span in self.spans(folded.text, column)]

    def count(self, folded: str, column: str, most: int) -> int:
        """Return the number of occurrences in a folded text, for ranking; at most ``most`` of each word or phrase."""
        total = 0
        for finder, plain in zip(self._finders[column], self._plain[column], strict=True):
            if isinstance(finder, _Word):
                total += sum(1 for _ in islice(finder.spans(folded), most))
            elif finder is not None:
                # most phrases occur as typed, and a regular expression takes a hundred times as long
                total += (min(most, folded.count(plain)) if plain else 0) or sum(
                    1 for _ in islice(finder.finditer(folded), most)
                )
        return total

    def spans(self, folded: str, column: str) -> list[tuple[int, int]]:
        """Return the positions of the words in a folded text, in order: the first ``MAX_SPANS`` of each."""
        found: list[tuple[int, int]] = []
        for finder in self._finders[column]:
            if isinstance(finder, _Word):
                found += islice(finder.spans(folded), MAX_SPANS)
            elif finder is not None:
                found += (each.span() for each in islice(finder.finditer(folded), MAX_SPANS))
        found.sort()
        return found


def clean(text: str) -> str:
    """Prepare a text for marking: composed letters, single spaces, without the marks' own characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.replace(OPEN, "").replace(CLOSE, "").split())


def _finder(wanted: Wanted) -> _Word | re.Pattern[str] | None:
    if wanted.pattern:
        return _pattern_finder(wanted)
    if any(map(is_symbol, wanted.text)):
        return _symbol_finder(wanted)
    words = _words(fold(wanted.text))
    if not words:
        return None
    free_before = bool(_UNSPACED.match(words[0]))
    free_after = bool(_UNSPACED.match(words[-1][-1]))
    if len(words) == 1 and words[0].isascii():
        return _Word(words[0], wanted.prefix, free_before, free_after)
    before = "" if free_before else _NO_LETTER_BEFORE
    after = "" if free_after else f"{_SPACED_LETTER}*" if wanted.prefix else f"(?!{_SPACED_LETTER})"
    return re.compile(before + _joined([re.escape(word) for word in words], words) + after)


def _joined(patterns: list[str], words: list[str]) -> str:
    """Return the pattern of a phrase; between letters of scripts with spaces there must be a separator."""
    result = patterns[0]
    for (before, after), pattern in zip(pairwise(words), patterns[1:], strict=True):
        unspaced = _UNSPACED.match(before[-1]) or _UNSPACED.match(after[0])
        result += f"{_BETWEEN}{'*' if unspaced else '+'}{pattern}"
    return result


def _pattern_finder(wanted: Wanted) -> re.Pattern[str] | None:
    words = "".join(each if is_letter(each) or each in "*?" else " " for each in wanted.text).split()
    if not words:
        return None
    patterns = [regular(folded_pattern(word), _SPACED_LETTER) for word in words]
    after = f"{_SPACED_LETTER}*" if wanted.prefix else f"(?!{_SPACED_LETTER})"
    return re.compile(_NO_LETTER_BEFORE + f"{_BETWEEN}+".join(patterns) + after)


def _symbol_finder(wanted: Wanted) -> re.Pattern[str] | None:
    folded = "".join(each if is_letter(each) or is_symbol(each) else " " for each in fold(wanted.text)).split()
    if not folded:
        return None
    before = _NO_LETTER_BEFORE if is_letter(folded[0][0]) else ""
    after = f"(?!{_SPACED_LETTER})" if is_letter(folded[-1][-1]) and not wanted.prefix else ""
    return re.compile(before + f"{_BETWEEN}+".join(map(re.escape, folded)) + after)


def _is_spaced_letter(character: str) -> bool:
    return (character.isalnum() and not _UNSPACED.match(character)) or (character > "\u0700" and character in _MARKS)


def _words(text: str) -> list[str]:
    words: list[str] = []
    inside = False
    for character in text:
        if not is_letter(character):
            inside = False
        elif inside:
            words[-1] += character
        else:
            words.append(character)
            inside = True
    return words


def _window(text: str, spans: Sequence[tuple[int, int]], width: int) -> tuple[int, int]:
    if not spans or len(text) <= width:
        return 0, _cut(text, width)
    best, best_score = 0, (-1, -1)
    left = 0
    # two pointers: for each last match, the first one that still fits
    for right in range(len(spans)):
        while spans[right][1] - spans[left][0] > width * 3 // 4 and left < right:
            left += 1
        inside = spans[left : right + 1]
        score = (len({fold(text[a:b]) for a, b in inside}), len(inside))
        if score > best_score:
            best, best_score = left, score
    start = max(0, spans[best][0] - width // 4)
    if start:
        space = text.find(" ", start, spans[best][0])
        start = space + 1 if space >= 0 else start
    return start, _cut(text, start + width)


def _cut(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", max(0, end - 30), end)
    return space if space > 0 else end


def _marked(text: str, spans: Iterable[tuple[int, int]], start: int, end: int) -> str:
    parts: list[str] = []
    at = start
    for a, b in spans:
        if b <= at or a >= end:
            continue
        a, b = max(a, at), min(b, end)  # noqa: PLW2901  cut to the window
        parts += [text[at:a], OPEN, text[a:b], CLOSE]
        at = b
    parts.append(text[at:end])
    return "".join(parts)
