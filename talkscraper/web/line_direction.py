"""The pieces of a line that is set in columns, shown in the order that they would have in one line.

Each column is a paragraph of its own for Unicode's bidirectional algorithm. Punctuation and numbers at its edge belong
to the words on both sides, of which it sees one: C++ at the end of an Arabic piece would be shown as ++C. A mark of
direction stands for the other side.
"""

from __future__ import annotations

import unicodedata

_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\u200e", "\u200f"
_NUMBERS = ("EN", "AN")


def pieces(left: str, keyword: str, right: str, *, is_rtl: bool) -> tuple[str, str]:
    """Return the pieces beside a keyword, with a mark of direction at the edge where the keyword goes on."""
    against, mark = (("L",), _LEFT_TO_RIGHT) if is_rtl else (("R", "AL"), _RIGHT_TO_LEFT)
    if _strong(left[::-1]) in against and _strong(keyword, *_NUMBERS) in (*against, *_NUMBERS):
        left += mark
    if _strong((left + keyword)[::-1]) in against and _strong(right, *_NUMBERS) in (*against, *_NUMBERS):
        right = mark + right
    return left, right


def _strong(text: str, *others: str) -> str:
    """Return the direction of the first letter of a text, or what is first of the other kinds; empty without any."""
    kinds = map(unicodedata.bidirectional, text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL", *others)), "")
