"""Text that a page holds but doesn't show: what is added for screen readers, and scripts in hidden elements.

Hidden prose is often the article's own, behind a button "read more"; it stays.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from talkscraper.extraction import phrases
from talkscraper.extraction.box_names import Mark, Marks

MAX_ADDITION = 120
"""Characters up to which an inline element for screen readers is an addition to the text around it."""
_READ = 2_000
"""Characters of a hidden element that are looked at."""
_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:left|top|text-indent)\s*:\s*-\d{3}"
    r"|clip\s*:\s*rect\(\s*[01]|clip-path\s*:\s*inset\(\s*(?:50|100)%|(?:width|height)\s*:\s*1px)",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r"\bfunction\s*\w{0,40}\s*\(|\bwindow\s*[.\[]|\bdocument\s*\.|\b(?:var|let|const)\s+[\w$]{1,40}\s*=|\.push\(|=>\s*\{"
    r"|\{\s*[\"']?[\w-]{1,40}[\"']?\s*:|<!--|<script|^\s*@(?:media|import)\b",
    re.IGNORECASE,
)
_CODE_SIGNS = re.compile(r"[{}\[\]();=<>|\"']")
_CODE_SHARE = 0.03
"""Least share of signs of code in a script's text."""


def is_concealed(style: str) -> bool:
    """Whether a style attribute hides its element."""
    return _STYLE.search(style[:_READ]) is not None


def is_left_out(element: HtmlElement, marks: Marks, *, is_inline: bool) -> bool:
    """Whether the text of a hidden element is none of the page's.

    Args:
        element: an element with the mark HIDDEN or CONCEALED.
        marks: its own marks.
        is_inline: whether it stands within a line.
    """
    text = _text(element)
    if not text.strip():
        return False
    # counting signs is faster than searching for words
    if len(_CODE_SIGNS.findall(text)) >= _CODE_SHARE * len(text) and _SCRIPT.search(text):
        return True
    if not is_inline or element.tag == "a":
        return False
    if len(text) > MAX_ADDITION and phrases.ends_sentence(text.strip()):
        return False
    return bool(marks & Mark.HIDDEN) or len(text) <= MAX_ADDITION


def _text(element: HtmlElement) -> str:
    pieces: list[str] = []
    length = 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece)
        if length > _READ:
            break
    return "".join(pieces)[:_READ]
