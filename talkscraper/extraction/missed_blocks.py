"""What trafilatura missed among the article's paragraphs: prose, subheadings and list items of the same box."""

from __future__ import annotations

from collections.abc import Sequence

from talkscraper.extraction import phrases
from talkscraper.extraction.block_selection import HEADING_TAGS, Selection
from talkscraper.extraction.blocks import Block, Box, is_prose, within
from talkscraper.extraction.box_names import FOREIGN, Mark, Marks
from talkscraper.extraction.foreign_lines import foreign_words

_STRANGE = Mark.EMBED | Mark.FIGURE | Mark.VEILED | Mark.PAYWALL | Mark.META
"""Boxes that nothing is taken from beyond what trafilatura took."""


def let_in(chosen: Selection) -> None:
    """What stands among the chosen paragraphs, in the same box, and is of their kind."""
    if len(chosen.inside) < 3:
        return
    home = chosen.home()
    if home is None:
        return
    order = sorted(chosen.inside)
    strange = (FOREIGN | _STRANGE) & ~chosen.trusted
    taken = {chosen.blocks[i].key for i in order}
    waiting: list[int] = []
    for index in range(order[0], _end_of(chosen, home, order[-1])):
        block = chosen.blocks[index]
        if index in chosen.inside:
            _admit(chosen, waiting, before=block)
            waiting = []
        elif index not in chosen.dropped and block.key and _is_kin(chosen, block, home, strange, taken):
            waiting.append(index)
    _admit(chosen, waiting, before=None)


def _is_kin(chosen: Selection, block: Block, home: Box, strange: Marks, taken: set[str]) -> bool:
    if block.marks & strange or block.key in taken or block.key in chosen.title_keys:
        return False
    if block.linked > 0.5 * len(block.text) or foreign_words(block, chosen) or phrases.CALL_TO_ACTION.match(block.text):
        return False
    return within(block.box, home)


def _admit(chosen: Selection, waiting: Sequence[int], before: Block | None) -> None:
    """Let in the run of blocks that was found between two chosen ones (or after the last)."""
    prose = {i for i in waiting if is_prose(chosen.blocks[i])}
    for position, index in enumerate(waiting):
        block = chosen.blocks[index]
        why = None
        following = chosen.blocks[waiting[position + 1]] if position + 1 < len(waiting) else before
        if index in prose:
            why = "prose among the paragraphs"
        elif following is None:
            continue
        elif block.tag in HEADING_TAGS:
            close = following.index - block.index <= 2 and (
                following.index in chosen.inside or following.index in prose
            )
            why = "heading of a paragraph" if close and len(block.text) <= 200 else None
        elif block.tag in ("p", "li") and before is not None and index - 1 in chosen.inside:
            same = _around(block) is _around(chosen.blocks[index - 1]) or _around(block) is _around(following)
            why = "beside a paragraph" if same and len(block.text) >= 15 else None
        if why:
            chosen.add(index, why)


def _end_of(chosen: Selection, home: Box, last: int) -> int:
    """The index after the last block in the home box, no further than the next heading-like end."""
    end = last + 1
    for index in range(last + 1, min(len(chosen.blocks), last + 60)):
        if not within(chosen.blocks[index].box, home):
            break
        end = index + 1
    return end


def _around(block: Block) -> Box:
    return block.box.parent or block.box
