"""Selection of the blocks that are the article's paragraphs.

trafilatura's text says where the article is; the blocks' surroundings say which of its lines don't belong to it, and
which neighbours it missed. Every block dropped or added has a reason, so that a wrong text can be explained.
"""

from __future__ import annotations

from collections.abc import Sequence

from talkscraper.extraction import phrases
from talkscraper.extraction.block_selection import HEADING_TAGS, ITEM_TAGS, KnownFields, Selection, near_marks
from talkscraper.extraction.blocks import Block, Box, is_prose, squeeze, within
from talkscraper.extraction.boundaries import add_lead, drop_empty_headings, drop_labels, trim_end
from talkscraper.extraction.box_names import FOREIGN, Mark, Marks, names_of
from talkscraper.extraction.images import is_caption_line
from talkscraper.extraction.insets import insets

_SHORT_ONLY = Mark.META | Mark.EMBED | Mark.PAYWALL | Mark.HEADER | Mark.DATE
_ABOVE = 0.3
"""Share of the letters above the headline from which that headline isn't the article's."""
_IN_ITEMS = ITEM_TAGS - {"td", "th"} | {"p"}
_MAX_HEADING = 200
"""Characters of a heading that is added."""
_REFERRED_TO = Mark.TOC | Mark.META | Mark.EMBED
"""Marks that a heading may have because a table of contents or a script refers to it."""
_MIN_LINE = 15
"""Characters of a line that is added because it stands beside a paragraph."""
_BELOW_HEADLINE = 12
"""Blocks below the headline in which a list is that of day, author and reading time."""
_MAX_CELL = 200
"""Characters of prose in a cell from which its table lays out a page."""
_MAY_BE_LINKS = HEADING_TAGS | ITEM_TAGS
"""Blocks of articles that are links as a whole: a heading that leads to what its section is about."""
_NEVER_CAPTIONS = HEADING_TAGS | ITEM_TAGS
"""Blocks that say what a picture's description says because the picture shows what they name."""
_UNLINKED = 3
"""Characters of a sentence outside of its links, at least: its period, and a word."""
_STRANGE = Mark.EMBED | Mark.FIGURE | Mark.VEILED | Mark.PAYWALL | Mark.META
"""Boxes that nothing is taken from beyond what trafilatura took."""


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
    _add_missed_blocks(chosen)
    drop_labels(chosen)
    add_lead(chosen)
    trim_end(chosen)
    drop_empty_headings(chosen)
    return chosen


def _drop_by_place(chosen: Selection) -> None:
    """Drop what precedes the headline, and the headline itself."""
    top = chosen.known.headline
    if top is not None:
        above = sum(len(chosen.blocks[i].key) for i in chosen.inside if i < top)
        if above > _ABOVE * chosen.letters:
            top = None
    order = sorted(chosen.inside)
    for index in order:
        block = chosen.blocks[index]
        if block.key in chosen.title_keys or block.tag == "h1":
            if index == order[0] or not _heads_a_section(chosen, block):
                chosen.drop(index, "title")
        elif top is not None and index < top and not is_prose(block):
            chosen.drop(index, "above the headline")


def _heads_a_section(chosen: Selection, block: Block) -> bool:
    """Whether a heading below the headline stands over a chosen paragraph, though it is an ``h1`` or says the same."""
    top, title = chosen.known.headline, squeeze(chosen.known.title or "")
    if top is None or block.index <= top or block.index + 1 not in chosen.inside:
        return False
    if block.tag == "h1":
        return block.key not in title and title not in block.key
    return block.tag in HEADING_TAGS and _around(block) is _around(chosen.blocks[block.index + 1])


def _drop_by_marks(chosen: Selection) -> None:
    foreign = FOREIGN & ~chosen.trusted
    short_only = _SHORT_ONLY & ~chosen.trusted
    for index in sorted(chosen.inside):
        block = chosen.blocks[index]
        ignored = block.box.own & Mark.TOC if block.tag in HEADING_TAGS else Mark.NONE
        if hit := block.marks & foreign & ~ignored:
            near = near_marks(block)
            if hit & near or not is_prose(block):
                chosen.drop(index, f"in a box called {' '.join(names_of(hit))}")
        elif (hit := block.marks & short_only) and not is_prose(block) and block.tag not in HEADING_TAGS:
            chosen.drop(index, f"short, in a box called {' '.join(names_of(hit))}")


def _drop_by_words(chosen: Selection) -> None:
    for index in sorted(chosen.inside):
        why = _reason_to_drop(chosen.blocks[index], chosen)
        if why:
            chosen.drop(index, why)


def _reason_to_drop(block: Block, chosen: Selection) -> str | None:
    """Why a line isn't the article's, or None where its words are no reason."""
    text, size = block.text, len(block.text)
    if not block.key:
        return "no words"
    if block.tag not in _NEVER_CAPTIONS and (
        block.key in chosen.caption_keys or (block.key in chosen.named_captions and not block.marks & Mark.CAPTION)
    ):
        return "caption"
    if size <= 160 and (phrases.ADVERTISEMENT.fullmatch(text) or phrases.SHARE.fullmatch(text)):
        return "advertisement or share label"
    if (
        size <= 60
        and not _is_among_items(block, chosen)
        and (phrases.MINUTES.fullmatch(text) or phrases.COMMENTS.fullmatch(text))
    ):
        return "reading time or comment count"
    if size <= 200 and (phrases.CREDIT.fullmatch(text) or phrases.RIGHTS.fullmatch(text)):
        return "credit"
    if size <= 220 and phrases.TAGS.fullmatch(text):
        return "tags"
    if size <= 700 and phrases.EMBEDDED.match(text):
        return "in place of what another site shows"
    if size <= 120 and phrases.RATING.match(text):
        return "rating"
    if size <= 40 and phrases.CONTENTS.fullmatch(text):
        return "table of contents"
    if size <= 110 and phrases.DATED.fullmatch(text) and phrases.NUMBERED.search(text):
        return "date line"
    if size <= 100 and _is_byline(block, chosen):
        return "byline"
    if (
        size <= 220
        and block.tag != "li"
        and phrases.READ_MORE.match(text)
        and (block.linked > 0.3 * size or (size < 40 and text.endswith(":")))
    ):
        return "read more"
    if (
        size <= 240
        and phrases.CALL_TO_ACTION.match(text)
        and (block.linked or size < 80 or block.emphasised > 0.8 * size)
    ):
        return "call to action"
    if (
        block.tag not in _MAY_BE_LINKS
        and block.linked >= 0.85 * size
        and (block.strong >= 0.85 * size or text.isupper())
    ):
        return "line that is one link"
    if is_caption_line(block):
        return "emphasised line under an image"
    return None


def _is_among_items(block: Block, chosen: Selection) -> bool:
    """Whether a block is a cell, or an item beside another one that is chosen: minutes are a fact there."""
    if block.tag != "li":
        return block.tag in ITEM_TAGS
    if block.index <= (chosen.known.headline or 0) + _BELOW_HEADLINE:
        return False
    beside = (chosen.blocks[i] for i in (block.index - 1, block.index + 1) if i in chosen.inside)
    return any(other.tag == "li" and other.box.parent is block.box.parent for other in beside)


def _is_byline(block: Block, chosen: Selection) -> bool:
    if block.key in chosen.author_keys:
        return True
    match = phrases.BYLINE.fullmatch(block.text)
    if not match or (block.text.rstrip().endswith((".", "?", "!", ":")) and not chosen.author_keys):
        return False
    who = squeeze(match.group("who"))
    return len(block.text) < 90 and any(a in who for a in chosen.author_keys)


def _add_missed_blocks(chosen: Selection) -> None:
    """Add blocks of the same kind in the same box among the selected paragraphs."""
    if len(chosen.inside) < 3:
        return
    home = chosen.home()
    if home is None:
        return
    order = sorted(chosen.inside)
    strange = (FOREIGN | _STRANGE) & ~chosen.trusted
    taken = {chosen.blocks[i].key for i in order}
    tables = _tables(chosen)
    lists = {_list_of(block) for block in chosen.chosen if block.marks & Mark.LIST}
    _add_first_headings(chosen, home, strange, taken)
    waiting: list[int] = []
    for index in range(order[0], _end_of(chosen, home, order[-1])):
        block = chosen.blocks[index]
        if index in chosen.inside:
            _admit(chosen, waiting, before=block, lists=lists)
            waiting = []
        elif index not in chosen.dropped and block.key and _table_of(block) in tables:
            if not block.marks & strange and block.linked <= 0.5 * len(block.text):
                chosen.add(index, "in a table of the article")
        elif index not in chosen.dropped and block.key and _is_kin(chosen, block, home, strange, taken):
            waiting.append(index)
    _admit(chosen, waiting, before=None, lists=lists)


def _add_first_headings(chosen: Selection, home: Box, strange: Marks, taken: set[str]) -> None:
    """Add the headings right above the first paragraph, below the headline."""
    top = chosen.known.headline
    index = min(chosen.inside) - 1
    while index >= 0 and index not in chosen.dropped and (top is None or index > top):
        block = chosen.blocks[index]
        if block.tag not in HEADING_TAGS or len(block.text) > _MAX_HEADING or block.linked:
            break
        if not _is_kin(chosen, block, home, strange, taken):
            break
        chosen.add(index, "heading of the first paragraph")
        index -= 1


def _is_kin(chosen: Selection, block: Block, home: Box, strange: Marks, taken: set[str]) -> bool:
    is_heading = block.tag in HEADING_TAGS
    ignored = block.box.own & _REFERRED_TO if is_heading else Mark.NONE
    if block.marks & strange & ~ignored or block.key in taken or block.key in chosen.title_keys:
        return False
    if (block.linked > _most_linked(block) and not is_heading) or phrases.CALL_TO_ACTION.match(block.text):
        return False
    return not _reason_to_drop(block, chosen) and within(block.box, home)


def _most_linked(block: Block) -> float:
    """The characters of a block in links up to which it isn't a list of them: a sentence may be nearly all link."""
    size = len(block.text)
    return size - _UNLINKED if block.tag == "p" and phrases.ends_sentence(block.text) else 0.5 * size


def _admit(chosen: Selection, waiting: Sequence[int], before: Block | None, lists: set[Box | None]) -> None:
    """Add the run of blocks between two selected ones (or after the last), and all that is in one of these lists."""
    for index in waiting:
        block = chosen.blocks[index]
        if is_prose(block):
            chosen.add(index, "prose among the paragraphs")
            if block.marks & Mark.LIST:
                lists.add(_list_of(block))
    for position, index in enumerate(waiting):
        block = chosen.blocks[index]
        following = chosen.blocks[waiting[position + 1]] if position + 1 < len(waiting) else before
        if index in chosen.inside or block.tag in HEADING_TAGS:
            continue
        if block.tag in _IN_ITEMS and block.marks & Mark.LIST and (found := _list_of(block)) and found in lists:
            chosen.add(index, "in a list of the article")
        elif (
            block.tag in ("p", "li")
            and following is not None
            and before is not None
            and index - 1 in chosen.inside
            and len(block.text) >= _MIN_LINE
            and (_beside(block, chosen.blocks[index - 1]) or _beside(block, following))
        ):
            chosen.add(index, "beside a paragraph")
    # from the end: a heading may stand over another one
    for index in reversed(waiting):
        block = chosen.blocks[index]
        if block.tag not in HEADING_TAGS or index in chosen.inside or len(block.text) > _MAX_HEADING:
            continue
        following = next((chosen.blocks[i] for i in (index + 1, index + 2) if i in chosen.inside), None)
        if following is None:
            continue
        if block.linked <= 0.5 * len(block.text) or (
            following.index == index + 1 and _around(block) is _around(following)
        ):
            chosen.add(index, "heading of a paragraph")


def _list_of(block: Block) -> Box | None:
    """The innermost list around a block in an item."""
    return next((box for box in block.box.lineage() if box.tag in ("ul", "ol", "dl")), None)


def _tables(chosen: Selection) -> set[Box | None]:
    """The tables of which some cells are selected, but no prose: those that pages are laid out with hold it."""
    tables = {_table_of(chosen.blocks[i]) for i in chosen.inside}
    prose = {_table_of(chosen.blocks[i]) for i in chosen.inside if is_prose(chosen.blocks[i], _MAX_CELL)}
    return tables - prose - {None}


def _table_of(block: Block) -> Box | None:
    """The innermost table around a cell, or around a list in one."""
    if not block.marks & Mark.TABLE or not (block.marks & Mark.LIST or block.tag in ("td", "th")):
        return None
    return next((box for box in block.box.lineage() if box.tag == "table"), None)


def _end_of(chosen: Selection, home: Box, last: int) -> int:
    """The index after the last block in the home box, no further than the next heading-like end."""
    end = last + 1
    for index in range(last + 1, min(len(chosen.blocks), last + 60)):
        if not within(chosen.blocks[index].box, home):
            break
        end = index + 1
    return end


def _beside(block: Block, neighbour: Block) -> bool:
    """Whether two blocks are in one box, or sentences set alike in boxes of their own."""
    if _around(block) is _around(neighbour):
        return True
    name = block.box.element.get("class")
    return (
        block.tag == "p" == neighbour.tag
        and block.box.depth == neighbour.box.depth
        and bool(name)
        and name == neighbour.box.element.get("class")
        and phrases.ends_sentence(block.text)
    )


def _around(block: Block) -> Box:
    return block.box.parent or block.box
