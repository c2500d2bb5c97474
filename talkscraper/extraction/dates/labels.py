"""Labels of printed dates: the day of publication, of the last change, or another day.

A phrase counts where it stands before the date on its line, alone on the line before, or, in languages that put the
verb last, right behind the date.
"""

from __future__ import annotations

import re

from talkscraper.extraction.dates.normalization import fold
from talkscraper.lexicon import Words, words

NEAR = 60
"""Characters before a date in which its label is searched."""
_BEHIND = 14
_VERB_LAST = re.compile("^[\\s:()\\-]{0,3}[\u0900-\u097f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
"""Scripts whose languages put the verb last: the words right behind the date may be its label."""


def _pattern(key: Words) -> re.Pattern[str]:
    """A list's phrases, folded, the longest first; bounded as words except in scripts without spaces."""
    spaced: list[str] = []
    joined: list[str] = []
    for phrase in sorted({fold(p) for p in words(key)}, key=lambda p: (-len(p), p)):
        (joined if any(c >= "\u0e00" for c in phrase) else spaced).append(re.escape(phrase))
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)|{'|'.join(joined)}")


PUBLISHED = _pattern(Words.PUBLISHED)
UPDATED = _pattern(Words.UPDATED)
FIRST_PUBLISHED = re.compile("|".join(re.escape(fold(p)) for p in words(Words.FIRST_PUBLISHED)))
_OTHER_DATE = re.compile(
    "|".join(rf"(?<!\w){re.escape(fold(p))}" if p[0].isalnum() else re.escape(fold(p)) for p in words(Words.OTHER_DATE))
)


def label(text: str, *, first: bool = False) -> str | None:
    """``published`` or ``modified``: the last word for it in a text (or the first); of two on one spot the longer."""
    matches = [(m, "published") for m in PUBLISHED.finditer(text)]
    matches += [(m, "modified") for m in UPDATED.finditer(text)]
    if not matches:
        return None
    if first:
        return min(matches, key=lambda m: (m[0].start(), -m[0].end()))[1]
    return max(matches, key=lambda m: (m[0].end(), -m[0].start()))[1]


def role_of(
    folded: str, span: tuple[int, int], last: int, previous: str, markup: str | None, *, behind: bool
) -> str | None:
    """``published``, ``modified``, ``other``, or None where unknown.

    Args:
        folded: The line.
        span: Where the date stands in it.
        last: Where the date before it ends, 0 for the first.
        previous: The line before, if it is short, folded; it may be a label in a box of its own.
        markup: What the markup calls the date.
        behind: Whether labels stand behind their dates on this line.
    """
    start, end = span
    if behind and _VERB_LAST.search(folded[end : end + _BEHIND]):
        called = label(folded[end : end + _BEHIND], first=True)
        if called:
            return called
    ahead = folded[last:start][-NEAR:]
    if not (behind and last and _VERB_LAST.search(ahead)):
        for text in (ahead, previous if last == 0 and len(ahead.strip(" :|-•·")) < 4 else ""):
            called = label(text)
            if called:
                return called
            if _OTHER_DATE.search(text):
                return "other"
    if markup and label(folded):
        return None  # the markup refers to the date with that label, not to this one
    return markup
