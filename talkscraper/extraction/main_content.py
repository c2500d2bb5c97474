"""The part of a page that trafilatura is given: the smallest box that holds the page's prose.

trafilatura copies its input tree several times and evaluates dozens of XPath expressions on it. On a news page most of
that tree is menus, scripts and teasers. What is cut away here is what holds no prose, so that the answer stays the
same and comes sooner; of the box itself what trafilatura would throw away first thing, and what would be left out of
the text afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise

from lxml import etree
from lxml.html import HtmlElement

from talkscraper.extraction.block_reader import BLOCK_TAGS
from talkscraper.extraction.blocks import Block, Box, is_prose
from talkscraper.extraction.box_names import FOREIGN, Mark, Marks, common_marks
from talkscraper.html import parser
from talkscraper.html.removal import take_out

_ALL = 0.97
"""Share of the prose that the box must hold."""
_APART = Mark.NAV | Mark.FOOTER | Mark.FORM | Mark.COMMENT | Mark.CONSENT | Mark.HIDDEN | Mark.CAPTION
"""Boxes whose prose doesn't count."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_CONTAINERS = frozenset(("div", "section", "article", "main", "body"))
_DELETED = (
    "script style svg noscript iframe link meta template aside embed fencedframe footer menu object applet audio "
    "canvas map picture video area blink button datalist dialog frame frameset fieldset input label legend marquee "
    "menuitem nav noindex optgroup option output param progress rp"
)
"""Elements that trafilatura deletes before it looks at a page (its ``settings.MANUALLY_CLEANED``)."""
_DISSOLVED = "abbr acronym bdi bdo big cite data dfn font img ins mark nobr ruby small wbr em i b u kbd samp tt var"
"""Those that it takes away and leaves their text."""
_NEVER_IDLE = frozenset(("hr", "td", "th", "tr"))


@dataclass(frozen=True, slots=True)
class Prose:
    """Where a page's prose is, and how much of it there is."""

    box: Box | None
    """The deepest box with nearly all of it; None where there is none."""
    size: int
    """Its characters."""
    blocks: Sequence[Block]
    """All blocks of the page."""

    def page(self, left_out: Collection[HtmlElement] = ()) -> HtmlElement:
        """A copy of that box in a page of its own, without the elements that were left out of the blocks.

        The boxes around it are kept as shells, because trafilatura looks for the article by their names.

        Raises:
            ValueError: There is no prose.
        """
        if self.box is None:
            raise ValueError("a page without prose can't be narrowed to it")
        root = deepcopy(self.box.element)
        root.tail = None
        for element in _idle(self.box.element, root, self.blocks, set(left_out)):
            take_out(element)
        etree.strip_elements(root, *_DELETED.split(), with_tail=False)
        etree.strip_tags(root, *_DISSOLVED.split())
        # from the outside in: an element that is put into another tree takes all that is in it along
        shells = [_shell(ancestor) for ancestor in self.box.element.iterancestors()]
        for outer, inner in pairwise([root, *shells][::-1]):
            outer.append(inner)
        return shells[-1] if shells else root


def _shell(element: HtmlElement) -> HtmlElement:
    """An element without what is in it; names that the parser accepts but lxml can't write are left out."""
    tag = str(element.tag) if _NAME.fullmatch(str(element.tag)) else "div"
    return parser.new_element(tag, {name: value for name, value in element.items() if _NAME.fullmatch(name)})


def _idle(
    root: HtmlElement, copy: HtmlElement, blocks: Sequence[Block], left_out: Collection[HtmlElement]
) -> list[HtmlElement]:
    """Boxes of a copy that hold no text, or by their name other text than the article's and no prose.

    A last child stays, because trafilatura judges it differently.
    """
    full: dict[HtmlElement, Box] = {}
    talking: set[Box] = set()
    weights: dict[Marks, int] = {}
    for block in blocks:
        box: Box | None = block.box
        if is_prose(block):
            weights[block.marks] = weights.get(block.marks, 0) + len(block.text)
            while box is not None and box not in talking:
                talking.add(box)
                box = box.parent
            box = block.box
        while box is not None and box.element not in full:
            full[box.element] = box
            box = box.parent
    foreign = FOREIGN & ~common_marks(weights)
    idle: list[HtmlElement] = []
    pairs = zip(root.iter(), copy.iter(), strict=True)
    next(pairs)
    for original, twin in pairs:
        tag = original.tag
        if left_out and original in left_out:
            idle.append(twin)
        elif tag in BLOCK_TAGS:
            found = full.get(original)
            if found is None:
                if tag not in _NEVER_IDLE and twin.getnext() is not None:
                    idle.append(twin)
            elif found.own & foreign and found not in talking and tag not in _NEVER_IDLE:
                idle.append(twin)
        elif tag == "span" and not original.attrib:
            twin.tag = "font"
    return idle


def without(tree: HtmlElement, left_out: Sequence[HtmlElement]) -> HtmlElement:
    """A copy of a page without these elements; the page itself where there are none."""
    if not left_out:
        return tree
    root = deepcopy(tree)
    gone = set(left_out)
    for twin in [twin for original, twin in zip(tree.iter(), root.iter(), strict=True) if original in gone]:
        take_out(twin)
    return root


def find_prose(blocks: Sequence[Block]) -> Prose:
    """The prose of a page: its paragraphs outside of menus, footers and comments."""
    weights: dict[Box, int] = {}
    total = 0
    for block in blocks:
        if block.marks & _APART or not is_prose(block):
            continue
        size = len(block.text)
        total += size
        # text outside a paragraph is in its container; a paragraph is in the box around it
        box: Box | None = block.box if block.tag in _CONTAINERS else block.box.parent
        while box is not None:
            weights[box] = weights.get(box, 0) + size
            box = box.parent
    full = [box for box, weight in weights.items() if weight >= _ALL * total]
    return Prose(max(full, key=lambda found: found.depth, default=None), total, blocks)
