"""Lenient XML parser for feeds and sitemaps: what isn't well-formed is repaired first (``html.xml_repair``).

The repair removes the document type, so that no entities are declared, expanded or fetched. The rest is parsed element
by element, so that a sitemap of fifty megabytes is never in memory as a tree.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from talkscraper.html.xml_repair import repaired

if TYPE_CHECKING:
    from lxml.etree import _Element


def elements(text: str, names: frozenset[str], *, nested: bool = False) -> Iterator[_Element]:
    """Yield the elements whose local name is in ``names``, in the order of their end tags; each is freed afterwards.

    Never raises; what can't be parsed is left out. Names are in lower case. ``nested``: they may contain one another.
    """
    source = io.BytesIO(repaired(text, frozenset() if nested else names).encode("utf-8", "replace"))
    context = etree.iterparse(
        source,
        events=("end",),
        tag=[f"{{*}}{name}" for name in sorted(names)],
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in context:
            yield element
            _free(element)
    except etree.XMLSyntaxError:
        return


def local(element: _Element) -> str:
    """Return an element's name without its namespace, lower-case."""
    return str(element.tag).rpartition("}")[2].lower()


def namespace(element: _Element) -> str:
    """Return an element's namespace, empty if it has none."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def text_of(element: _Element, most: int = 4096) -> str:
    """Return the text of an element and its descendants, spaces collapsed, at most ``most`` characters."""
    found: list[str] = []
    length = 0
    for piece in element.itertext():
        found.append(str(piece))
        length += len(piece)
        if length > most:
            break
    return " ".join("".join(found)[:most].split())


def _free(element: _Element) -> None:
    element.clear()
    parent, before = element.getparent(), element.getprevious()
    if parent is not None and before is not None and before.tag == element.tag:
        parent.remove(before)
