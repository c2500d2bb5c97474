"""The table of attributes that hold addresses (HTML §"Attributes", SVG 2, and the habits of lazy loaders).

Capture takes from it what a page needs to be shown again, replay rewrites all of it. The forms of CSS are in ``css``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element


class Role(StrEnum):
    """What a browser does with the document at an address."""

    LINK = "link"
    """Opens it when the reader asks for it."""
    STYLE = "style"
    FONT = "font"
    IMAGE = "image"
    MEDIA = "media"
    """Plays it: sound, film, subtitles."""
    FRAME = "frame"
    """Shows it in a part of the page: a page, picture or other document."""
    SCRIPT = "script"
    PLUGIN = "plugin"
    """Runs it in a plug-in."""
    FORM = "form"
    """Sends a form to it."""
    BEACON = "beacon"
    """Notifies it, and shows nothing."""
    HINT = "hint"
    """Connects to it early, or reads about the site there."""
    BASE = "base"
    """Resolves other addresses against it."""
    OTHER = "other"
    """Nothing, or what only a script could tell."""


class Form(StrEnum):
    """How addresses are written in an attribute."""

    URL = "url"
    SRCSET = "srcset"
    SPACES = "spaces"
    """Several, separated by spaces."""
    COMMAS = "commas"
    """Several, separated by commas."""
    CSS = "css"
    REFRESH = "refresh"
    """After a number of seconds, as in the header ``Refresh``."""
    DOCUMENT = "document"
    """A whole page in the attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressAttribute:
    """A row of the table."""

    elements: str
    """The elements that have it, separated by spaces; ``*`` for all others."""
    names: str
    """The attributes, lower-case, without the namespace ``xlink``, separated by spaces."""
    role: Role
    form: Form = Form.URL
    instead_of: str | None = None
    """The attribute that a lazy loader would set to the value of this one."""
    only_with: tuple[str, str] | None = None
    """Another attribute and its value, without which this one is none."""


def _row(
    elements: str,
    names: str,
    role: Role,
    form: Form = Form.URL,
    *,
    instead_of: str | None = None,
    only_with: tuple[str, str] | None = None,
) -> AddressAttribute:
    return AddressAttribute(
        elements=elements, names=names, role=role, form=form, instead_of=instead_of, only_with=only_with
    )


TABLE = (
    _row("a area", "href", Role.LINK),
    _row("a area", "ping attributionsrc", Role.BEACON, Form.SPACES),
    _row("img script", "attributionsrc", Role.BEACON, Form.SPACES),
    _row("blockquote q ins del", "cite", Role.LINK),
    _row("img iframe frame", "longdesc", Role.LINK),
    _row("meta", "content", Role.LINK, Form.REFRESH, only_with=("http-equiv", "refresh")),
    _row("base", "href", Role.BASE),
    # with the role of its relation instead (role_of_link)
    _row("link", "href", Role.HINT),
    _row("link", "imagesrcset", Role.HINT, Form.SRCSET),
    _row("html", "manifest", Role.HINT),
    _row("head", "profile", Role.HINT, Form.SPACES),
    _row("form", "action", Role.FORM),
    _row("button input", "formaction", Role.FORM),
    _row("img amp-img", "src", Role.IMAGE),
    _row("input", "src", Role.IMAGE, only_with=("type", "image")),
    _row(
        "image use feimage filter pattern lineargradient radialgradient textpath tref mpath cursor", "href", Role.IMAGE
    ),
    # in the order in which lazy loaders are looked for
    _row("img amp-img", "data-src data-original data-lazy-src data-lazy", Role.IMAGE, instead_of="src"),
    _row("img amp-img source", "data-srcset data-lazy-srcset", Role.IMAGE, Form.SRCSET, instead_of="srcset"),
    _row("video audio source track bgsound amp-video amp-audio", "src", Role.MEDIA),
    _row("iframe frame portal fencedframe", "src", Role.FRAME),
    _row("iframe", "srcdoc", Role.FRAME, Form.DOCUMENT),
    _row("script", "src href", Role.SCRIPT),
    _row("embed", "src", Role.FRAME),
    _row("object", "data", Role.FRAME),
    _row("object", "classid codebase", Role.PLUGIN),
    _row("object", "archive", Role.PLUGIN, Form.SPACES),
    _row("applet", "code object codebase", Role.PLUGIN),
    _row("applet", "archive", Role.PLUGIN, Form.COMMAS),
    _row("*", "srcset imagesrcset", Role.IMAGE, Form.SRCSET),
    _row("*", "background poster lowsrc dynsrc", Role.IMAGE),
    _row("*", "src href", Role.OTHER),
    _row("*", "style", Role.IMAGE, Form.CSS),
    _row(
        "*",
        "fill stroke filter mask clip-path marker marker-start marker-mid marker-end cursor",
        Role.IMAGE,
        Form.CSS,
    ),
)
"""A row for an element goes before one for all."""

LAZY = {
    target: tuple(name for row in TABLE if row.instead_of == target for name in row.names.split())
    for target in ("src", "srcset")
}
"""Attribute → those in which a lazy loader keeps its value, in the order in which they are looked for."""

ROWS = {
    name: {element: row for row in reversed(TABLE) if name in row.names.split() for element in row.elements.split()}
    for each in TABLE
    for name in each.names.split()
}
"""Attribute → element, or ``*`` → row of the table."""
_ICONS = frozenset({"icon", "apple-touch-icon", "mask-icon"})
_PRELOADED = {
    "style": Role.STYLE, "font": Role.FONT, "image": Role.IMAGE, "script": Role.SCRIPT, "document": Role.FRAME,
    "audio": Role.MEDIA, "video": Role.MEDIA, "track": Role.MEDIA,
}  # fmt: skip
_LINKED = frozenset({"alternate", "amphtml", "author", "canonical", "help", "license", "next", "prev", "search"})


@dataclass(frozen=True, slots=True)
class AttributeAddress:
    """An attribute of an element that holds one or more addresses."""

    attribute: str
    """Its name in the tree."""
    value: str
    form: Form
    role: Role
    instead_of: str | None = None


def attributes_of(element: _Element) -> Iterator[AttributeAddress]:
    """Return the attributes of an element that hold addresses, in its order."""
    for name, value in element.items():
        rows = ROWS.get(name.lower().rpartition("}")[2].removeprefix("xlink:"))
        if rows is None:
            continue
        tag = local_name(element)
        row = rows.get(tag)
        if row is None or not _has_condition(element, row):
            row = rows.get("*")
        if row is not None:
            role = role_of_link(element) if row.elements == "link" else row.role
            yield AttributeAddress(name, value, row.form, role, row.instead_of)


def local_name(element: _Element) -> str:
    """Return an element's name lower-case, without a namespace or prefix; empty for a comment and the like."""
    return element.tag.lower().rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def role_of_link(link: _Element) -> Role:
    """Return the role of what a ``<link>`` names, by the most consequential of its relations."""
    relations = frozenset((link.get("rel") or "").lower().split())
    preloaded = _PRELOADED.get((link.get("as") or "").lower(), Role.HINT) if "preload" in relations else Role.HINT
    if relations & {"import", "modulepreload"}:
        return Role.SCRIPT
    if "stylesheet" in relations:
        return Role.STYLE
    if preloaded in (Role.STYLE, Role.FONT):
        return preloaded
    if relations & _ICONS:
        return Role.IMAGE
    return Role.LINK if preloaded is Role.HINT and relations & _LINKED else preloaded


def _has_condition(element: _Element, row: AddressAttribute) -> bool:
    return row.only_with is None or (element.get(row.only_with[0]) or "").strip().lower() == row.only_with[1]
