"""Rendering of blocks as plain text: a blank line between paragraphs, a list or a table as one paragraph of lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from talkscraper.extraction.blocks import Block, Box

_ITEMS = frozenset(("li", "dd", "dt"))
_LISTS = frozenset(("ul", "ol", "dl"))
_LONG_CELL = 300
"""Characters from which a cell is a part of a page laid out with tables, not of a table."""


_NUMBERED = re.compile(r"\(?\d{1,3}[.):]")


def render(kept: Sequence[Block]) -> str:
    """The text of these blocks in the order given."""
    paragraphs: list[list[str]] = []
    group: Box | None = None
    line: Box | None = None
    numbers: dict[HtmlElement, dict[HtmlElement, int]] = {}
    for block in kept:
        item, whole = _part_of(block)
        text = block.text
        if whole is None or item is None:
            paragraphs.append([text])
            group, line = None, None
            continue
        if whole is not group:
            paragraphs.append([])
            group, line = whole, None
        lines = paragraphs[-1]
        if item is line and lines:
            lines[-1] += (" | " if item.tag == "tr" else " ") + text
        else:
            lines.append(text if item.tag == "tr" else _bullet(item, text, numbers) + text)
        line = item
    return "\n\n".join("\n".join(lines) for lines in paragraphs)


def _part_of(block: Block) -> tuple[Box | None, Box | None]:
    """``(item or row, outermost list or table)`` that a block belongs to, or Nones."""
    item: Box | None = None
    whole: Box | None = None
    for box in block.box.lineage():
        if box.tag in _ITEMS and (item is None or item.tag in _ITEMS) and whole is None:
            item = item or box
        elif box.tag == "tr" and item is None and len(block.text) <= _LONG_CELL:
            item = box
        elif item is not None and (
            (item.tag == "tr" and box.tag == "table") or (item.tag in _ITEMS and box.tag in _LISTS)
        ):
            whole = box
            if item.tag == "tr":
                break
        elif item is not None and whole is not None and box.tag not in _ITEMS:
            break
    return (item, whole) if whole is not None else (None, None)


def _bullet(item: Box, text: str, numbers: dict[HtmlElement, dict[HtmlElement, int]]) -> str:
    """A dash, or in an ordered list the item's number, as a browser shows it."""
    whole = item.parent
    while whole is not None and whole.tag not in _LISTS:
        whole = whole.parent
    if whole is None or whole.tag != "ol":
        return "- "
    if _NUMBERED.match(text):
        return ""
    if whole.element not in numbers:
        start = whole.element.get("start", "1")
        first = int(start) if start.isascii() and start.isdecimal() and len(start) < 6 else 1
        items = [child for child in whole.element if child.tag == "li"]
        numbers[whole.element] = {child: first + position for position, child in enumerate(items)}
    number = numbers[whole.element].get(item.element)
    return f"{number}. " if number is not None else "- "
