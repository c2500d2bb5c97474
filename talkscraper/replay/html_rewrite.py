"""Rewriting of pages: without scripts, and with all addresses leading into the archive.

Removed: scripts, event handlers, ``<base>``, http-equiv (policies, cookies), plug-ins, prefetch hints. Disabled:
forms. Rewritten: links, style sheets, pictures, fonts, frames, pages in attributes, embedded files, media. A refresh
within seconds is shown as a link. Kept: declarative shadow roots. Made visible: an article that waits for scripts.
The page is served with a Content-Security-Policy that allows only the replay's own origin, and a sandbox; the
rewriting makes pages right, the policy makes them safe.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from lxml import html

from talkscraper.html.address_attributes import (
    LAZY,
    ROWS,
    AttributeAddress,
    Form,
    Role,
    attributes_of,
    local_name,
    role_of_link,
)
from talkscraper.html.charset import decode
from talkscraper.html.onward import onward_of, onward_of_header
from talkscraper.html.parser import parse
from talkscraper.html.removal import take_out
from talkscraper.replay.address_rewriter import CONTROL, AddressRewriter, Context
from talkscraper.replay.embedded import show_embedded
from talkscraper.replay.markup import page_markup
from talkscraper.replay.script_walls import open_walls
from talkscraper.replay.sprites import Sprites
from talkscraper.replay.svg import rewrite_drawing
from talkscraper.urls.resolution import target

_DROPPED = frozenset({"script", "base", "applet", "param", "portal", "animate", "set", "fencedframe"})
_EMBEDDED = frozenset({"object", "embed"})
_SHADOW_MODES = frozenset({"open", "closed"})
MAX_DOCUMENTS = 10
"""Maximum number of frames of a page whose page is in an attribute (``srcdoc``); those of such frames aren't shown."""
_KEPT_RELATIONS = frozenset({"stylesheet", "icon", "apple-touch-icon", "shortcut", "mask-icon", "alternate"})
_DIRECTIVES = frozenset(
    {
        "nonce", "integrity", "crossorigin", "autofocus", "target", "formtarget", "referrerpolicy", "http-equiv", "is",
        "contextmenu", "download", "sandbox", "allow", "csp", "fetchpriority", "blocking", "xml:base",
    }
)  # fmt: skip
_DROPPED_ROLES = frozenset({Role.SCRIPT, Role.PLUGIN, Role.FORM, Role.BEACON, Role.HINT, Role.BASE})
"""What a script-free page doesn't do."""
_DROPPED_ATTRIBUTES = _DIRECTIVES | {
    name for name, rows in ROWS.items() if all(row.role in _DROPPED_ROLES for row in rows.values())
}
"""Attributes that no element keeps."""
_NOTICE_STYLE = "margin: 1em; font: 1rem sans-serif"
_PUBLIC_ID = re.compile(r"[-+\w/ .,:()']{0,120}")


def rewrite_html(body: bytes, content_type: str | None, context: Context, *, banner: str = "") -> bytes:
    """Return the page as UTF-8. ``banner`` is trusted markup that is inserted first in the body.

    Args:
        body: the page, content-decoded.
        content_type: the Content-Type header, for the charset.
        context: the page's address and time.
        banner: trusted markup.
    """
    root, _cut = parse(decode(body, content_type).text)
    page = _Page(root, AddressRewriter(context.url, context), Sprites(context))
    page.clean()
    page.show_way_on()
    body_element = root.find("body")
    if body_element is not None:
        page.sprites.append_to(body_element)
    return (_doctype(root) + page_markup(root, first_in_body=banner)).encode("utf-8", "replace")


def rewrite_svg(body: bytes, content_type: str | None, context: Context) -> bytes | None:
    """Return a drawing as UTF-8; None if it isn't one."""
    return rewrite_drawing(decode(body, content_type).text, AddressRewriter(context.url, context))


def rewrite_stylesheet(body: bytes, content_type: str | None, context: Context) -> bytes:
    """Return a style sheet as UTF-8."""
    text = re.sub(r'^@charset\s+"[^"]{0,100}";', "", decode(body, content_type).text)
    return AddressRewriter(context.url, context).style(text).encode("utf-8", "replace")


class _Page:
    """A tree, rewritten in place."""

    def __init__(
        self, root: html.HtmlElement, addresses: AddressRewriter, sprites: Sprites, *, documents: int = MAX_DOCUMENTS
    ) -> None:
        self._root = root
        self.sprites = sprites
        base = next((each.get("href") for each in root.iter("base") if each.get("href")), None)
        self._addresses = addresses.based_on(base) if base else addresses
        self._documents = documents
        context = addresses.context
        self._onward = onward_of_header(context.refresh, context.url) or onward_of(
            root, context.url, self._addresses.absolute("") or context.url
        )

    def clean(self) -> None:
        """Remove, disable and rewrite."""
        for element in list(self._root.iter()):
            if not isinstance(element.tag, str):
                take_out(element)
                continue
            tag = local_name(element)
            if (
                tag in _DROPPED
                or (tag == "meta" and _is_directive(element))
                or (tag == "link" and not self._link(element))
            ):
                take_out(element)
            elif tag in _EMBEDDED:
                show_embedded(element, self._addresses)
            elif tag == "template":
                _shadow_root(element)
            else:
                self._element(element, tag)
        open_walls(self._root)
        head = self._root.find("head")
        if head is None:
            head = self._root.makeelement("head")
            self._root.insert(0, head)
        head.insert(0, self._root.makeelement("meta", {"charset": "utf-8"}))

    def show_way_on(self) -> None:
        """Show a refresh within seconds, which isn't followed here, as a link in front of the page."""
        onward = self._onward
        if onward is None or onward.how != "refresh" or onward.is_reload:
            return
        path = self._addresses.address(onward.url, Role.LINK)
        body = self._root.find("body")
        if path is None or (body is None and self._root.find("frameset") is not None):
            return
        if body is None:
            # pages that only lead on often have nothing but a head; a browser gives them a body
            body = self._root.makeelement("body")
            self._root.append(body)
        notice = self._root.makeelement("p", {"style": _NOTICE_STYLE})
        notice.text = "This page leads on to "
        link = self._root.makeelement("a", {"href": path})
        link.text = onward.url
        notice.append(link)
        notice.tail, body.text = body.text, None
        body.insert(0, notice)

    def _link(self, element: html.HtmlElement) -> bool:
        """Whether a ``<link>`` stays; prefetch hints are removed."""
        role = role_of_link(element)
        relations = frozenset((element.get("rel") or "").lower().split())
        if "preload" in relations and role is Role.STYLE:
            # a common way to load styles late: an event handler would have turned it into a style sheet
            relations = frozenset({"stylesheet"})
        relations &= _KEPT_RELATIONS
        if role not in (Role.STYLE, Role.IMAGE) or not relations - {"alternate"}:
            return False
        # "stylesheet preconnect" is both
        element.set("rel", " ".join(sorted(relations)))
        if "stylesheet" in relations and element.get("onload") and (element.get("media") or "").lower() == "print":
            element.set("media", "all")
        return True

    def _element(self, element: html.HtmlElement, tag: str) -> None:
        if tag == "amp-img":
            element.tag = tag = "img"
        elif tag == "style":
            element.text = self._addresses.style(element.text or "")
        for name in element.keys():  # noqa: SIM118  lxml's elements contain their children, not their attributes
            if name.lower().startswith("on") or name.lower() in _DROPPED_ATTRIBUTES:
                del element.attrib[name]
        _wake(element)
        if tag == "use":
            self._use(element)
        if tag == "iframe" and element.get("srcdoc") is not None:
            self._document(element)
        for found in attributes_of(element):
            _set(element, found.attribute, self._attribute(found))

    def _use(self, element: html.HtmlElement) -> None:
        """Let a drawing from another file be taken from this page."""
        for name in ("href", "xlink:href"):
            written = element.get(name) or ""
            url = self._addresses.absolute(written) if written and not written.startswith("#") else None
            local = self.sprites.local(url) if url is not None else None
            if local is not None:
                element.set(name, local)

    def _document(self, frame: html.HtmlElement) -> None:
        """Rewrite the page in a frame's attribute like the page itself."""
        self._documents -= 1
        if self._documents < 0:
            del frame.attrib["srcdoc"]
            return
        inner, _cut = parse(frame.get("srcdoc") or "")
        page = _Page(inner, self._addresses, Sprites(self._addresses.context), documents=0)
        page.clean()
        body = inner.find("body")
        if body is not None:
            page.sprites.append_to(body)
        frame.set("srcdoc", "<!DOCTYPE html>" + page_markup(inner))

    def _attribute(self, found: AttributeAddress) -> str | None:
        """Return what an attribute with addresses is in the archive; None removes it."""
        if found.role in _DROPPED_ROLES:
            return None
        if found.form is Form.DOCUMENT:
            return found.value
        if found.instead_of is not None:
            return found.value
        if found.form is Form.CSS:
            return self._addresses.style(found.value)
        if found.form is Form.SRCSET:
            return self._addresses.srcset(found.value)
        if (found.value.startswith("#") and found.attribute.lower().endswith("href")) or (
            found.role is Role.LINK and CONTROL.sub("", found.value).lower().startswith(("mailto:", "tel:"))
        ):
            return found.value
        return self._addresses.address(found.value, found.role)


def next_image_target(url: str) -> str | None:
    """Return the absolute URL of the picture that ``/_next/image?url=…`` resizes, else None."""
    try:
        parts = urlsplit(url)
        if not parts.path.endswith("/_next/image"):
            return None
        inner = parse_qs(parts.query).get("url", [""])[0]
        return target(url, inner) if inner else None
    except ValueError:
        return None


def _wake(element: html.HtmlElement) -> None:
    """Give a lazily loaded picture the addresses that a script would have set."""
    lazy = {found.attribute: found for found in attributes_of(element) if found.instead_of is not None and found.value}
    for attribute, names in LAZY.items():
        late = next((lazy[name].value for name in names if name in lazy), None)
        source = element.get(attribute) or ""
        if late is not None and (not source or source.startswith("data:")):
            element.set(attribute, late)


def _shadow_root(template: html.HtmlElement) -> None:
    """Keep a template that a browser attaches to its parent while it parses (HTML §4.12.3); other ones show nothing."""
    mode = (template.get("shadowrootmode") or template.get("shadowroot") or "").lower()
    if mode not in _SHADOW_MODES:
        take_out(template)
        return
    template.attrib.clear()
    template.set("shadowrootmode", mode)


def _is_directive(meta: html.HtmlElement) -> bool:
    name = (meta.get("name") or "").lower()
    return meta.get("http-equiv") is not None or meta.get("charset") is not None or name == "referrer"


def _set(element: html.HtmlElement, name: str, value: str | None) -> None:
    if value is None:
        del element.attrib[name]
    else:
        element.set(name, value)


def _doctype(root: html.HtmlElement) -> str:
    """Return the page's own doctype, since it decides the layout mode of browsers."""
    info = root.getroottree().docinfo
    if not info.doctype:
        return ""
    public = info.public_id or ""
    if public and _PUBLIC_ID.fullmatch(public):
        system = f' "{info.system_url}"' if re.fullmatch(r"[\w:/.-]{1,120}", info.system_url or "") else ""
        return f'<!DOCTYPE html PUBLIC "{public}"{system}>\n'
    return "<!DOCTYPE html>\n"
