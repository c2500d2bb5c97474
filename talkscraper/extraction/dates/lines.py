"""The visible lines of a page around its headline, with hints from the markup.

Navigation, footers, sidebars, comments and lists of other articles are left out, except where they hold the headline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from talkscraper.extraction.dates.hints import NOTHING, Meaning, attributes_of, meaning_of

MAX_LINES = 4_000
MAX_PIECE = 2_000
"""Characters of a text, and about of a line, that are kept."""
MAIN_SHARE = 0.5
"""An element with at least this share of the page's text is the page, whatever its class."""
MAX_WEIGHED = 300
"""Elements whose text is counted before they are left out; a page of nested ones would take its square."""

SMALL = 120
"""Characters of a box right below the headline that is read whatever its class."""
NEAR = 1_000
"""Characters after the headline that are right below it."""

_SKIPPED = frozenset({
    "script", "style", "noscript", "template", "svg", "iframe", "select", "option", "head", "nav", "footer", "form",
    "object", "video", "audio", "canvas", "math",
})  # fmt: skip
_BLOCK = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "dd", "details", "dialog", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre",
    "section",
    "table", "tbody", "td", "th", "tr", "ul", "center", "summary", "button",
})  # fmt: skip
_ABBREVIATED = frozenset({"abbr", "span"})
"""Elements in which a date is abbreviated, and told in full in ``title`` (hAtom, and microformats' value-title)."""
_MACHINE_DATE = re.compile(r"\s*\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d|\s*\Z)")
_CHARACTERS = etree.XPath("string-length()")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INNER = 3
"""Levels up to which attributes apply to the text; for its role only two."""


@dataclass(frozen=True, slots=True)
class TimeElement:
    """A ``<time>``: what it shows, what it declares, and what its markup calls it."""

    text: str
    declared: str
    role: str | None


@dataclass(slots=True)
class Line:
    """One line: text between two block boundaries."""

    start: int
    """Characters of the page's text before it."""
    text: str = ""
    hinted: bool = False
    """Markup around it is named for dates or for the byline."""
    dated: bool = False
    """The markup right around it names a date, not just a byline."""
    role: str | None = None
    """``published`` or ``modified`` according to the markup."""
    beside: bool = False
    """In a sidebar or in the article's own foot."""
    linked: bool = False
    """Nearly all of it is inside a link."""
    heading: bool = False
    caption: bool = False
    """It is a caption."""
    listed: bool = False
    times: list[TimeElement] = field(default_factory=list)
    """Its ``<time>`` elements, in order."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The lines, and the position of the headline."""

    lines: list[Line]
    headline: int | None
    """``Line.start`` of the headline."""


def read_lines(tree: HtmlElement, headline: HtmlElement | None) -> Reader:
    """The page's lines in reading order, at most ``MAX_LINES``."""
    body = tree.find("body")
    root = body if body is not None else tree
    kept = set(headline.iterancestors()) | {headline} if headline is not None else set()
    kept.add(root)
    main = _length(root) * MAIN_SHARE
    walker = _LineWalker(headline)
    weighed = 0
    events = etree.iterwalk(root, events=("start", "end"))
    for event, element in events:
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if event == "end":
            walker.close(element, tag)
            if len(walker.lines) >= MAX_LINES:
                break
            continue
        out = element not in kept and _left_out(element, tag)
        meaning = NOTHING if out else meaning_of(attributes_of(element))
        if (meaning.elsewhere or meaning.beside) and element not in kept and weighed < MAX_WEIGHED:
            weighed += 1
            length = _length(element)
            if length >= main:
                meaning = meaning._replace(beside=False)
            elif meaning.elsewhere and length <= SMALL and walker.near_headline:
                # "28 October · <span class=comments>3 comments</span>", or a byline's box with the date in it
                meaning = meaning._replace(beside=tag in _BLOCK)
            else:
                out = meaning.elsewhere
        if out:
            events.skip_subtree()
            walker.skipped.append(element)
        else:
            walker.open(element, tag, meaning, holds_headline=element in kept)
    walker.flush()
    return Reader(walker.lines, walker.position)


def _length(element: HtmlElement) -> int:
    return int(_CHARACTERS(element))


def _left_out(element: HtmlElement, tag: str) -> bool:
    if tag == "footer":
        return not any(a.tag == "article" for a in element.iterancestors())
    if tag in _SKIPPED or element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and "display:none" in style.replace(" ", "").lower()


class _LineWalker:
    """Collects lines while the tree is walked."""

    def __init__(self, headline: HtmlElement | None) -> None:
        self.lines: list[Line] = []
        self.position: int | None = None
        self.skipped: list[HtmlElement] = []
        self._headline = headline
        self._meanings: list[Meaning] = []
        self._line = Line(0)
        self._length = 0
        self._links = self._headings = self._items = self._captions = 0
        self._linked_characters = 0
        self._besides: list[HtmlElement] = []
        self._time: tuple[int, str] | None = None
        self._time_in: HtmlElement | None = None

    @property
    def near_headline(self) -> bool:
        """Whether the headline was just read."""
        return self.position is not None and self._length - self.position <= NEAR

    def open(self, element: HtmlElement, tag: str, meaning: Meaning, *, holds_headline: bool) -> None:
        if tag in _BLOCK:
            self.flush()
        if element is self._headline:
            self.flush()
            self.position = self._length
        if tag == "time" or (tag in _ABBREVIATED and _MACHINE_DATE.match(element.get("title") or "")):
            meaning = meaning._replace(byline=True)
            declared = element.get("datetime") or element.get("content") or element.get("title") or ""
            self._time = (len(self._line.text), declared)
            self._time_in = element
        if tag in ("figure", "figcaption") and not meaning.caption:
            meaning = meaning._replace(caption=True)
        self._meanings.append(meaning)
        self._count(tag, meaning, 1)
        if not holds_headline and (tag in ("footer", "aside") or meaning.beside):
            self._besides.append(element)
        self._add(element.text)

    def close(self, element: HtmlElement, tag: str) -> None:
        if self.skipped and self.skipped[-1] is element:
            self.skipped.pop()
            if tag in _BLOCK or tag in _SKIPPED:
                self.flush()
            self._add(element.tail)
            return
        if self._time and element is self._time_in:
            start, declared = self._time
            self._line.times.append(TimeElement(self._line.text[start:].strip(), declared, self._role()))
            self._time = None
        if self._besides and self._besides[-1] is element:
            self._besides.pop()
        self._count(tag, self._meanings.pop(), -1)
        if tag in _BLOCK:
            self.flush()
        self._add(element.tail)

    def _count(self, tag: str, meaning: Meaning, step: int) -> None:
        if tag == "a":
            self._links += step
        elif tag == "li":
            self._items += step
        elif tag in _HEADINGS:
            self._headings += step
        if meaning.caption:
            self._captions += step

    def _role(self) -> str | None:
        return next((m.role for m in reversed(self._meanings[-2:]) if m.role), None)

    def _add(self, text: str | None) -> None:
        if not text:
            return
        line = self._line
        if text.isspace():
            if line.text:
                line.text += " "
            return
        if len(line.text) > MAX_PIECE:
            return
        text = text[:MAX_PIECE]
        if line.text and line.text[-1].isalnum() and text[0].isalnum():
            line.text += " "  # <span>28 October</span><span>Updated …</span>: the style sheet parts them
        line.text += text
        if self._links:
            self._linked_characters += len(text)
        line.heading |= self._headings > 0
        line.beside |= bool(self._besides)
        line.caption |= self._captions > 0
        line.listed |= self._items > 0
        for meaning in self._meanings[-_INNER:]:
            line.hinted |= meaning.byline
            line.dated |= meaning.dated
        if line.role is None and (role := self._role()) and any(map(str.isdigit, text[:200])):
            line.role = role

    def flush(self) -> None:
        """End the line, if there is anything on it."""
        line = self._line
        text = line.text.strip()
        if not text and not line.times:
            if line.text:
                self._line = Line(self._length)
            return
        line.linked = self._linked_characters > 0.8 * max(1, len(text))
        line.text = text
        line.start = self._length
        self.lines.append(line)
        self._length += len(text) + 1
        self._line = Line(self._length)
        self._linked_characters = 0
        if self._time:
            self._time = (0, self._time[1])
