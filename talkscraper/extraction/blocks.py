"""The page as a row of text blocks, each with what its surroundings say about it.

One walk over the tree. A block is what a browser would set as one paragraph: a run of inline content between two
block-level boundaries. The marks a block carries come from its ancestors' tags, roles, classes and ids; nothing is
decided here, only noted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from talkscraper.extraction.vocabulary import Mark, Marks, marks_of_name, marks_of_role, marks_of_tag

MAX_BLOCKS = 20_000
"""Blocks read from one page; a novel has 3,000 paragraphs."""
MAX_CHARACTERS = 3_000_000
MAX_PICTURES = 2_000

_BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
    ]
)
_SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "head",
        "select",
        "option",
        "button",
        "input",
        "textarea",
        "canvas",
        "object",
        "embed",
        "audio",
        "video",
        "math",
        "map",
        "noframes",
        "applet",
        "datalist",
        "title",
        "meta",
        "link",
        "source",
        "track",
        "param",
        "area",
        "base",
    ]
)
_PICTURES = frozenset(("img", "amp-img"))
_EMBEDDED = frozenset(("video", "iframe", "object", "embed"))
_EMPHASIS = frozenset(("em", "i", "small", "cite"))
_STRONG = frozenset(("b", "strong"))
_NAMED_BY_WORDS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "span", "strong", "b", "a"))
_LABELLED = Mark.AD | Mark.NEWSLETTER | Mark.RELATED | Mark.SHARE | Mark.NAV | Mark.BREADCRUMB
_MAX_LABEL = 40
_NOT_WORD = re.compile(r"[\W_]+")


def squeeze(text: str) -> str:
    """Letters and digits only, case folded: equal for two renderings of the same words."""
    return _NOT_WORD.sub("", text).casefold()


@dataclass(slots=True, eq=False)
class Box:
    """A block-level element on the way from the body to a block."""

    element: HtmlElement
    tag: str
    parent: Box | None
    own: Marks
    marks: Marks
    """Its own and all its ancestors'."""
    depth: int
    order: int

    def lineage(self) -> list[Box]:
        """This box and its ancestors, innermost first."""
        found: list[Box] = []
        box: Box | None = self
        while box is not None:
            found.append(box)
            box = box.parent
        return found


@dataclass(slots=True, eq=False)
class Block:
    """One paragraph, heading, list item, cell or loose run of text."""

    text: str
    key: str
    box: Box
    index: int
    linked: int
    """Characters inside links."""
    emphasised: int
    """Characters inside em, i, small, cite."""
    strong: int
    """Characters inside b, strong."""
    after_image: bool
    """An image, and no text, stands right before it."""
    inline: Marks
    """What the inline elements around the text call themselves, where they hold all of it."""
    href: str | None
    """Where the first link in it leads, as written."""

    @property
    def tag(self) -> str:
        """The tag of the block-level element that the text lies in."""
        return self.box.tag

    @property
    def marks(self) -> Marks:
        """What this block and its ancestors call themselves."""
        return self.box.marks | self.inline


@dataclass(slots=True, eq=False)
class Picture:
    """An image on the page."""

    element: HtmlElement
    box: Box
    before: int
    """The index of the block that follows it."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """A page's text and images in page order."""

    text: tuple[Block, ...]
    pictures: tuple[Picture, ...]


class _Walk:
    """The state of one walk; ``blocks`` and ``pictures`` are the result."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.pictures: list[Picture] = []
        self.pieces: list[str] = []
        self.linked = self.emphasised = self.strong = 0
        self.characters = 0
        self.image_pending = False
        self.inline: Marks | None = None
        self.href: str | None = None
        self.boxes = 0

    def add(self, text: str, link: int, emphasis: int, strong: int, inline: Marks) -> None:
        """Take a run of characters."""
        self.pieces.append(text)
        stripped = text.strip()
        if stripped:
            size = len(stripped)
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
        text = " ".join("".join(self.pieces).split())
        self.pieces.clear()
        if text and len(self.blocks) < MAX_BLOCKS and self.characters < MAX_CHARACTERS:
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
                    inline=self.inline or Mark.NONE,
                    href=self.href,
                )
            )
            self.image_pending = False
        self.linked = self.emphasised = self.strong = 0
        self.inline = None
        self.href = None


def read_blocks(body: HtmlElement) -> Blocks:
    """The blocks and images of a ``<body>`` in page order.

    Args:
        body: The element to walk; it isn't changed. Scripts, styles, forms' controls and embedded documents are
            passed over.
    """
    walk = _Walk()
    root = Box(body, "body", None, Mark.NONE, Mark.NONE, 0, 0)
    # (element, box, link, emphasis, strong, inline marks, closing): an explicit stack, pages nest deeper than Python
    stack: list[tuple[HtmlElement, Box, int, int, int, Marks, bool]] = [(body, root, 0, 0, 0, Mark.NONE, False)]
    while stack:
        element, box, link, emphasis, strong, inline, closing = stack.pop()
        tag = element.tag
        if closing:
            if walk.pieces and tag in _BLOCK_TAGS:
                walk.flush(box)
            if element.tail:
                walk.add(element.tail, link, emphasis, strong, inline)
            continue
        if not isinstance(tag, str) or tag in _SKIPPED:
            if tag in _EMBEDDED:
                walk.image_pending = True
            if element is not body and element.tail:
                walk.add(element.tail, link, emphasis, strong, inline)
            continue
        inner_link, inner_emphasis, inner_strong, inner_inline, inner_box = link, emphasis, strong, inline, box
        if element is body:
            pass
        elif tag in _BLOCK_TAGS:
            if walk.pieces:
                walk.flush(box)
            own = _own_marks(element, tag)
            walk.boxes += 1
            inner_box = Box(element, tag, box, own, box.marks | own, box.depth + 1, walk.boxes)
            inner_inline = Mark.NONE
        elif tag == "br":
            following = element.getnext()
            if following is not None and following.tag == "br" and not (element.tail or "").strip():
                walk.flush(box)
            else:
                walk.pieces.append("\n")
            walk.add(element.tail or "", link, emphasis, strong, inline)
            continue
        elif tag in _PICTURES:
            walk.image_pending = True
            if len(walk.pictures) < MAX_PICTURES:
                walk.pictures.append(Picture(element, box, len(walk.blocks) + bool("".join(walk.pieces).strip())))
            walk.add(element.tail or "", link, emphasis, strong, inline)
            continue
        else:
            if tag == "a":
                inner_link += 1
                if walk.href is None:
                    walk.href = element.get("href")
            elif tag in _EMPHASIS:
                inner_emphasis += 1
            elif tag in _STRONG:
                inner_strong += 1
            if tag not in _STRONG:
                inner_inline = inline | _own_marks(element, tag)
        text = element.text
        if text:
            walk.add(text, inner_link, inner_emphasis, inner_strong, inner_inline)
        if len(element) == 0 and element is not body:
            # more than half of all elements: closed at once, without a turn on the stack
            if inner_box is not box and walk.pieces:
                walk.flush(inner_box)
            tail = element.tail
            if tail:
                walk.add(tail, link, emphasis, strong, inline)
            continue
        if element is not body:
            stack.append((element, inner_box, link, emphasis, strong, inline, True))
        stack.extend(
            (child, inner_box, inner_link, inner_emphasis, inner_strong, inner_inline, False)
            for child in reversed(element)
        )
    walk.flush(root)
    return Blocks(tuple(walk.blocks), tuple(walk.pictures))


def _own_marks(element: HtmlElement, tag: str) -> Marks:
    marks = marks_of_tag(tag)
    for name, value in element.items():
        if name == "class":
            marks |= marks_of_name(value)
        elif name == "id":
            # the id of a heading or paragraph is made from its words
            if tag not in _NAMED_BY_WORDS:
                marks |= marks_of_name(value)
        elif name == "role":
            marks |= marks_of_role(value)
        elif name == "hidden":
            marks |= Mark.HIDDEN
        elif name == "aria-label" and len(value) <= _MAX_LABEL:
            marks |= marks_of_name(value) & _LABELLED
    return marks
