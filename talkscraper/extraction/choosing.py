"""Which of a page's blocks are the article's own paragraphs.

trafilatura's text says where the article is; the blocks' surroundings say which of its lines don't belong to it, and
which neighbours it missed. Every block that is left out or let in has a reason, so that a wrong text can be explained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from talkscraper.extraction import phrases
from talkscraper.extraction.blocks import Block, Box, is_prose, squeeze, within
from talkscraper.extraction.images import is_caption_line
from talkscraper.extraction.insets import insets
from talkscraper.extraction.vocabulary import FOREIGN, Mark, Marks, carried, names_of

_SHORT_ONLY = Mark.META | Mark.EMBED | Mark.PAYWALL | Mark.HEADER | Mark.DATE
_STRANGE = Mark.EMBED | Mark.FIGURE | Mark.VEILED | Mark.PAYWALL | Mark.META
"""Boxes that nothing is taken from beyond what trafilatura took."""
_LABEL = 60
"""Characters of a label."""
_MOST = 0.9
_ABOVE = 0.3
"""Share of the letters above the headline from which that headline isn't the article's."""
_HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ITEM_TAGS = frozenset(("li", "td", "th", "dd", "dt"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
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


@dataclass(slots=True)
class Choice:
    """The chosen blocks in page order, and why others weren't or weren't expected to be."""

    kept: list[Block]
    lead: Block | None = None
    insets: list[Block] = field(default_factory=list)
    """Blocks of advertisements and the like among the paragraphs: pictures beside them aren't the article's."""
    dropped: dict[int, str] = field(default_factory=dict)
    added: dict[int, str] = field(default_factory=dict)


def choose(blocks: Sequence[Block], found: Sequence[bool], known: Known) -> Choice:
    """The article's paragraphs.

    Args:
        blocks: The page's blocks.
        found: For each, whether trafilatura's text has it.
        known: Titles, descriptions, authors of the page.
    """
    chooser = _Chooser(blocks, found, known)
    return chooser.run()


class _Chooser:
    def __init__(self, blocks: Sequence[Block], found: Sequence[bool], known: Known) -> None:
        self.blocks = blocks
        self.known = known
        self.inside = {i for i, is_in in enumerate(found) if is_in}
        self.choice = Choice([])
        self.title_keys = {squeeze(t) for t in (known.title, *known.titles) if t}
        self.author_keys = {squeeze(a) for a in known.authors if len(a) > 3}
        self.caption_keys = {squeeze(c) for c in known.captions if len(c) > 8}
        self.tag_keys = {squeeze(t) for t in known.tags}
        self.letters = sum(len(blocks[i].key) for i in self.inside) or 1
        self.trusted = self._common_marks()

    def run(self) -> Choice:
        self._drop_by_place()
        for index, why in insets(self.blocks, self.inside, self.known.host):
            self._drop(index, why)
            self.choice.insets.append(self.blocks[index])
        self._drop_by_marks()
        self._drop_by_words()
        self._grow()
        self._drop_labels()
        self._add_lead()
        self._trim_end()
        self._drop_empty_headings()
        kept = [self.blocks[i] for i in sorted(self.inside)]
        self.choice.kept = kept
        return self.choice

    def _drop(self, index: int, why: str) -> None:
        self.inside.discard(index)
        self.choice.dropped.setdefault(index, why)

    def _common_marks(self) -> Marks:
        """Marks that most of the text carries: on this site they don't mean what they say."""
        weights: Counter[Marks] = Counter()
        for index in self.inside:
            weights[self.blocks[index].marks] += len(self.blocks[index].key)
        return carried(weights)

    def _drop_by_place(self) -> None:
        """What stands above the headline, and the headline itself."""
        top = self.known.headline
        if top is not None:
            above = sum(len(self.blocks[i].key) for i in self.inside if i < top)
            if above > _ABOVE * self.letters:
                top = None
        for index in sorted(self.inside):
            block = self.blocks[index]
            if block.key in self.title_keys or block.tag == "h1":
                self._drop(index, "title")
            elif top is not None and index < top and not is_prose(block):
                self._drop(index, "above the headline")

    def _drop_by_marks(self) -> None:
        foreign = FOREIGN & ~self.trusted
        short_only = _SHORT_ONLY & ~self.trusted
        for index in sorted(self.inside):
            block = self.blocks[index]
            if hit := block.marks & foreign:
                near = _own_marks(block)
                if hit & near or not is_prose(block):
                    self._drop(index, f"in a box called {_named(hit)}")
            elif (hit := block.marks & short_only) and not is_prose(block) and block.tag not in _HEADING_TAGS:
                self._drop(index, f"short, in a box called {_named(hit)}")

    def _drop_by_words(self) -> None:
        for index in sorted(self.inside):
            why = self._foreign_words(self.blocks[index])
            if why:
                self._drop(index, why)

    def _foreign_words(self, block: Block) -> str | None:
        text, size = block.text, len(block.text)
        if not block.key:
            return "no words"
        if block.key in self.caption_keys:
            return "caption"
        if size <= 160 and (phrases.ADVERT.fullmatch(text) or phrases.SHARE.fullmatch(text)):
            return "advertisement or share label"
        if size <= 60 and (phrases.MINUTES.fullmatch(text) or phrases.COMMENTS.fullmatch(text)):
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
        if size <= 110 and phrases.ISSUED.fullmatch(text) and phrases.NUMBERED.search(text):
            return "date line"
        if size <= 100 and self._is_byline(block):
            return "byline"
        if (
            size <= 220
            and block.tag != "li"
            and phrases.MORE.match(text)
            and (block.linked > 0.3 * size or (size < 40 and text.endswith(":")))
        ):
            return "read more"
        if size <= 240 and phrases.CALL.match(text) and (block.linked or size < 80 or block.emphasised > 0.8 * size):
            return "call to action"
        if (
            block.tag not in _ITEM_TAGS
            and block.linked >= 0.85 * size
            and (block.strong >= 0.85 * size or text.isupper())
        ):
            return "line that is one link"
        if is_caption_line(block):
            return "emphasised line under an image"
        return None

    def _is_byline(self, block: Block) -> bool:
        if block.key in self.author_keys:
            return True
        match = phrases.BYLINE.fullmatch(block.text)
        if not match or (block.text.rstrip().endswith((".", "?", "!", ":")) and not self.author_keys):
            return False
        who = squeeze(match.group("who"))
        return len(block.text) < 90 and any(a in who for a in self.author_keys)

    def _grow(self) -> None:
        """What stands among the chosen paragraphs, in the same box, and is of their kind."""
        if len(self.inside) < 3:
            return
        home = self._home()
        if home is None:
            return
        order = sorted(self.inside)
        strange = (FOREIGN | _STRANGE) & ~self.trusted
        taken = {self.blocks[i].key for i in order}
        waiting: list[int] = []
        for index in range(order[0], self._end_of(home, order[-1])):
            block = self.blocks[index]
            if index in self.inside:
                self._admit(waiting, before=block)
                waiting = []
            elif index not in self.choice.dropped and block.key and self._is_kin(block, home, strange, taken):
                waiting.append(index)
        self._admit(waiting, before=None)

    def _is_kin(self, block: Block, home: Box, strange: Marks, taken: set[str]) -> bool:
        if block.marks & strange or block.key in taken or block.key in self.title_keys:
            return False
        if block.linked > 0.5 * len(block.text) or self._foreign_words(block) or phrases.CALL.match(block.text):
            return False
        return within(block.box, home)

    def _admit(self, waiting: Sequence[int], before: Block | None) -> None:
        """Let in the run of blocks that was found between two chosen ones (or after the last)."""
        prose = {i for i in waiting if is_prose(self.blocks[i])}
        for position, index in enumerate(waiting):
            block = self.blocks[index]
            why = None
            following = self.blocks[waiting[position + 1]] if position + 1 < len(waiting) else before
            if index in prose:
                why = "prose among the paragraphs"
            elif following is None:
                continue
            elif block.tag in _HEADING_TAGS:
                close = following.index - block.index <= 2 and (
                    following.index in self.inside or following.index in prose
                )
                why = "heading of a paragraph" if close and len(block.text) <= 200 else None
            elif block.tag in ("p", "li") and before is not None and index - 1 in self.inside:
                same = _home(block) is _home(self.blocks[index - 1]) or _home(block) is _home(following)
                why = "beside a paragraph" if same and len(block.text) >= 15 else None
            if why:
                self.inside.add(index)
                self.choice.added[index] = why

    def _home(self) -> Box | None:
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
        full = [boxes[key] for key, weight in weights.items() if weight >= _MOST * total]
        return max(full, key=lambda box: box.depth, default=None)

    def _end_of(self, home: Box, last: int) -> int:
        """The index after the last block in the home box, no further than the next heading-like end."""
        end = last + 1
        for index in range(last + 1, min(len(self.blocks), last + 60)):
            if not within(self.blocks[index].box, home):
                break
            end = index + 1
        return end

    def _drop_labels(self) -> None:
        """Names, dates and labels above the first paragraph."""
        for index in sorted(self.inside):
            block = self.blocks[index]
            if is_prose(block) or block.tag in _ITEM_TAGS:
                break
            if block.tag in _HEADING_TAGS:
                continue
            if len(block.text) <= 40 and phrases.NUMBERED.search(block.text) and not phrases.ends_sentence(block.text):
                self._drop(index, "label above the text")

    def _add_lead(self) -> None:
        """The standfirst: printed between headline and text, and declared as the description or named so."""
        if not self.inside:
            return
        first = min(self.inside)
        top = self.known.headline
        begin = top if top is not None and top < first else max(0, first - 12)
        wanted = [squeeze(d) for d in self.known.descriptions if len(d) >= 40]
        taken = {self.blocks[i].key for i in self.inside}
        opening = "".join(self.blocks[i].key for i in sorted(self.inside)[:6])
        foreign = (FOREIGN | Mark.VEILED | Mark.META) & ~self.trusted
        if self._opens_with_lead(wanted):
            self.choice.lead = self.blocks[first]
            return
        for index in range(begin, first):
            block = self.blocks[index]
            key = block.key
            if index in self.inside or len(block.text) < 35 or key in taken or key in self.title_keys or key in opening:
                continue
            if block.marks & foreign or block.linked > 0.6 * len(block.text):
                continue
            declared = any(_same_start(key, w) for w in wanted)
            named = bool(_own_marks(block) & Mark.LEAD) and is_prose(block, 35)
            if declared or named:
                self.choice.lead = self.choice.lead or block
                self.inside.add(index)
                self.choice.added[index] = f"standfirst: {'declared as description' if declared else 'named so'}"

    def _opens_with_lead(self, wanted: Sequence[str]) -> bool:
        """Whether the first chosen block is the standfirst: named so, or the whole description in a box of its own."""
        if len(self.inside) < 2:
            return False
        first, second = sorted(self.inside)[:2]
        opener = self.blocks[first]
        if _own_marks(opener) & Mark.LEAD and is_prose(opener, 35):
            return True
        apart = opener.box.parent is not self.blocks[second].box.parent
        return apart and any(opener.key == w for w in wanted)

    def _trim_end(self) -> None:
        """The author's note, the tags, the credits under the last paragraph."""
        order = sorted(self.inside)
        if len(order) < 4:
            return
        for index in reversed(order[3:][-6:]):
            block = self.blocks[index]
            size = len(block.text)
            if block.tag in _HEADING_TAGS or not block.key:
                self._drop(index, "heading at the end")
            elif block.emphasised >= 0.85 * size and size < 500 and block.tag in ("p", "div"):
                self._drop(index, "emphasised note at the end")
            elif block.linked >= 0.9 * size and size < 150:
                self._drop(index, "link at the end")
            elif size <= _LABEL and phrases.SOURCES.fullmatch(block.text):
                self._drop(index, "label at the end")
            elif self._is_bio(block):
                self._drop(index, "about the author")
            else:
                break

    def _is_bio(self, block: Block) -> bool:
        """A paragraph at the end that begins with the author's name."""
        return len(block.text) <= 800 and any(len(a) >= 6 and block.key.startswith(a) for a in self.author_keys)

    def _drop_empty_headings(self) -> None:
        """A heading with nothing under it that was chosen."""
        order = sorted(self.inside)
        for position, index in enumerate(order):
            block = self.blocks[index]
            if block.tag not in _HEADING_TAGS:
                continue
            following = order[position + 1] if position + 1 < len(order) else None
            if following is None:
                self._drop(index, "heading at the end")


def _home(block: Block) -> Box:
    return block.box.parent or block.box


def _own_marks(block: Block) -> Marks:
    marks = block.inline | block.box.own
    if block.box.parent is not None:
        marks |= block.box.parent.own
    return marks


def _same_start(key: str, wanted: str) -> bool:
    """Whether a block is a description, or the description is its cut beginning."""
    size = min(len(key), len(wanted), 60)
    return size >= 30 and key[:size] == wanted[:size]


def _named(marks: Marks) -> str:
    return " ".join(names_of(marks))


def text_of_blocks(blocks: Iterable[Block]) -> str:
    """The paragraphs, separated by blank lines."""
    return "\n\n".join(b.text for b in blocks)
