"""Where the words of a query stand in a text, and the passage to show for it.

Marks are set on the text itself, not on the index's words, so they are right in languages without spaces too.
A match is told by ``OPEN`` and ``CLOSE``, control characters that no stored text keeps when it is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from talkscraper.store.fulltext import SILENT, UNSPACED, normal
from talkscraper.store.query import Wanted, is_letter

OPEN = "\x02"
CLOSE = "\x03"
ELLIPSIS = "…"

WIDTH = 240
"""About how many characters a snippet has; unspaced scripts count double."""
LOOKED_AT = 200_000
"""Characters of a text that are searched for a passage."""

_UNSPACED = re.compile(f"[{UNSPACED}]")
_CONTROLS = re.compile(f"[{OPEN}{CLOSE}\u00ad\u200b]")
_SPACED_LETTER = rf"(?![{UNSPACED}])[^\W_]"
_BREAKS = re.compile(r"\s+")


class _Folding(dict[int, str]):
    """Characters as the index compares them: lower case, without accents; always one for one."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = unicodedata.normalize("NFKC", character)
        if len(plain) == 1 and not _UNSPACED.match(plain):
            # accents only: what NFD takes off a Kana or Hangul letter makes it another letter
            plain = unicodedata.normalize("NFD", plain)[0]
        value = plain.lower() if len(plain.lower()) == 1 else character
        self[code] = value
        return value


_FOLDING = _Folding()


def fold(text: str) -> str:
    """``text`` for comparison, of the same length."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


class Highlighter:
    """Finds the words of one query in many texts."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        wanted = list(wanted)
        self._patterns = {
            column: _pattern([each for each in wanted if each.column in (None, column)])
            for column in ("title", "text", "authors")
        }

    def mark(self, text: str, column: str = "title") -> str:
        """The whole of ``text`` with all matches marked."""
        text = clean(text)
        return _marked(text, self._spans(text, column), 0, len(text))

    def snippet(self, text: str, width: int = WIDTH) -> str:
        """The passage of about ``width`` characters with the most different words, matches marked."""
        text = clean(text[:LOOKED_AT])
        if _UNSPACED.search(text[:width]):
            width //= 2
        spans = self._spans(text, "text")
        start, end = _window(text, spans, width)
        passage = _marked(text, spans, start, end)
        return (ELLIPSIS if start else "") + passage + (ELLIPSIS if end < len(text) else "")

    def _spans(self, text: str, column: str) -> list[tuple[int, int]]:
        pattern = self._patterns[column]
        return [found.span() for found in pattern.finditer(fold(text))] if pattern else []


def clean(text: str) -> str:
    """A text to set marks in: composed letters, single spaces, none of the marks' own characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return _BREAKS.sub(" ", _CONTROLS.sub("", text)).strip()


def _pattern(wanted: Sequence[Wanted]) -> re.Pattern[str] | None:
    alternatives = []
    for each in wanted:
        text = fold(unicodedata.normalize("NFC", normal(each.text)))
        words = ["".join(part) for part in _words(text)]
        if not words:
            continue
        body = r"[^\w]*".join(_spelt(word) for word in words)
        # unspaced letters are found inside longer runs, as the index finds them; other words only whole
        before = "" if _UNSPACED.match(words[0]) else f"(?<!{_SPACED_LETTER})"
        after = (
            ""
            if _UNSPACED.match(words[-1][-1])
            else f"(?:{_SPACED_LETTER})*"
            if each.prefix
            else f"(?!{_SPACED_LETTER})"
        )
        alternatives.append(f"{before}{body}{after}")
    if not alternatives:
        return None
    return re.compile("|".join(sorted(set(alternatives), key=len, reverse=True)))


def _spelt(word: str) -> str:
    if word.isascii():
        return re.escape(word)
    # vowel points, which the index leaves out, may stand behind any letter
    return f"{SILENT}*".join(re.escape(letter) for letter in word)


def _words(text: str) -> list[list[str]]:
    words: list[list[str]] = []
    inside = False
    for character in text:
        if is_letter(character):
            if not inside:
                words.append([])
            words[-1].append(character)
            inside = True
        else:
            inside = False
    return words


def _window(text: str, spans: Sequence[tuple[int, int]], width: int) -> tuple[int, int]:
    if not spans or len(text) <= width:
        return 0, min(len(text), _cut(text, width))
    folded = fold(text)
    best, best_score = 0, (-1, -1)
    left = 0
    # two fingers: for each last match, the first one that still fits
    for right in range(min(len(spans), 400)):
        while spans[right][1] - spans[left][0] > width * 3 // 4 and left < right:
            left += 1
        inside = spans[left : right + 1]
        score = (len({folded[a:b] for a, b in inside}), len(inside))
        if score > best_score:
            best, best_score = left, score
    start = max(0, spans[best][0] - width // 4)
    if start:
        space = text.find(" ", start, spans[best][0])
        start = space + 1 if space >= 0 else start
    return start, min(len(text), _cut(text, start + width))


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
