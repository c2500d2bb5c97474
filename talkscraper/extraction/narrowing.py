"""The part of a page that trafilatura is given: the smallest box that holds the page's prose.

trafilatura copies the tree it is given several times and asks it dozens of XPath questions. On a news page most of
that tree is menus, scripts and teasers. What is cut away here is what holds no prose, so that the answer stays the
same and comes sooner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree, html
from lxml.html import HtmlElement

from talkscraper.extraction import phrases
from talkscraper.extraction.blocks import Block, Box
from talkscraper.extraction.vocabulary import Mark

_ALL = 0.97
"""Share of the prose that the box must hold."""
_PROSE = 80
"""Characters of a paragraph that is prose."""
_APART = Mark.NAV | Mark.FOOTER | Mark.FORM | Mark.COMMENT | Mark.CONSENT | Mark.HIDDEN | Mark.CAPTION
"""Boxes whose prose doesn't count."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_CONTAINERS = frozenset(("div", "section", "article", "main", "body"))
_UNREAD = ("script", "style", "svg", "noscript", "iframe", "link", "meta", "template")


@dataclass(frozen=True, slots=True)
class Prose:
    """Where a page's prose is, and how much of it there is."""

    box: Box | None
    """The deepest box with nearly all of it; None where there is none."""
    size: int
    """Its characters."""

    def page(self) -> HtmlElement:
        """A copy of that box in a page of its own.

        The boxes around it are kept as shells, because trafilatura looks for the article by their names.

        Raises:
            ValueError: There is no prose.
        """
        if self.box is None:
            raise ValueError("a page without prose can't be narrowed to it")
        root = deepcopy(self.box.element)
        root.tail = None
        etree.strip_elements(root, *_UNREAD, with_tail=False)
        for ancestor in self.box.element.iterancestors():
            shell = _shell(ancestor)
            shell.append(root)
            root = shell
        return root


def _shell(element: HtmlElement) -> HtmlElement:
    """An element without what is in it; names that the parser takes but nobody may write are left out."""
    tag = str(element.tag) if _NAME.fullmatch(str(element.tag)) else "div"
    return html.Element(tag, {name: value for name, value in element.items() if _NAME.fullmatch(name)})


def find_prose(blocks: Sequence[Block]) -> Prose:
    """The prose of a page: its paragraphs that are long, hardly linked, and end like sentences."""
    weights: dict[int, int] = {}
    boxes: dict[int, Box] = {}
    total = 0
    for block in blocks:
        size = len(block.text)
        if size < _PROSE or block.linked > 0.5 * size or block.marks & _APART:
            continue
        if not phrases.ends_sentence(block.text):
            continue
        total += size
        # a loose run of text lies in its container; a paragraph in the box around it
        box: Box | None = block.box if block.tag in _CONTAINERS else block.box.parent
        while box is not None:
            key = id(box)
            weights[key] = weights.get(key, 0) + size
            boxes[key] = box
            box = box.parent
    full = [boxes[key] for key, weight in weights.items() if weight >= _ALL * total]
    return Prose(max(full, key=lambda found: found.depth, default=None), total)
