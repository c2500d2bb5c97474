"""The selection of the article's blocks, with a reason for every change.

The steps in ``paragraphs`` and ``boundaries`` drop blocks from the selection and add to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from talkscraper.extraction.blocks import Block, Box, squeeze
from talkscraper.extraction.box_names import Mark, Marks, common_marks

HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
ITEM_TAGS = frozenset(("li", "td", "th", "dd", "dt"))
_MIN_BOX_SHARE = 0.9
_LEAST_REPEATED = 24
"""Letters from which a line isn't the same as another by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFields:
    """What is known about the page when its paragraphs are chosen."""

    title: str | None = None
    titles: Collection[str] = ()
    """Other headlines of the page."""
    headline: int | None = None
    """The index of the block that shows the headline."""
    descriptions: Sequence[str] = ()
    authors: Collection[str] = ()
    captions: Collection[str] = ()
    body: str | None = None
    """The declared articleBody."""
    tags: Collection[str] = ()
    host: str = ""
    """The page's host without ``www.``."""


class Selection:
    """The selected blocks, and the reasons for blocks dropped or added."""

    def __init__(self, blocks: Sequence[Block], found: Sequence[bool], known: KnownFields) -> None:
        """Begin with the blocks that trafilatura's text has."""
        self.blocks = blocks
        self.known = known
        self.inside = {i for i, is_in in enumerate(found) if is_in}
        self.lead: Block | None = None
        """The standfirst."""
        self.insets: list[Block] = []
        """Blocks of advertisements and the like among the paragraphs: pictures beside them aren't the article's."""
        self.dropped: dict[int, str] = {}
        self.added: dict[int, str] = {}
        self.title_keys = {squeeze(t) for t in (known.title, *known.titles) if t}
        self.author_keys = {squeeze(a) for a in known.authors if len(a) > 3}
        self.caption_keys = {squeeze(c) for c in known.captions}
        self.letters = sum(len(blocks[i].key) for i in self.inside) or 1
        self.trusted = self._common_marks()
        """Marks that most of the text carries: on this site they are meaningless."""
        self.named_captions = {
            b.key for b in blocks if b.marks & Mark.CAPTION & ~self.trusted and len(b.key) >= _LEAST_REPEATED
        }
        """Captions in boxes of their own: a line outside that says the same is one too."""

    def _common_marks(self) -> Marks:
        weights: Counter[Marks] = Counter()
        for index in self.inside:
            weights[self.blocks[index].marks] += len(self.blocks[index].key)
        return common_marks(weights)

    @property
    def chosen(self) -> list[Block]:
        """The blocks that are inside, in page order."""
        return [self.blocks[i] for i in sorted(self.inside)]

    def drop(self, index: int, why: str) -> None:
        """Drop a block; the first reason stays."""
        self.inside.discard(index)
        self.dropped.setdefault(index, why)

    def add(self, index: int, why: str) -> None:
        """Add a block that trafilatura missed."""
        self.inside.add(index)
        self.added[index] = why

    def home(self) -> Box | None:
        """The smallest box with nine tenths of the chosen letters."""
        weights: Counter[int] = Counter()
        boxes: dict[int, Box] = {}
        total = 0
        for index in self.inside:
            block = self.blocks[index]
            total += len(block.key)
            for box in block.box.lineage():
                weights[id(box)] += len(block.key)
                boxes[id(box)] = box
        full = [boxes[key] for key, weight in weights.items() if weight >= _MIN_BOX_SHARE * total]
        return max(full, key=lambda box: box.depth, default=None)


def near_marks(block: Block) -> Marks:
    """The marks of a block's own box and of its parent."""
    marks = block.inline | block.box.own
    if block.box.parent is not None:
        marks |= block.box.parent.own
    return marks
