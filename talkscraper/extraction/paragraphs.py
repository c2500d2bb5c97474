"""Which of a page's blocks are the article's own paragraphs.

trafilatura's text says where the article is; the blocks' surroundings say which of its lines don't belong to it, and
which neighbours it missed. Every block that is left out or let in has a reason, so that a wrong text can be explained.
"""

from __future__ import annotations

from collections.abc import Sequence

from talkscraper.extraction.block_selection import HEADING_TAGS, KnownFields, Selection, near_marks
from talkscraper.extraction.blocks import Block, is_prose
from talkscraper.extraction.boundaries import add_lead, drop_empty_headings, drop_labels, trim_end
from talkscraper.extraction.box_names import FOREIGN, Mark, names_of
from talkscraper.extraction.foreign_lines import foreign_words
from talkscraper.extraction.insets import insets
from talkscraper.extraction.missed_blocks import let_in

_SHORT_ONLY = Mark.META | Mark.EMBED | Mark.PAYWALL | Mark.HEADER | Mark.DATE
_ABOVE = 0.3
"""Share of the letters above the headline from which that headline isn't the article's."""


def choose(blocks: Sequence[Block], found: Sequence[bool], known: KnownFields) -> Selection:
    """The article's paragraphs.

    Args:
        blocks: The page's blocks.
        found: For each, whether trafilatura's text has it.
        known: Titles, descriptions, authors of the page.
    """
    chosen = Selection(blocks, found, known)
    _drop_by_place(chosen)
    for index, why in insets(blocks, chosen.inside, known.host):
        chosen.drop(index, why)
        chosen.insets.append(blocks[index])
    _drop_by_marks(chosen)
    _drop_by_words(chosen)
    let_in(chosen)
    drop_labels(chosen)
    add_lead(chosen)
    trim_end(chosen)
    drop_empty_headings(chosen)
    return chosen


def _drop_by_place(chosen: Selection) -> None:
    """What stands above the headline, and the headline itself."""
    top = chosen.known.headline
    if top is not None:
        above = sum(len(chosen.blocks[i].key) for i in chosen.inside if i < top)
        if above > _ABOVE * chosen.letters:
            top = None
    for index in sorted(chosen.inside):
        block = chosen.blocks[index]
        if block.key in chosen.title_keys or block.tag == "h1":
            chosen.drop(index, "title")
        elif top is not None and index < top and not is_prose(block):
            chosen.drop(index, "above the headline")


def _drop_by_marks(chosen: Selection) -> None:
    foreign = FOREIGN & ~chosen.trusted
    short_only = _SHORT_ONLY & ~chosen.trusted
    for index in sorted(chosen.inside):
        block = chosen.blocks[index]
        if hit := block.marks & foreign:
            near = near_marks(block)
            if hit & near or not is_prose(block):
                chosen.drop(index, f"in a box called {' '.join(names_of(hit))}")
        elif (hit := block.marks & short_only) and not is_prose(block) and block.tag not in HEADING_TAGS:
            chosen.drop(index, f"short, in a box called {' '.join(names_of(hit))}")


def _drop_by_words(chosen: Selection) -> None:
    for index in sorted(chosen.inside):
        why = foreign_words(chosen.blocks[index], chosen)
        if why:
            chosen.drop(index, why)
