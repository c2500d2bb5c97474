"""The part of a page that trafilatura is given: the smallest box that holds the page's prose.

trafilatura copies the tree it is given several times and asks it dozens of XPath questions. On a news page most of
that tree is menus, scripts and teasers. What is cut away here is what holds no prose, so that the answer stays the
same and comes sooner.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from lxml import etree, html
from lxml.html import HtmlElement

from talkscraper.extraction import phrases
from talkscraper.extraction.blocks import Block, Box
from talkscraper.extraction.vocabulary import Mark

_ALL = 0.97
"""Share of the prose that the box must hold."""
_PROSE = 80
"""Characters of a paragraph that is prose."""
_LEAST = 1_200
"""Characters of prose below which a page is given whole: there trafilatura needs all it can see."""
_APART = Mark.NAV | Mark.FOOTER | Mark.FORM | Mark.COMMENT | Mark.CONSENT | Mark.HIDDEN | Mark.CAPTION
"""Boxes whose prose doesn't count."""
_UNREAD = (
    "script",
    "style",
    "svg",
    "noscript",
    "iframe",
    "link",
    "meta",
    "template",
)


def narrowed(tree: HtmlElement, blocks: Sequence[Block]) -> HtmlElement:
    """A copy of the page's part with the prose, in a page of its own; of the whole page where it has little prose.

    Args:
        tree: The ``<html>`` element; it isn't changed.
        blocks: The page's blocks.
    """
    box = _home(blocks)
    if box is None or box.tag == "body":
        copied = deepcopy(tree)
        etree.strip_elements(copied, *_UNREAD, with_tail=False)
        return copied
    inner = deepcopy(box.element)
    inner.tail = None
    etree.strip_elements(inner, *_UNREAD, with_tail=False)
    # the boxes around it are kept as shells, because trafilatura looks for the article by their names
    for ancestor in box.element.iterancestors():
        shell = html.Element(ancestor.tag, dict(ancestor.attrib))
        shell.append(inner)
        inner = shell
    return inner


def _home(blocks: Sequence[Block]) -> Box | None:
    """The deepest box with nearly all prose."""
    weights: dict[int, int] = {}
    boxes: dict[int, Box] = {}
    total = 0
    for block in blocks:
        size = len(block.text)
        if size < _PROSE or block.linked > 0.5 * size or block.marks & _APART:
            continue
        if not phrases.SENTENCE_END.search(block.text):
            continue
        total += size
        box: Box | None = block.box.parent if block.tag not in ("div", "section", "article", "main") else block.box
        while box is not None:
            key = id(box)
            weights[key] = weights.get(key, 0) + size
            boxes[key] = box
            box = box.parent
    if total < _LEAST:
        return None
    full = [boxes[key] for key, weight in weights.items() if weight >= _ALL * total]
    return max(full, key=lambda found: found.depth, default=None)
