"""Lenient XML parser for feeds and sitemaps: HTML entities, bare ampersands, junk before the prologue, truncation.

The document type is removed before parsing (so no entities are declared, expanded or fetched), and libxml2's limits on
depth and text apply. The rest is parsed in recovery mode, element by element, so that a sitemap of fifty megabytes is
never in memory as a tree.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element

_START = re.compile(r"<(?:\?xml|!DOCTYPE|!--|[A-Za-z_])", re.IGNORECASE)
_PROLOGUE = re.compile(r"<\?xml[^>]{0,400}>", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_DOCTYPE_END = re.compile(r"[\[\]>\"']")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?:#(\d{1,7}|[xX][0-9a-fA-F]{1,6});|([A-Za-z][A-Za-z0-9]{1,31});)?")
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)


def elements(text: str, names: frozenset[str]) -> Iterator[_Element]:
    """Yield the elements whose local name is in ``names``, in the order of their end tags; each is freed afterwards.

    Never raises; what can't be parsed is left out.
    """
    source = io.BytesIO(disarmed(text).encode("utf-8", "replace"))
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


def disarmed(text: str) -> str:
    """Return XML that a parser in recovery mode can read, without a document type."""
    start = _START.search(text)
    if start is None:
        return ""
    text = _PROLOGUE.sub("", text[start.start() :], count=1)
    text = _ILLEGAL.sub("", _without_doctype(text))
    pieces: list[str] = []
    at = 0
    for section in _CDATA.finditer(text):
        pieces += (_AMPERSAND.sub(_entity, text[at : section.start()]), section[0])
        at = section.end()
    pieces.append(_AMPERSAND.sub(_entity, text[at:]))
    return "".join(pieces)


def _without_doctype(text: str) -> str:
    for _ in range(4):
        found = _DOCTYPE.search(text)
        if found is None:
            return text
        end = _end_of_doctype(text, found.end())
        text = text[: found.start()] + text[end:]
    return text[: found.start()] if (found := _DOCTYPE.search(text)) else text


def _end_of_doctype(text: str, at: int) -> int:
    inside = False
    while found := _DOCTYPE_END.search(text, at):
        at = found.end()
        mark = found[0]
        if mark in "\"'":
            closing = text.find(mark, at)
            at = closing + 1 if closing >= 0 else len(text)
        elif mark == "[":
            inside = True
        elif mark == "]":
            inside = False
        elif not inside:
            return at
    return len(text)


def _entity(match: re.Match[str]) -> str:
    if match[1] is not None:
        code = int(match[1][1:], 16) if match[1][0] in "xX" else int(match[1])
        char = chr(code) if 0 < code < 0x110000 else ""
        return "" if _ILLEGAL.fullmatch(char) or not char else match[0]
    if match[2] is not None:
        if match[2] in _PREDEFINED:
            return match[0]
        char = html.unescape(match[0])
        return char if char != match[0] else "&amp;" + match[0][1:]
    return "&amp;"


def _free(element: _Element) -> None:
    element.clear()
    parent, before = element.getparent(), element.getprevious()
    if parent is not None and before is not None and before.tag == element.tag:
        parent.remove(before)
