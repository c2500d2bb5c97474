"""Removal of elements from a parsed page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters forbidden in XML text (XML 1.0 §2.2). lxml reads them from references, and refuses to write them."""


def take_out(element: _Element) -> None:
    """Remove an element with its content, but not the text after it. An element without a parent isn't changed."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = writable((previous.tail or "") + element.tail)
        else:
            parent.text = writable((parent.text or "") + element.tail)
    parent.remove(element)


def writable(text: str) -> str:
    """Return text without the characters that lxml refuses to write."""
    return text if text.isascii() and text.isprintable() else _UNWRITABLE.sub("", text)
