"""Elements that libxml2 puts elsewhere than a browser does, moved to where a browser has them.

libxml2 builds trees by the rules of HTML 4. It doesn't know what HTML 5 added: ``<article>`` or ``<main>`` ends neither
a ``<head>`` whose end tag is left out nor a paragraph, and ``<source>`` holds what follows it. What follows ``</body>``
or ``</html>`` isn't in the body, or is lost (HTML §13.2.6).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from talkscraper.html.attributes import tags_of
from talkscraper.html.removal import writable

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_OF_THE_HEAD = frozenset(
    {"base", "basefont", "bgsound", "link", "meta", "noframes", "noscript", "script", "style", "template", "title"}
)
"""Elements that don't end a head."""
_METADATA = frozenset({"base", "link", "meta", "title"})
_ENDING_A_PARAGRAPH = (
    "article", "aside", "details", "dialog", "figcaption", "figure", "footer", "header", "hgroup", "main", "nav",
    "search", "section", "summary",
)  # fmt: skip
"""Elements of HTML 5 before which an open paragraph ends; libxml2 knows the older ones."""
_VOID = ("source", "track", "wbr")
"""Elements without content; libxml2 knows the older ones."""
_DOCUMENT = ("html", "head", "body")
_MAYBE_MISPLACED = (*_VOID, *_DOCUMENT, *_ENDING_A_PARAGRAPH)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ENDED = "ended-paragraph"
_END = re.compile(r"</html\b", re.IGNORECASE)
_NOTHING_MORE = re.compile(r"[^>]{0,200}>(?:\s++|<!--.*?(?:-->|\Z)|</(?:body|html)\s*>)*+\Z", re.DOTALL | re.IGNORECASE)


def without_early_end(markup: str) -> str:
    """Return HTML without the ``</html>`` tags that more markup follows; libxml2 reads nothing after the first."""
    first = _END.search(markup)
    if first is None or _NOTHING_MORE.match(markup, first.end()):
        return markup
    kept: list[str] = []
    taken = 0
    for tag in tags_of(markup):
        if tag["name"] is not None and tag["name"].lower() == "html" and markup[tag.start() + 1] == "/":
            kept.append(markup[taken : tag.start()])
            taken = tag.end()
    return "".join((*kept, markup[taken:]))


def put_in_place(root: HtmlElement) -> None:
    """Move what libxml2 left in the head, after the body, or in a paragraph, as a browser would have it."""
    head, body = root.find("head"), root.find("body")
    if head is not None and root.find("frameset") is None:
        _end_head(root, head, body)
        body = root.find("body")
    if body is not None:
        body.extend(list(body.itersiblings()))
    if _is_in_place(root, head, body):
        return
    if body is not None:
        etree.strip_tags(body, *_DOCUMENT)
    _empty_voids(root)
    _end_paragraphs(root)


def _is_in_place(root: HtmlElement, head: HtmlElement | None, body: HtmlElement | None) -> bool:
    """Whether nothing below is to be done, as on most pages: one walk in place of three."""
    for element in root.iter(*_MAYBE_MISPLACED):
        tag = element.tag
        if tag in _VOID:
            if element.text is not None or len(element):
                return False
        elif tag in _DOCUMENT:
            if not (element is root or element is head or element is body):
                return False
        else:
            parent = element.getparent()
            if parent is not None and parent.tag == "p":
                return False
    return True


def _empty_voids(root: HtmlElement) -> None:
    for void in root.iter(*_VOID):
        if void.text is None and not len(void):
            continue
        tail, void.tail, void.text = void.tail, writable(void.text or ""), None
        last = void
        for child in list(void):
            last.addnext(child)
            last = child
        if tail:
            last.tail = writable((last.tail or "") + tail)


def _end_head(root: HtmlElement, head: HtmlElement, body: HtmlElement | None) -> None:
    first = next((child for child in head if child.tag not in _OF_THE_HEAD), None)
    if first is None:
        return
    misplaced = [first, *first.itersiblings()]
    if body is None:
        body = root.makeelement("body")
        root.append(body)
    elif not _has_content(misplaced):
        # an unknown empty element in a head that is closed further down: the metadata after it is still the page's
        misplaced = [element for element in misplaced if element.tag not in _METADATA]
    text = body.text
    body.text = None
    before = body[0] if len(body) else None
    for element in misplaced:
        if before is None:
            body.append(element)
        else:
            before.addprevious(element)
    if text:
        misplaced[-1].tail = writable((misplaced[-1].tail or "") + text)


def _has_content(elements: list[HtmlElement]) -> bool:
    return any(
        len(element) or (element.text or "").strip() or (element.tail or "").strip()
        for element in elements
        if element.tag not in _OF_THE_HEAD
    )


def _end_paragraphs(root: HtmlElement) -> None:
    ended: list[HtmlElement] = []
    for element in root.iter(*_ENDING_A_PARAGRAPH):
        paragraph = element.getparent()
        if paragraph is None or paragraph.tag != "p":
            continue
        # the paragraph is what stands before the element; the rest of it loses its tag
        before = root.makeelement("p", _attributes(paragraph))
        before.text, paragraph.text = writable(paragraph.text or ""), None
        before.extend(list(element.itersiblings(preceding=True))[::-1])
        paragraph.addprevious(before)
        paragraph.tag = _ENDED
        ended.append(paragraph)
    if ended:
        etree.strip_tags(root, _ENDED)


def _attributes(element: HtmlElement) -> dict[str, str]:
    """Return an element's attributes, without those whose names the parser accepts but lxml can't write."""
    return {name: writable(value) for name, value in element.items() if _NAME.fullmatch(name)}
