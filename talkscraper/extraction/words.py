"""Counting words in any script."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+(?:['’.\-]\w+)*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def count_words(text: str) -> int:
    """Words of a text; where a script sets no spaces between words, two characters count as one word."""
    unspaced = 0 if text.isascii() or not _UNSPACED.search(text) else len(_UNSPACED.findall(text))
    if unspaced:
        text = _UNSPACED.sub(" ", text)
    return len(_WORD.findall(text)) + (unspaced + 1) // 2
