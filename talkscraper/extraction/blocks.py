"""The blocks of text of a page, in boxes with marks.

A block is what a browser would set as one paragraph: a run of inline content between two block-level boundaries. A
block's marks come from its ancestors' tags, roles, classes and ids; they are hints, not decisions. ``block_reader``
creates them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from talkscraper.extraction import phrases
from talkscraper.extraction.box_names import Marks

_PUNCTUATION = bytes(code for code in range(128) if not chr(code).isalnum())
_NOT_WORD = re.compile(r"[\W_]+")


def squeeze(text: str) -> str:
    """Letters and digits only, case folded: equal for two renderings of the same words."""
    # in bytes first: deleting what is ASCII there is one pass in C, and leaves the expression little to do
    letters = text.encode("utf-8", "surrogatepass").translate(None, _PUNCTUATION).decode("utf-8", "surrogatepass")
    return (letters if letters.isascii() else _NOT_WORD.sub("", letters)).casefold()


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
    """An image, and no text, is right before it."""
    inline: Marks
    """The marks of the inline elements that contain all of the text."""
    href: str | None
    """Where the first link in it leads, as written."""

    @property
    def tag(self) -> str:
        """The tag of the block-level element that contains the text."""
        return self.box.tag

    @property
    def marks(self) -> Marks:
        """The marks of this block and its ancestors."""
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
    left_out: tuple[HtmlElement, ...] = ()
    """Hidden elements within them that were passed over: additions for screen readers, scripts."""


def is_prose(block: Block, length: int = 80) -> bool:
    """Long enough, no link list, and ending like a sentence."""
    return len(block.text) >= length and block.linked < 0.5 * len(block.text) and phrases.ends_sentence(block.text)


def within(box: Box, home: Box) -> bool:
    """Whether a box is inside another one, or is the same."""
    inner: Box | None = box
    while inner is not None and inner.depth >= home.depth:
        if inner is home:
            return True
        inner = inner.parent
    return False
