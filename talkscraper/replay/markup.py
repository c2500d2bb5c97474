"""Serialisation of a tree such that no parser finds other tags in it than those written.

Browsers parse markup differently from the library that built the tree: the content of ``<style>`` is text in a page and
markup inside ``<svg>``, ``<noscript>`` is either. So no ``<`` is written except for the tags of cleaned elements:
wherever a browser sees the beginning of a tag, it is one of those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9:._-]{0,100}", re.ASCII)
_ATTRIBUTE = re.compile(r"[A-Za-z_][A-Za-z0-9:._-]{0,100}", re.ASCII)
_VOID = frozenset(
    {
        "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
        "meta", "param", "source", "track", "wbr",
    }
)  # fmt: skip
_RAW = frozenset({"xmp", "listing", "plaintext", "noembed", "noframes"})
"""Elements whose content browsers don't parse as markup, with the elements written instead."""
_MARKUP_IN_STYLE = re.compile(r"<(?=[A-Za-z/!?])")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\u00a0": "&#160;"})
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def page_markup(root: etree._Element, *, first_in_body: str = "") -> str:
    """Return a page. ``first_in_body`` is trusted markup; a page without a body doesn't get it."""
    out: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = _page_tag(element)
        if event == "start":
            _start(out, tag, element.attrib.items())
            if tag == "body":
                out.append(first_in_body)
            if tag == "style":
                out.append(style_text(element.text or ""))
            else:
                out.append((element.text or "").translate(_ESCAPES))
        else:
            if tag and tag not in _VOID:
                out.append(f"</{tag}>")
            if element is not root:
                out.append((element.tail or "").translate(_ESCAPES))
    return "".join(out)


def drawing_markup(root: etree._Element) -> str:
    """Return a drawing as XML; its elements and attributes have no prefixes."""
    out: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) and _NAME.fullmatch(element.tag) else "g"
        if event == "start":
            attributes = list(element.attrib.items())
            if element is root:
                attributes = [
                    ("xmlns", "http://www.w3.org/2000/svg"),
                    ("xmlns:xlink", "http://www.w3.org/1999/xlink"),
                    *attributes,
                ]
            _start(out, tag, ((name, _NOT_XML.sub("", value)) for name, value in attributes))
            text = style_text(element.text or "") if tag == "style" else element.text or ""
            out.append(_NOT_XML.sub("", text).translate(_ESCAPES))
        else:
            out.append(f"</{tag}>")
            if element is not root:
                out.append(_NOT_XML.sub("", element.tail or "").translate(_ESCAPES))
    return "".join(out)


def style_text(css: str) -> str:
    """Return a style sheet as an element's content, in which nothing can be taken for a tag.

    ``<!--`` is allowed in a style sheet and ignored; elsewhere an escape stands for the same character.
    """
    return _MARKUP_IN_STYLE.sub(r"\\3c ", css.replace("<!--", " "))


def _page_tag(element: etree._Element) -> str:
    """Return the name to write; empty if only the content is written."""
    tag = element.tag.lower() if isinstance(element.tag, str) else ""
    if tag in _RAW:
        return "pre" if tag in ("xmp", "listing", "plaintext") else "div"
    return tag if _NAME.fullmatch(tag) else ""


def _start(out: list[str], tag: str, attributes: Iterable[tuple[str, str]]) -> None:
    if not tag:
        return
    out.append(f"<{tag}")
    written: set[str] = set()
    for name, value in attributes:
        if _ATTRIBUTE.fullmatch(name) and name.lower() not in written:
            written.add(name.lower())
            # quotes in a style stay readable
            quote = "'" if '"' in value and "'" not in value else '"'
            escaped = value.translate(_ATTRIBUTE_ESCAPES)
            out.append(f" {name}={quote}{escaped if quote == chr(39) else escaped.replace(chr(34), '&quot;')}{quote}")
    out.append(">")
