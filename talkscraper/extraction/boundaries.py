"""The boundaries of the article: labels and standfirst above the first paragraph, notes below the last one."""

from __future__ import annotations

from collections.abc import Sequence

from talkscraper.extraction import phrases
from talkscraper.extraction.block_selection import HEADING_TAGS, ITEM_TAGS, Selection, near_marks
from talkscraper.extraction.blocks import Block, is_prose, squeeze
from talkscraper.extraction.box_names import FOREIGN, Mark

_NEVER_LEAD = (
    Mark.CAPTION | Mark.HIDDEN | Mark.VEILED | Mark.COMMENT | Mark.CONSENT | Mark.FORM | Mark.AD | Mark.NEWSLETTER
)  # fmt: skip
"""Marks of boxes in which a line isn't the standfirst, though it is declared as the description."""
_MAX_DATELINE = 24
"""Letters of the place before a standfirst ("Berlin.")."""
_QUOTED = tuple("\"'“”„«»‹›‘’「『")
_LABEL = 60
"""Characters of a label."""


def drop_labels(chosen: Selection) -> None:
    """Names, dates and labels above the first paragraph."""
    for index in sorted(chosen.inside):
        block = chosen.blocks[index]
        if is_prose(block) or block.tag in ITEM_TAGS:
            break
        if block.tag in HEADING_TAGS:
            continue
        if len(block.text) <= 40 and phrases.NUMBERED.search(block.text) and not phrases.ends_sentence(block.text):
            chosen.drop(index, "label above the text")


def add_lead(chosen: Selection) -> None:
    """The standfirst: printed between headline and text, and declared as the description or named so."""
    if not chosen.inside:
        return
    first = min(chosen.inside)
    top = chosen.known.headline
    begin = top if top is not None and top < first else max(0, first - 12)
    wanted = [squeeze(d) for d in chosen.known.descriptions if len(d) >= 35]
    taken = {chosen.blocks[i].key for i in chosen.inside}
    opening = "".join(chosen.blocks[i].key for i in sorted(chosen.inside)[:6])
    foreign = (FOREIGN | Mark.VEILED | Mark.META) & ~chosen.trusted
    never = _NEVER_LEAD & ~chosen.trusted
    opens = _opens_with_lead(chosen, wanted)
    if opens:
        chosen.lead = chosen.blocks[first]
    for index in range(begin, first):
        block = chosen.blocks[index]
        key = block.key
        if index in chosen.inside or len(block.text) < 35 or key in taken or key in chosen.title_keys or key in opening:
            continue
        if block.linked > 0.6 * len(block.text):
            continue
        # newsrooms call it a teaser, and set it beside buttons: what it is called counts only where it isn't declared
        declared = any(_is_description(key, w) for w in wanted) and not block.marks & never
        named = not opens and not block.marks & foreign and bool(near_marks(block) & Mark.LEAD) and is_prose(block, 35)
        if declared or named:
            chosen.lead = chosen.lead or block
            chosen.add(index, f"standfirst: {'declared as description' if declared else 'named so'}")


def _opens_with_lead(chosen: Selection, wanted: Sequence[str]) -> bool:
    """Whether the first chosen block is the standfirst: named so, or the whole description in a box of its own."""
    if len(chosen.inside) < 2:
        return False
    first, second = sorted(chosen.inside)[:2]
    opener = chosen.blocks[first]
    if near_marks(opener) & Mark.LEAD and is_prose(opener, 35):
        return True
    apart = opener.box.parent is not chosen.blocks[second].box.parent
    return apart and any(opener.key == w for w in wanted)


def _is_description(key: str, wanted: str) -> bool:
    """Whether a block is a description, or its cut beginning is one, behind a place or without."""
    size = min(len(key), len(wanted), 60)
    return size >= 30 and (key[:size] == wanted[:size] or 0 < key.find(wanted[:size]) <= _MAX_DATELINE)


def trim_end(chosen: Selection) -> None:
    """The author's note, the tags, the credits under the last paragraph."""
    order = sorted(chosen.inside)
    if len(order) < 4:
        return
    for index in reversed(order[3:][-6:]):
        block = chosen.blocks[index]
        size = len(block.text)
        if block.tag in HEADING_TAGS or not block.key:
            chosen.drop(index, "heading at the end")
        elif (
            block.emphasised >= 0.85 * size
            and size < 500
            and block.tag in ("p", "div")
            and not block.text.startswith(_QUOTED)
        ):
            chosen.drop(index, "emphasised note at the end")
        elif block.linked >= 0.9 * size and size < 150:
            chosen.drop(index, "link at the end")
        elif size <= _LABEL and phrases.SOURCES.fullmatch(block.text):
            chosen.drop(index, "label at the end")
        elif size <= _LABEL and phrases.ADDRESS.search(block.text) and not phrases.ends_sentence(block.text):
            chosen.drop(index, "name and address at the end")
        elif _is_bio(chosen, block):
            chosen.drop(index, "about the author")
        else:
            break


def _is_bio(chosen: Selection, block: Block) -> bool:
    """A paragraph at the end that begins with the author's name."""
    return len(block.text) <= 800 and any(len(a) >= 6 and block.key.startswith(a) for a in chosen.author_keys)


def drop_empty_headings(chosen: Selection) -> None:
    """A heading with nothing under it that was chosen."""
    order = sorted(chosen.inside)
    for position, index in enumerate(order):
        block = chosen.blocks[index]
        if block.tag not in HEADING_TAGS:
            continue
        following = order[position + 1] if position + 1 < len(order) else None
        if following is None:
            chosen.drop(index, "heading at the end")
