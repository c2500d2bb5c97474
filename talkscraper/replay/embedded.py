"""Objects and embedded files of a page as what a browser shows without plug-ins: a picture, a film, a frame, a link."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from talkscraper.html.address_attributes import Role
from talkscraper.html.removal import take_out

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from talkscraper.replay.address_rewriter import AddressRewriter

_ENDINGS = {
    ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
    ".webp": "image/webp", ".avif": "image/avif", ".mp4": "video/mp4", ".webm": "video/webm", ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg", ".pdf": "application/pdf", ".swf": "application/x-shockwave-flash",
}  # fmt: skip
_KEPT = frozenset({"width", "height", "class", "id", "style", "title", "alt", "name", "align", "border"})
_FRAMED = frozenset({"", "text/html", "application/xhtml+xml", "text/plain"})


def show_embedded(element: HtmlElement, addresses: AddressRewriter) -> None:
    """Replace an ``<object>`` or ``<embed>``; one whose file isn't archived leaves what it holds for that case."""
    written = (element.get("data" if element.tag == "object" else "src") or "").strip()
    kind = _type_of(element, written)
    family = kind.partition("/")[0]
    shown: tuple[str, dict[str, str]] | None = None
    if written and addresses.is_archived(written):
        if family == "image":
            shown = _with("img", "src", addresses.address(written, Role.IMAGE))
        elif family in ("video", "audio"):
            shown = _with(family, "src", addresses.address(written, Role.MEDIA))
        elif kind == "application/pdf":
            shown = _with("a", "href", addresses.address(written, Role.LINK))
        elif kind in _FRAMED:
            shown = _with("iframe", "src", addresses.address(written, Role.FRAME))
    if shown is None:
        if element.tag == "embed":
            take_out(element)
        else:
            element.tag = "div"
            element.attrib.clear()
        return
    tag, attributes = shown
    kept = {name: value for name, value in element.items() if name in _KEPT}
    element.tag = tag
    element.attrib.clear()
    element.attrib.update(kept | attributes | ({"controls": ""} if family in ("video", "audio") else {}))
    for child in list(element):
        element.remove(child)
    element.text = _name(written) if tag == "a" else None


def _with(tag: str, name: str, target: str | None) -> tuple[str, dict[str, str]] | None:
    return None if target is None else (tag, {name: target})


def _type_of(element: HtmlElement, written: str) -> str:
    declared = (element.get("type") or "").partition(";")[0].strip().lower()
    return declared or _ENDINGS.get(PurePosixPath(_path(written)).suffix.lower(), "")


def _path(written: str) -> str:
    try:
        return urlsplit(written).path
    except ValueError:
        return ""


def _name(written: str) -> str:
    return unquote(PurePosixPath(_path(written)).name, errors="replace")[:200] or "document"
