"""An article's text for its page: a search's words marked and numbered, subheads told from paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from talkscraper.errors import QueryError
from talkscraper.store.query import parse
from talkscraper.store.snippets import CLOSE, LOOKED_AT, OPEN, Highlighter

MAX_MARKS = 1_000
"""Maximum number of marks on a page."""
MAX_SUBHEAD = 90
"""Maximum width of a subhead in columns."""
MIN_BODY = 120
"""Minimum width of the paragraph that follows a subhead."""
_MARK = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_LISTED = re.compile(r"[-–—•·*▪‣◦»>]|\d+[.)]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph with its marks."""

    html: Markup
    is_subhead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """A title and the paragraphs below it."""

    title: Markup
    paragraphs: tuple[Paragraph, ...]
    marks: int
    """How many marks there are; their elements have the ids ``hit-1``, ``hit-2`` …."""


def marked_text(title: str, paragraphs: Sequence[str], query: str) -> MarkedText:
    """Return an article's text with the words of ``query`` marked; a query that can't be read marks nothing."""
    highlighter = _highlighter(query)
    count = 0

    def marks(text: str, column: str) -> Markup:
        nonlocal count
        if highlighter is None or count >= MAX_MARKS:
            return Markup(escape(text))  # noqa: S704  escaped
        parts = []
        at = 0
        text = highlighter.mark(text, column)
        for found in _MARK.finditer(text):
            count += 1
            parts.append(escape(text[at : found.start()]))
            parts.append(Markup('<mark id="hit-{}" tabindex="-1">{}</mark>').format(count, found[1]))
            at = found.end()
        parts.append(escape(text[at:]))
        return Markup("").join(parts)

    shown_title = marks(title, "title")
    shown = []
    read = 0
    for text, is_subhead in zip(paragraphs, _subheads(paragraphs), strict=True):
        read += len(text)
        html = marks(text, "text") if read <= LOOKED_AT else Markup(escape(text))  # noqa: S704  escaped
        shown.append(Paragraph(html=html, is_subhead=is_subhead))
    return MarkedText(title=shown_title, paragraphs=tuple(shown), marks=count)


def _highlighter(query: str) -> Highlighter | None:
    try:
        wanted = parse(query).wanted if query else ()
    except QueryError:
        return None
    return Highlighter(wanted) if wanted else None


def _subheads(paragraphs: Sequence[str]) -> Iterator[bool]:
    """Tell which paragraphs read as subheads: a short line without a full stop, above a longer paragraph.

    The text of an article doesn't say which of its paragraphs were headings on the page.
    """
    for at, text in enumerate(paragraphs):
        below = paragraphs[at + 1] if at + 1 < len(paragraphs) else ""
        above = paragraphs[at - 1] if at else ""
        yield bool(at) and _is_short_line(text) and _is_body(below) and not _is_short_line(above)


def _is_short_line(text: str) -> bool:
    text = text.strip()
    if not text or _width(text) > MAX_SUBHEAD or "\n" in text or _LISTED.match(text):
        return False
    first, last = text[0], text[-1]
    # quotations, captions in brackets, lines that end a sentence or begin a list
    if last in ".,;:!…。．，；：！" or unicodedata.category(first) in ("Pi", "Ps") or first in "\"'„":
        return False
    return any(character.isalpha() for character in text)


def _is_body(text: str) -> bool:
    return _width(text) >= MIN_BODY


def _width(text: str) -> int:
    """Return the number of columns that the beginning of a text takes: a Han or Kana letter is as wide as two."""
    return sum(1 + (unicodedata.east_asian_width(character) == "W") for character in text[: MIN_BODY + 1])
