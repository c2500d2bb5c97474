"""Reading of a page's tree into blocks, in one pass."""

from __future__ import annotations

from lxml.html import HtmlElement

from talkscraper.extraction.blocks import Block, Blocks, Box, Picture, squeeze
from talkscraper.extraction.box_names import Mark, Marks, marks_of_name, marks_of_role, marks_of_tag
from talkscraper.extraction.concealment import is_concealed, is_left_out
from talkscraper.extraction.text import without_invisible

MAX_BLOCKS = 20_000
"""Blocks read from one page; a novel has 3,000 paragraphs."""
MAX_CHARACTERS = 3_000_000
MAX_PICTURES = 2_000

_BEGINNING_A_LINE = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre section summary table tbody td tfoot th "
    "thead tr ul"
)
BLOCK_TAGS = frozenset(_BEGINNING_A_LINE.split())
"""Elements that a browser begins a new line for."""
_WITHOUT_TEXT = (
    "applet area audio base button canvas datalist embed head iframe input link map math meta noframes noscript object "
    "option param script select source style svg template textarea title track video"
)
_SKIPPED = frozenset(_WITHOUT_TEXT.split())
_PICTURES = frozenset(("img", "amp-img"))
_EMBEDDED = frozenset(("video", "iframe", "object", "embed"))
_APART = _SKIPPED | _PICTURES | {"br"}
"""Elements that hold no text of a block."""
_EMPHASIS = frozenset(("em", "i", "small", "cite"))
_STRONG = frozenset(("b", "strong"))
_NAMED_BY_WORDS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "span", "strong", "b", "a"))
_LABELLED = Mark.AD | Mark.NEWSLETTER | Mark.RELATED | Mark.SHARE | Mark.NAV | Mark.BREADCRUMB
_UNSEEN = Mark.HIDDEN | Mark.CONCEALED
_MAX_LABEL = 40
_TELLING = frozenset(("class", "id", "role", "hidden", "style", "aria-label"))
"""Attributes that may mark an element; most others are addresses and a script's data."""


class _Walk:
    """The state of one walk; ``blocks``, ``pictures`` and ``left_out`` are the result."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.pictures: list[Picture] = []
        self.left_out: list[HtmlElement] = []
        self.pieces: list[str] = []
        self.linked = self.emphasised = self.strong = 0
        self.characters = 0
        self.image_pending = False
        self.inline: Marks | None = None
        self.href: str | None = None

    def add(self, text: str, link: int, emphasis: int, strong: int, inline: Marks) -> None:
        """Take a run of characters."""
        self.pieces.append(text)
        if text.isspace():
            return
        if link or emphasis or strong:
            size = len(text.strip())
            if link:
                self.linked += size
            if emphasis:
                self.emphasised += size
            if strong:
                self.strong += size
        self.inline = inline if self.inline is None else self.inline & inline

    def flush(self, box: Box) -> None:
        """End the paragraph that has been gathered, if there is one."""
        if not self.pieces:
            return
        # marks of inline elements are noted with the first characters that aren't blank
        if self.inline is not None and len(self.blocks) < MAX_BLOCKS and self.characters < MAX_CHARACTERS:
            text = " ".join(without_invisible("".join(self.pieces)).split())
            self.characters += len(text)
            self.blocks.append(
                Block(
                    text=text,
                    key=squeeze(text),
                    box=box,
                    index=len(self.blocks),
                    linked=self.linked,
                    emphasised=self.emphasised,
                    strong=self.strong,
                    after_image=self.image_pending,
                    inline=self.inline,
                    href=self.href,
                )
            )
            self.image_pending = False
        self.pieces.clear()
        self.linked = self.emphasised = self.strong = 0
        self.inline = None
        self.href = None

    def picture(self, element: HtmlElement, box: Box) -> None:
        """Note an image."""
        self.image_pending = True
        if len(self.pictures) < MAX_PICTURES:
            self.pictures.append(Picture(element, box, len(self.blocks) + (self.inline is not None)))

    def pictures_of(self, noscript: HtmlElement, box: Box) -> None:
        """Note the images that browsers without scripts are shown in place of lazily loaded ones."""
        for element in noscript.iter(*_PICTURES):
            if len(self.pictures) < MAX_PICTURES:
                self.pictures.append(Picture(element, box, len(self.blocks) + (self.inline is not None)))

    def line_break(self, element: HtmlElement, box: Box) -> None:
        """One ``<br>`` is a blank, two are the end of a paragraph."""
        following = element.getnext()
        if following is not None and following.tag == "br" and not (element.tail or "").strip():
            self.flush(box)
        else:
            self.pieces.append("\n")


def read_blocks(body: HtmlElement) -> Blocks:
    """The blocks and images of a ``<body>`` in page order.

    Args:
        body: The element to walk; it isn't changed. Scripts, styles, forms' controls and embedded documents are
            passed over.
    """
    walk = _Walk()
    root = box = Box(body, "body", None, Mark.NONE, Mark.NONE, 0)
    holder, children = body, iter(body)
    link, emphasis, strong, inline = 0, 0, 0, Mark.NONE
    # an explicit stack, one entry for each open element: pages nest deeper than Python
    stack = []
    if body.text:
        walk.add(body.text, link, emphasis, strong, inline)
    while True:
        for element in children:
            tag = element.tag
            if tag in _APART or not isinstance(tag, str):
                if tag == "br":
                    walk.line_break(element, box)
                elif tag in _PICTURES:
                    walk.picture(element, box)
                elif tag in _EMBEDDED:
                    walk.image_pending = True
                elif tag == "noscript":
                    walk.pictures_of(element, box)
            else:
                own = Mark.NONE if tag in _STRONG else _own_marks(element, tag)
                is_block = tag in BLOCK_TAGS
                if tag == "span" and not element.text and not len(element) and _is_break(element):
                    walk.flush(box)
                if own & _UNSEEN and is_left_out(element, own, is_inline=not is_block):
                    walk.left_out.append(element)
                    if element.tail:
                        walk.add(element.tail, link, emphasis, strong, inline)
                    continue
                around = (children, holder, box, link, emphasis, strong, inline)
                if is_block:
                    if walk.pieces:
                        walk.flush(box)
                    own |= inline
                    box = Box(element, tag, box, own, box.marks | own, box.depth + 1)
                    inline = Mark.NONE
                elif tag in _STRONG:
                    strong += 1
                else:
                    if tag == "a":
                        link += 1
                        if walk.href is None:
                            walk.href = element.get("href")
                    elif tag in _EMPHASIS:
                        emphasis += 1
                    inline |= own
                text = element.text
                if text:
                    walk.add(text, link, emphasis, strong, inline)
                if len(element):
                    stack.append(around)
                    holder, children = element, iter(element)
                    break
                # more than half of all elements have no children: closed at once, without a turn on the stack
                if box is not around[2] and walk.pieces:
                    walk.flush(box)
                _, _, box, link, emphasis, strong, inline = around
            tail = element.tail
            if tail:
                walk.add(tail, link, emphasis, strong, inline)
        else:
            if not stack:
                break
            if box.element is holder and walk.pieces:
                walk.flush(box)
            tail = holder.tail
            children, holder, box, link, emphasis, strong, inline = stack.pop()
            if tail:
                walk.add(tail, link, emphasis, strong, inline)
    walk.flush(root)
    return Blocks(tuple(walk.blocks), tuple(walk.pictures), tuple(walk.left_out))


def _is_break(element: HtmlElement) -> bool:
    """Whether an empty ``span`` is a line's end by its class, as in pages that a script has built."""
    return "br" in (element.get("class") or "").split()


def _own_marks(element: HtmlElement, tag: str) -> Marks:
    marks = marks_of_tag(tag)
    for name, value in element.items():
        if name == "class":
            marks |= marks_of_name(value)
        elif name not in _TELLING:
            continue
        elif name == "id":
            # the id of a heading or paragraph is made from its words
            if tag not in _NAMED_BY_WORDS:
                marks |= marks_of_name(value)
        elif name == "role":
            marks |= marks_of_role(value)
        elif name == "hidden":
            marks |= Mark.HIDDEN
        elif name == "style" and is_concealed(value):
            marks |= Mark.CONCEALED
        elif name == "aria-label" and len(value) <= _MAX_LABEL:
            marks |= marks_of_name(value) & _LABELLED
    return marks
