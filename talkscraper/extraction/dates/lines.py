"""A page as the lines a reader sees around its headline, with what the markup hints about each.

Navigation, footers, sidebars, comments and lists of other articles are left out, except where they hold the headline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

MAX_LINES = 4_000
MAX_PIECE = 2_000
MAIN_SHARE = 0.5
"""An element with at least this share of the page's text is the page, whatever its class says."""

_SKIPPED = frozenset(
    "script style noscript template svg iframe select option head nav footer form object video audio canvas math".split()
)
_BLOCK = frozenset(
    "address article aside blockquote body br dd details dialog div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 "
    "header hr li main ol p pre section table tbody td th tr ul center summary button".split()
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:footer|related|recommend(?:ed|ations?)?|recirc\w*|comments?|commentlist|disqus"
    r"|newsletter|popular|trending|most-?(?:read|viewed|popular)|latest(?:-news)?|read-?(?:next|more|also)|more-?(?:from|news"
    r"|stories|articles)|teasers?|cookie|promo|advert\w*|outbrain|taboola|prevnext|post-navigation|nav|menu|copyright"
    r"|upcoming|events?-list|carousel|ticker|site-footer|author-bio|you-may|also-like)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"(?:^|[\s_-])(?:side-?bar|widget|rail|(?:article|entry|post|story)-footer)(?:$|[\s_-])", re.IGNORECASE)
"""Beside the article, or under it: some themes put its date there, most put other things."""
DATE_HINT = re.compile(
    r"date|time|publi|posted|byline|dateline|stamp|updated|datum|fecha|pub[-_]|[-_]pub|fech|entry-meta|post-meta|article-meta"
    r"|meta-|-meta|created|modified|\bmeta\b|\binfo\b|zeit|veroeff|tarih|data\b|credit",
    re.IGNORECASE,
)
_MODIFIED_HINT = re.compile(r"modif|updat|aktualis|geaendert|lastmod|revis|edited", re.IGNORECASE)
_PUBLISHED_HINT = re.compile(r"publish|posted|created|pubdate|pub-date|entry-date|erschien|published", re.IGNORECASE)
_DATED = re.compile(r"(?:^|[^a-z])date(?!x|base)|[a-z]Date|datum|fecha|publi|publish", re.IGNORECASE)
_INNER = 3
"""How many levels up a class still speaks of the text."""


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
    """A class, id or tag around it speaks of dates or of the byline."""
    beside: bool = False
    """In a sidebar or in the article's own foot."""
    dated: bool = False
    """The markup right around it names a date, not just a byline."""
    role: str | None = None
    """``published`` or ``modified`` where the markup says it."""
    linked: bool = False
    """Nearly all of it is inside a link."""
    heading: bool = False
    caption: bool = False
    """It stands under a picture."""
    listed: bool = False
    times: list[TimeElement] = field(default_factory=list)
    """Its ``<time>`` elements, in order."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The lines, and where the headline stands among them."""

    lines: list[Line]
    headline: int | None
    """``Line.start`` of the headline."""


def _hints(element: HtmlElement) -> str:
    parts = [element.get(a, "") for a in ("class", "id", "itemprop", "data-testid", "data-qa", "data-type", "property")]
    return " ".join(p for p in parts if p)[:300]


def read_lines(tree: HtmlElement, headline: HtmlElement | None) -> Reader:
    """The page's lines in reading order, at most ``MAX_LINES``."""
    body = tree.find("body")
    root = body if body is not None else tree
    kept = set(headline.iterancestors()) if headline is not None else set()
    main = sum(map(len, root.itertext())) * MAIN_SHARE
    walker = _Walker(headline)
    events = etree.iterwalk(root, events=("start", "end"))
    for event, element in events:
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if event == "start":
            hints = _hints(element)
            if (tag in _SKIPPED and not (tag == "footer" and _in_article(element))) or (
                tag == "aside" and not _small_byline(element, hints)
            ) or _hidden(element):
                if element not in kept and element is not headline:
                    events.skip_subtree()
                    walker.skipped.append(element)
                    continue
            if hints and element is not root and element not in kept and _elsewhere(hints) and element is not headline and sum(map(len, element.itertext())) < main:
                events.skip_subtree()
                walker.skipped.append(element)
                continue
            walker.open(element, tag, hints, holds_headline=element in kept)
        else:
            walker.close(element, tag)
        if len(walker.lines) >= MAX_LINES:
            break
    walker.flush()
    return Reader(walker.lines, walker.position)


def _elsewhere(hints: str) -> bool:
    return bool(_ELSEWHERE.search(_BESIDE.sub(" ", hints)))


def _small_byline(aside: HtmlElement, hints: str) -> bool:
    """Themes put a post's author and date into an ``<aside>``; sidebars are longer."""
    return bool(DATE_HINT.search(hints)) and sum(map(len, aside.itertext())) < 400


def _in_article(element: HtmlElement) -> bool:
    return any(a.tag == "article" for a in element.iterancestors())


def _hidden(element: HtmlElement) -> bool:
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and "display:none" in style.replace(" ", "").lower()


def _declared_role(hints: list[str]) -> str | None:
    """What the nearest class calls a date. WordPress writes ``entry-date updated`` where there is no other date."""
    for hint in reversed(hints[-2:]):
        if _PUBLISHED_HINT.search(hint):
            return "published"
        if _MODIFIED_HINT.search(hint):
            return "modified"
    return None


class _Walker:
    def __init__(self, headline: HtmlElement | None) -> None:
        self.lines: list[Line] = []
        self.position: int | None = None
        self.skipped: list[HtmlElement] = []
        self._headline = headline
        self._hints: list[str] = []
        self._line = Line(0)
        self._length = 0
        self._links = self._headings = self._items = self._captions = 0
        self._beside: list[HtmlElement] = []
        self._linked_characters = 0
        self._time: tuple[int, str] | None = None

    def open(self, element: HtmlElement, tag: str, hints: str, *, holds_headline: bool) -> None:
        if tag in _BLOCK:
            self.flush()
        if element is self._headline:
            self.flush()
            self.position = self._length
        self._hints.append(hints if tag != "time" else f"{hints} time")
        self._links += tag == "a"
        self._headings += tag in _HEADINGS
        self._items += tag == "li"
        self._captions += tag in ("figure", "figcaption") or "caption" in hints.lower()
        if tag == "time":
            declared = element.get("datetime") or element.get("content") or element.get("title") or ""
            self._time = (len(self._line.text), declared)
        if not holds_headline and (tag == "footer" or (hints and _BESIDE.search(hints))):
            self._beside.append(element)
        self._add(element.text)

    def close(self, element: HtmlElement, tag: str) -> None:
        if self.skipped and self.skipped[-1] is element:
            self.skipped.pop()
            if tag in _BLOCK or tag in ("nav", "footer", "form"):
                self.flush()
            self._add(element.tail)
            return
        if tag == "time" and self._time:
            start, declared = self._time
            text = self._line.text[start:].strip()
            self._line.times.append(TimeElement(text, declared, _declared_role(self._hints)))
            self._time = None
        if self._beside and self._beside[-1] is element:
            self._beside.pop()
        self._links -= tag == "a"
        self._headings -= tag in _HEADINGS
        self._items -= tag == "li"
        self._captions -= tag in ("figure", "figcaption") or "caption" in self._hints[-1].lower()
        self._hints.pop()
        if tag in _BLOCK:
            self.flush()
        self._add(element.tail)

    def _add(self, text: str | None) -> None:
        if not text or not text.strip():
            if text and self._line.text:
                self._line.text += " "
            return
        line = self._line
        text = text[:MAX_PIECE]
        if line.text and line.text[-1].isalnum() and text[0].isalnum():
            line.text += " "  # <span>28 October</span><span>Updated …</span>: the style sheet parts them
        line.text += text
        if self._links:
            self._linked_characters += len(text)
        line.heading = line.heading or self._headings > 0
        line.beside = line.beside or bool(self._beside)
        line.caption = line.caption or self._captions > 0
        line.listed = line.listed or self._items > 0
        near = " ".join(h for h in self._hints[-_INNER:] if h)
        if near:
            line.hinted = line.hinted or bool(DATE_HINT.search(near))
            line.dated = line.dated or bool(_DATED.search(near))
            if line.role is None and any(c.isdigit() for c in text):
                line.role = _declared_role(self._hints)

    def flush(self) -> None:
        line = self._line
        text = line.text.strip()
        if text or line.times:
            line.linked = self._linked_characters > 0.8 * max(1, len(text))
            line.text = text
            line.start = self._length
            self.lines.append(line)
            self._length += len(text) + 1
        self._line = Line(self._length)
        self._linked_characters = 0
        if self._time:
            self._time = (0, self._time[1])


def elsewhere(element: HtmlElement) -> bool:
    """Whether an element isn't about this article: a footer, a sidebar, navigation, comments, other articles."""
    if not isinstance(element.tag, str) or element.tag in ("html", "body", "main", "article"):
        return False
    if element.tag in ("nav", "footer", "aside"):
        return True
    hints = _hints(element)
    return bool(hints) and bool(_ELSEWHERE.search(hints) or _BESIDE.search(hints))
