"""Text in styles, and its width in columns of a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Self

_CODES = {
    "bold": "1", "dim": "2", "underline": "4", "strike": "9",
    "red": "31", "green": "32", "yellow": "33", "cyan": "36",
}  # fmt: skip
_RESET = "\x1b[0m"
_WORD = re.compile(r"\s*\S+")
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})
"""Categories of characters that combine with the one before, or are invisible."""


def columns_of(text: str) -> int:
    """Return the columns that a terminal needs; a letter of Han or Kana takes two."""
    return len(text) if text.isascii() else sum(map(_columns_of_character, text))


def _columns_of_character(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Text:
    """Pieces of text, each in a style: words as in ``bold yellow``."""

    def __init__(self, text: str = "", style: str = "") -> None:
        self._style = style
        self._pieces: list[tuple[str, str]] = []
        self.append(text)

    def append(self, text: str, style: str = "") -> Self:
        """Add a piece, in its own style beside that of the whole."""
        if text:
            self._pieces.append((text, f"{self._style} {style}".strip()))
        return self

    def extend(self, other: Text) -> Self:
        """Add the pieces of another text, in their styles."""
        for text, style in other._pieces:
            self.append(text, style)
        return self

    @property
    def plain(self) -> str:
        """The characters alone."""
        return "".join(text for text, _ in self._pieces)

    @property
    def columns(self) -> int:
        """Columns of its widest line."""
        return max(map(columns_of, self.plain.split("\n")))

    def lines(self, width: int | None = None) -> list[Text]:
        """Return its lines; wrapped between words if there is a width."""
        return [self._cut(start, end) for start, end in _spans(self.plain, width)]

    def _cut(self, start: int, end: int) -> Text:
        found, at = Text(), 0
        for text, style in self._pieces:
            found.append(text[max(0, start - at) : max(0, end - at)], style)
            at += len(text)
        return found

    def written(self, *, coloured: bool) -> str:
        """Return it with the terminal's codes, or without."""
        return "".join(_in_style(text, style) for text, style in self._pieces) if coloured else self.plain


def as_text(value: str | Text, style: str = "") -> Text:
    """Return a string as text in a style."""
    return value if isinstance(value, Text) else Text(value, style)


def _in_style(text: str, style: str) -> str:
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\x1b[{codes}m{text}{_RESET}" if codes else text


def _spans(plain: str, width: int | None) -> Iterator[tuple[int, int]]:
    """Yield where lines begin and end."""
    start = 0
    for line in plain.split("\n"):
        if width is None or columns_of(line) <= width:
            yield start, start + len(line)
        else:
            yield from ((start + begin, start + end) for begin, end in _wrapped(line, max(1, width)))
        start += len(line) + 1


def _wrapped(line: str, width: int) -> Iterator[tuple[int, int]]:
    """Yield where the parts of a line that is too wide begin and end; words wider than a line are broken."""
    begin = end = used = 0
    for found in _WORD.finditer(line):
        needed = columns_of(found[0])
        if used + needed <= width:
            end, used = found.end(), used + needed
            continue
        word_begin = found.end() - len(found[0].lstrip())
        if columns_of(line[word_begin : found.end()]) <= width:
            yield begin, end
            begin, end, used = word_begin, found.end(), columns_of(line[word_begin : found.end()])
            continue
        for at in range(found.start(), found.end()):
            wide = _columns_of_character(line[at])
            if used + wide > width and at > begin:
                yield begin, at
                begin, used = at, 0
            used += wide
        end = found.end()
    yield begin, end
