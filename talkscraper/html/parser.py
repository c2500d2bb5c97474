"""HTML text to tree, with limits of size and depth.

lxml's HTML parser keeps 2,048 levels with ``huge_tree`` and silently drops what lies deeper; such pages (one had
5,000 nested ``<div>``) are flattened first. Comments and processing instructions never enter the tree, because
trafilatura's results change when they are there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree, html

from talkscraper.html.attributes import bounded
from talkscraper.html.placement import put_in_place, without_early_end

MAX_MARKUP = 6_000_000
"""Maximum number of characters of markup that are parsed. Of 914 news pages the largest has 2.6 million."""
MAX_LEVELS = 400
_DATA_URI = re.compile(r"data:[a-z0-9.+/-]{1,60};base64,[A-Za-z0-9+/=%\s]{1000,}", re.IGNORECASE)
_TAG = re.compile(
    r"<(/?)(div|span|section|article|font|b|i|em|strong|center|table|tbody|tr|td|ul|ol|li|blockquote|main)\b[^<>]*>",
    re.IGNORECASE,
)
_CONTROL = bytes((*range(1, 9), 11, 12, *range(14, 32)))
_NONCHARACTERS = ("\ufffe", "\uffff")
_OPENING = 20_000
"""Number of characters in which the ``<html>`` tag is searched."""
_SELF_CLOSED_HTML = re.compile(r"(<html\b[^>]{0,2000}?)\s*/>", re.IGNORECASE)


_CLASSES = etree.ElementDefaultClassLookup(element=html.HtmlElement, comment=html.HtmlComment)
"""Every element an HtmlElement, decided in C: lxml.html's own lookup is a Python call for each element touched."""


def _parser() -> etree.HTMLParser[html.HtmlElement]:
    parser: etree.HTMLParser[html.HtmlElement] = etree.HTMLParser(
        encoding="utf-8",
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        default_doctype=False,
    )
    parser.set_element_class_lookup(_CLASSES)
    return parser


_MAKER = _parser()


def new_element(tag: str, attributes: Mapping[str, str]) -> html.HtmlElement:
    """Return an element of the class that parsed ones have, in a tree of its own."""
    return _MAKER.makeelement(tag, attributes)


def parse(text: str) -> tuple[html.HtmlElement, bool]:
    """Return the ``<html>`` element, and whether markup beyond ``MAX_MARKUP`` was left out. Never fails.

    Text without markup, and empty text, give an empty ``<html><body></body></html>``.
    """
    cut = False
    if len(text) > MAX_MARKUP:
        text = _DATA_URI.sub("data:,", text)
        cut = len(text) > MAX_MARKUP
        text = text[:MAX_MARKUP]
    for character in _NONCHARACTERS:
        if character in text:
            text = text.replace(character, "")
    closed = _SELF_CLOSED_HTML.search(text, 0, _OPENING)
    if closed is not None:
        text = f"{text[: closed.start()]}{closed[1]}>{text[closed.end() :]}"
    text = without_early_end(bounded(text))
    root = _tree(text)
    if root is None or _stopped_early(root, text):
        flat = _tree(_flattened(text))
        root = flat if flat is not None else root
    if root is None:
        root = etree.fromstring(b"<html><body></body></html>", parser=_parser())
    put_in_place(root)
    return root, cut


def _tree(text: str) -> html.HtmlElement | None:
    if not text or text.isspace():
        return None
    try:
        # deleting from bytes is a copy in C; each control character is one byte in UTF-8
        encoded = text.encode("utf-8", errors="replace").translate(None, _CONTROL)
        return _rooted(etree.fromstring(encoded, parser=_parser()))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


def _rooted(root: html.HtmlElement | None) -> html.HtmlElement | None:
    """Return the root if it is an ``<html>`` element; the parser gives none for text without markup."""
    return root if root is not None and root.tag == "html" else None


def _stopped_early(root: html.HtmlElement, text: str) -> bool:
    """Whether the parser reached its limit of depth: then the tree ends there, or is empty."""
    depth = 0
    node: html.HtmlElement | None = root
    while node is not None and len(node) and depth < 2100:
        node = node[-1]
        depth += 1
    body = root.find("body")
    is_suspect = depth >= 1500 or body is None or len(body) == 0
    return is_suspect and text.count("<") >= 2000


def _flattened(text: str) -> str:
    """Return the markup without container tags at depths beyond ``MAX_LEVELS``."""
    depth = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal depth
        if match.group(1):
            depth -= 1
            return match.group(0) if depth < MAX_LEVELS else " "
        depth += 1
        return match.group(0) if depth <= MAX_LEVELS else " "

    return _TAG.sub(keep, text)
