"""Drawings that ``<use>`` takes from another file, put into the page itself.

A browser takes them only from a page's own origin, and a page in a sandbox has none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from talkscraper.html.parser import new_element
from talkscraper.replay.address_rewriter import AddressRewriter, Context
from talkscraper.replay.svg import cleaned_drawing

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

MAX_FILES = 8
"""Maximum number of files from which a page takes drawings."""
MAX_CHARACTERS = 512 * 1024
"""Maximum size of such a file."""
_LOCAL = re.compile(r"""(url\(\s{0,9}["']?#)""")


class Sprites:
    """The files from which a page takes drawings."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._found: dict[str, tuple[str, _Element] | None] = {}

    def local(self, url: str) -> str | None:
        """Return the fragment of the page that stands for a drawing in a captured file; None if there is none."""
        address, _, fragment = url.partition("#")
        if address not in self._found:
            self._found[address] = self._read(address) if len(self._found) < MAX_FILES else None
        found = self._found[address]
        if found is None:
            return None
        prefix, root = found
        wanted = prefix + unquote(fragment or "")
        return f"#{wanted}" if any(each.get("id") == wanted for each in root.iter()) else None

    def append_to(self, body: HtmlElement) -> None:
        """Put the files that were used at the end of a page, where they take no room."""
        for found in self._found.values():
            if found is not None:
                place = {"width": "0", "height": "0", "style": "position:absolute", "aria-hidden": "true"}
                holder = new_element("svg", place)
                holder.append(found[1])  # type: ignore[arg-type]  # of a parser without HTML's classes
                body.append(holder)

    def _read(self, address: str) -> tuple[str, _Element] | None:
        text = self._context.drawing(address)
        if text is None or len(text) > MAX_CHARACTERS:
            return None
        root = cleaned_drawing(text, AddressRewriter(address, self._context))
        if root is None:
            return None
        prefix = f"talkscraper-{len(self._found)}-"
        for element in list(root.iter()):
            if element.tag == "style":
                # its rules would apply to the whole page
                element.tag, element.text = "g", None
            for name, value in element.attrib.items():
                if name == "id":
                    element.set(name, prefix + value)
                elif name == "href" and value.startswith("#"):
                    element.set(name, f"#{prefix}{value[1:]}")
                else:
                    element.set(name, _LOCAL.sub(rf"\g<1>{prefix}", value))
        root.set("id", root.get("id") or prefix)
        return prefix, root
