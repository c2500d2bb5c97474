"""Boxes between an article's paragraphs that aren't part of it: advertisements, forms, lists of other articles.

They are recognised by content, not by name: a label of an advertisement, form controls, a button that leads to another
site, a headed list of links, or a list of headlines with links.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from talkscraper.extraction import phrases
from talkscraper.extraction.block_selection import HEADING_TAGS
from talkscraper.extraction.blocks import Block, Box, is_prose, within
from talkscraper.extraction.site import host_name

_CARD_TAGS = frozenset(("div", "section", "aside", "article"))
_CELLS = frozenset(("td", "th"))
_CARD = 500
"""Characters of a box between paragraphs up to which it may be one."""
_OFFER = 30
"""Characters of a card's link ("Shop now")."""
_FEW = 2
"""Maximum number of boxes with offers or forms (more are the page's subject), and of paragraphs in one."""
_BOXED = 3
"""Boxes around each paragraph of a column, at most."""
_COLUMN = 3
"""Paragraphs that a box must hold side by side to be the text's column."""
_LABEL = 60
"""Characters of a line that may be a label over what follows."""
_LIST = 60
"""Blocks that a list of other articles has at most."""
_LINKED = 0.8
"""Share of a line in links from which it is one."""
_LEAST_TITLE = 25
"""Characters of a link that may be a headline."""
_SLACK = 3
"""Characters of a link that don't count as its own: blanks."""
_KEYWORD = 40
"""Characters of the keyword before it."""
_LEAST_SLUG = 12
"""Characters of the last part of an article's address."""
_TEASER = 200
"""Characters of prose that a teaser doesn't reach."""


def insets(blocks: Sequence[Block], inside: Collection[int], host: str) -> Iterator[tuple[int, str]]:
    """``(index, why)`` of the blocks in such boxes.

    Args:
        blocks: The page's blocks.
        inside: Indexes of those that are taken for the article's.
        host: The page's host without ``www.``.
    """
    home = _column(blocks, inside)
    if home is not None:
        yield from _cards(blocks, inside, home, host)
    yield from ((index, "headlines of other articles") for index in _teaser_lists(blocks, inside, host))
    for index in sorted(inside):
        label = blocks[index]
        if len(label.text) <= _LABEL and phrases.RELATED.fullmatch(label.text):
            members = _under(blocks, label, home)
            if _are_other_articles(members):
                yield from ((block.index, "related articles") for block in (label, *members))


def _teaser_lists(blocks: Sequence[Block], inside: Collection[int], host: str) -> Iterator[int]:
    """The items of lists of which each is another article's headline, maybe behind a keyword ("Floods: …")."""
    lists: dict[int, list[Block]] = {}
    for index in sorted(inside):
        block = blocks[index]
        if block.tag == "li" and block.box.parent is not None:
            lists.setdefault(id(block.box.parent), []).append(block)
    for items in lists.values():
        above = blocks[items[0].index - 1] if items[0].index else items[0]
        if above.index in inside and above.text.endswith((":", "：")) and not phrases.RELATED.fullmatch(above.text):
            continue  # the article introduces them
        if len(items) > 1 and all(_is_headline_link(block, host) for block in items):
            yield from (block.index for block in items)


def _is_headline_link(block: Block, host: str) -> bool:
    """Whether an item is a link to a page of this site, in words of a headline, and at most a keyword before it."""
    if not block.href or block.linked < _LEAST_TITLE:
        return False
    if block.href.startswith(("#", "mailto:")) or (host_name(block.href) or host) != host:
        return False
    before = block.text[: max(0, len(block.text) - block.linked)].strip()
    if len(before) > _SLACK and not (
        before.endswith((":", "?", "!", "|", "–", "-")) and len(before) <= _KEYWORD and block.strong
    ):
        return False
    return len(block.href.rstrip("/").rsplit("/", 1)[-1]) >= _LEAST_SLUG


def _column(blocks: Sequence[Block], inside: Collection[int]) -> Box | None:
    """The box with the most children that are paragraphs; else the box with the most such boxes."""
    paragraphs = [b for b in (blocks[i] for i in inside) if b.tag == "p" or (b.tag == "div" and is_prose(b))]
    for levels in (1, _BOXED):
        children: dict[int, set[int]] = {}
        boxes: dict[int, Box] = {}
        for block in paragraphs:
            child = block.box
            for _ in range(levels):
                if child.parent is None:
                    break
                children.setdefault(id(child.parent), set()).add(id(child))
                boxes[id(child.parent)] = child.parent
                child = child.parent
        best = max(boxes.values(), key=lambda box: (len(children[id(box)]), box.depth), default=None)
        if best is not None and len(children[id(best)]) >= _COLUMN:
            return best
    return None


def _cards(blocks: Sequence[Block], inside: Collection[int], home: Box, host: str) -> Iterator[tuple[int, str]]:
    cards: dict[int, list[Block]] = {}
    for block in blocks:
        card = _child_towards(block.box, home)
        if card is not None and card.tag in _CARD_TAGS:
            cards.setdefault(id(card), []).append(block)
    asking: list[list[Block]] = []
    selling: list[list[Block]] = []
    for members in cards.values():
        if sum(len(b.text) for b in members) > _CARD or sum(is_prose(b) for b in members) > _FEW:
            continue
        if any(_is_advert_label(b) for b in members):
            yield from ((b.index, "advertisement") for b in members)
        elif not any(b.index in inside for b in members):
            continue
        elif _holds(members, home, "form", "input", "textarea"):
            asking.append(members)
        elif _sells(members, home, host):
            selling.append(members)
    for found, why in ((asking, "a box to fill in"), (selling, "a box that sells")):
        # many of them are what the article is about
        if len(found) <= _FEW:
            yield from ((b.index, why) for members in found for b in members)


def _is_advert_label(block: Block) -> bool:
    return len(block.text) <= _LABEL and bool(phrases.ADVERTISEMENT_LABEL.fullmatch(block.text))


def _sells(members: Sequence[Block], home: Box, host: str) -> bool:
    """Whether a box has a button, or a short link to another site, and no long paragraph."""
    if len(members) < 2 or any(is_prose(b, _TEASER) or _is_cell(b) for b in members):
        return False
    return any(_is_offer(b, host) for b in members) or _holds(members, home, "button")


def _is_cell(block: Block) -> bool:
    return block.tag in _CELLS or (block.box.parent is not None and block.box.parent.tag in _CELLS)


def _is_offer(block: Block, host: str) -> bool:
    if block.linked < 0.9 * len(block.text) or len(block.text) > _OFFER or not block.href:
        return False
    return block.href.startswith(("http://", "https://", "//")) and (host_name(block.href) or "") != host


def _holds(members: Sequence[Block], home: Box, *tags: str) -> bool:
    card = _child_towards(members[0].box, home)
    return card is not None and next(card.element.iter(*tags), None) is not None


def _under(blocks: Sequence[Block], label: Block, home: Box | None) -> list[Block]:
    """The blocks under a label: the rest of its box, or, in the column, up to where the article continues."""
    card = _child_towards(label.box, home) if home is not None else None
    box = card if card is not None and card is not label.box else label.box.parent
    found: list[Block] = []
    for block in blocks[label.index + 1 : label.index + 1 + _LIST]:
        if box is not None and not within(block.box, box):
            break
        if box is home and not block.linked and block.tag in HEADING_TAGS:
            break
        if box is home and is_prose(block) and block.linked < _LINKED * len(block.text):
            break
        found.append(block)
    return found


def _are_other_articles(members: Sequence[Block]) -> bool:
    linked = any(b.href and b.linked >= _LINKED * len(b.text) for b in members)
    return linked and not any(is_prose(b, _TEASER) and not b.linked for b in members)


def _child_towards(box: Box, ancestor: Box) -> Box | None:
    """The direct child of an ancestor that holds a box."""
    inner: Box | None = box
    while inner is not None and inner.depth > ancestor.depth:
        if inner.parent is ancestor:
            return inner
        inner = inner.parent
    return None
