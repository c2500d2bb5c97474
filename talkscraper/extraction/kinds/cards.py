"""Cards: boxes that link to other pages, each a linked headline with a picture and a teaser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from talkscraper.extraction.kinds.visible_page import single_spaced, weight

HEADLINE = 20
"""Characters of a link's text from which on it may be a headline."""
BOX = 700
"""Characters of a card at most."""
PROSE = 110
"""Characters of a paragraph that is prose and not a teaser's line."""
BESIDE = 60
"""Characters directly beside a link from which on it is a part of a sentence."""
NEAR = 8
"""Neighbours on either side whose text counts for that."""
MAX_LINKS = 3_000
"""Links and paragraphs that are looked at."""
MAX_CARDS = 80
"""Cards that are looked at."""
_LEVELS = 4
_START = 18
"""Characters by which a line is recognised: what follows may be glued to it."""
_BULLET = re.compile(r"^[\d\s|.\-•*]+")
_WALLS = frozenset({"body", "main", "ul", "ol", "table", "tbody", "html"})
_APART = frozenset({"nav", "footer", "aside"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of a page."""

    count: int
    starts: frozenset[str]
    """How the texts in them begin."""

    def share_of(self, text: str) -> float:
        """Which share of an extracted text comes out of cards, by characters of its lines."""
        inside = total = 0
        for line in text.splitlines():
            stripped = _BULLET.sub("", line.strip())
            size = weight(stripped)
            if size < HEADLINE:
                continue
            total += size
            if stripped[:_START] in self.starts:
                inside += size
        return inside / total if total else 0.0


def cards_of(tree: HtmlElement) -> Cards:
    """The cards outside of menus, sidebars and footers, at most ``MAX_CARDS``."""
    starts: set[str] = set()
    seen: set[HtmlElement] = set()
    for link in _headline_links(tree):
        box = _box_of(link)
        if box in seen:
            continue
        seen.add(box)
        for text in (single_spaced(box.text_content()), *map(single_spaced, box.itertext())):
            if weight(text) >= HEADLINE:
                starts.add(_BULLET.sub("", text)[:_START])
        if len(seen) >= MAX_CARDS:
            break
    return Cards(len(seen), frozenset(starts))


def _headline_links(tree: HtmlElement) -> Iterator[HtmlElement]:
    addresses: set[str] = set()
    for link in islice(tree.iter("a"), MAX_LINKS):
        address = link.get("href") or ""
        if not address or address in addresses or address.startswith(("#", "javascript:", "mailto:")):
            continue
        heading = _heading_of(link)
        words = single_spaced("".join((link if heading is None else heading).itertext()))
        if weight(words) < HEADLINE:
            continue
        addresses.add(address)
        if heading is None and _in_prose(link):
            continue
        if not any(a.tag in _APART for a in link.iterancestors()) and not _masthead(link):
            yield link


def _masthead(link: HtmlElement) -> bool:
    """Whether the link is in the page's header; an ``<article>`` has one of its own."""
    for ancestor in link.iterancestors("header", "article"):
        return bool(ancestor.tag == "header" and not any(a.tag in ("article", "li") for a in ancestor.iterancestors()))
    return False


def _heading_of(link: HtmlElement) -> HtmlElement | None:
    inside = next((e for e in link.iter(*_HEADINGS)), None)
    if inside is not None:
        return inside
    parent = link.getparent()
    return parent if parent is not None and parent.tag in _HEADINGS and parent.tag != "h1" else None


def _in_prose(link: HtmlElement) -> bool:
    """Whether the link is a part of a sentence: much text is directly beside it."""
    while (parent := link.getparent()) is not None and parent.tag in ("b", "strong", "em", "i", "span", "u"):
        link = parent
    if parent is None:
        return True
    near = [link.tail or ""]
    near += [e.tail or "" for e in islice(link.itersiblings(), NEAR)]
    before = list(islice(link.itersiblings(preceding=True), NEAR))
    near += [e.tail or "" for e in before]
    if len(before) < NEAR:
        near.append(parent.text or "")
    return weight("".join(near)) > BESIDE


def _box_of(link: HtmlElement) -> HtmlElement:
    """The largest element around a link that has no other headline's link in it."""
    box = link
    address = link.get("href")
    for _ in range(_LEVELS):
        parent = box.getparent()
        if parent is None or parent.tag in _WALLS:
            break
        texts = list(islice(parent.itertext(), BOX))
        if len(texts) == BOX or sum(map(len, texts)) > BOX:
            break
        if any(
            a.get("href") != address and weight("".join(a.itertext()).strip()) >= HEADLINE for a in parent.iter("a")
        ):
            break
        box = parent
    return box


def prose_paragraphs(tree: HtmlElement) -> int:
    """How many ``<p>`` are prose: long enough, not in a menu, not a card's teaser."""
    count = 0
    for paragraph in islice(tree.iter("p"), MAX_LINKS):
        own = (paragraph.text or "") + "".join(c.tail or "" for c in paragraph)
        if (
            weight(own) >= PROSE
            and not own.rstrip().endswith(("…", "...", "[…]", "[...]"))
            and not any(a.tag in _APART or a.tag in ("a", "li") for a in paragraph.iterancestors())
            and not _beside_headline_link(paragraph)
        ):
            count += 1
            if count > 40:
                break
    return count


def _beside_headline_link(paragraph: HtmlElement) -> bool:
    """Whether the paragraph shares its small box with a linked headline."""
    box = paragraph.getparent()
    for _ in range(2):
        if box is None or box.tag in _WALLS or len(box) > 8:
            return False
        for heading in box.iter(*_HEADINGS):
            if next(heading.iter("a"), None) is not None or any(a.tag == "a" for a in heading.iterancestors()):
                return sum(1 for _ in box.iter("p")) <= 3
        box = box.getparent()
    return False
