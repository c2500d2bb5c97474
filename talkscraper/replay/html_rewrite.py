"""Rewriting of pages: without scripts, and with all addresses leading into the archive.

Removed: scripts, event handlers, ``<base>``, http-equiv (refresh, policies, cookies), plug-ins, prefetch hints.
Disabled: forms. Rewritten: links, style sheets, pictures, fonts, frames, media. The page is served with a
Content-Security-Policy that allows only the replay's own origin, and a sandbox; the rewriting makes pages right, the
policy makes them safe.
"""

from __future__ import annotations

import html as html_escape
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import html

from talkscraper.html.charset import decode
from talkscraper.html.parser import parse
from talkscraper.html.removal import take_out
from talkscraper.replay import replay_urls
from talkscraper.replay.css import rewrite_css
from talkscraper.replay.markup import page_markup
from talkscraper.replay.srcset import rewrite_srcset
from talkscraper.replay.svg import rewrite_drawing

_DROPPED = frozenset(
    {"script", "base", "embed", "applet", "param", "portal", "template", "animate", "set", "fencedframe"}
)
_UNWRAPPED = frozenset({"object"})
_KEPT_RELATIONS = frozenset({"stylesheet", "icon", "apple-touch-icon", "shortcut", "mask-icon"})
_DROPPED_ATTRIBUTES = frozenset(
    {
        "action", "formaction", "ping", "manifest", "nonce", "integrity", "crossorigin", "autofocus", "srcdoc",
        "target", "formtarget", "attributionsrc", "referrerpolicy", "codebase", "classid", "archive", "profile",
        "http-equiv", "is", "contextmenu", "download", "sandbox", "allow", "csp", "fetchpriority", "blocking",
        "xml:base",
    }
)  # fmt: skip
_PAINTED = frozenset(
    {
        "fill", "stroke", "filter", "mask", "clip-path", "marker", "marker-start", "marker-mid", "marker-end", "cursor",
    }
)  # fmt: skip
"""SVG attributes that contain CSS."""
_SOURCES = {
    "img": "im_", "source": "oe_", "video": "oe_", "audio": "oe_", "track": "oe_", "iframe": "if_", "frame": "if_",
    "input": "im_",
}  # fmt: skip
_LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-lazy")
_LAZY_SRCSETS = ("data-srcset", "data-lazy-srcset")
_CONTROL = re.compile(r"[\x00-\x20]+")
_PUBLIC_ID = re.compile(r"[-+\w/ .,:()']{0,120}")
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|avif|svg\+xml|x-icon|bmp)[;,]", re.IGNORECASE)
_INLINE_FONT = re.compile(r"data:(?:font/|application/(?:x-)?font|application/octet-stream)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The page being rewritten, and the addresses it refers to."""

    url: str
    timestamp: str
    """14 digits: the time for links and requisites."""
    is_archived: Callable[[str], bool] = lambda _url: True
    """Returns whether an absolute URL has a successful capture."""
    frames_modifier: str = ""
    """Modifier of links; ``if_`` keeps pages in a frame without the banner."""


def rewrite_html(body: bytes, content_type: str | None, context: Context, *, banner: str = "") -> bytes:
    """Return the page as UTF-8. ``banner`` is trusted markup that is inserted first in the body.

    Args:
        body: the page, content-decoded.
        content_type: the Content-Type header, for the charset.
        context: the page's address and time.
        banner: trusted markup.
    """
    text, _ = decode(body, content_type)
    root, _cut = parse(text)
    page = _Page(root, context)
    page.clean()
    return (_doctype(root) + page_markup(root, first_in_body=banner)).encode("utf-8", "replace")


def rewrite_svg(body: bytes, context: Context) -> bytes | None:
    """Return a drawing as UTF-8; None if it isn't one."""
    return rewrite_drawing(body, Rewriter(context.url, context).address)


def rewrite_stylesheet(body: bytes, content_type: str | None, context: Context) -> bytes:
    """Return a style sheet as UTF-8."""
    text, _ = decode(body, content_type)
    text = re.sub(r'^@charset\s+"[^"]{0,100}";', "", text)
    return rewrite_css(text, Rewriter(context.url, context).address).encode("utf-8", "replace")


class Rewriter:
    """Rewrites the addresses of one page: absolute against its base, then into the archive."""

    def __init__(self, base: str, context: Context) -> None:
        self._base = base
        self._context = context

    def absolute(self, written: str) -> str | None:
        """Return the absolute http(s) URL with fragment; None for other schemes and invalid URLs."""
        try:
            url = urljoin(self._base, written.strip())
            parts = urlsplit(_CONTROL.sub("", url))
        except ValueError:
            return None
        return url if parts.scheme.lower() in ("http", "https") and parts.hostname else None

    def address(self, written: str, modifier: str) -> str | None:
        """Return the path in the archive; inline pictures and fonts are kept; None for what can't be shown."""
        if modifier in ("im_", "oe_") and _INLINE_IMAGE.match(written):
            return written
        if modifier == "oe_" and _INLINE_FONT.match(written):
            return written
        url = self.absolute(written)
        if url is None:
            return None
        address, hash_sign, fragment = url.partition("#")
        return replay_urls.memento(address, self._context.timestamp, modifier) + (
            hash_sign + html_escape.escape(fragment) if fragment else ""
        )

    def is_archived(self, written: str) -> bool:
        """Whether an address as written in the page has a capture."""
        if _INLINE_IMAGE.match(written):
            return True
        url = self.absolute(written)
        return url is not None and self._context.is_archived(url.partition("#")[0])


class _Page:
    """A tree, rewritten in place."""

    def __init__(self, root: html.HtmlElement, context: Context) -> None:
        self._root = root
        self._context = context
        base = next((each.get("href") for each in root.iter("base") if each.get("href")), None)
        resolved = Rewriter(context.url, context).absolute(base) if base else None
        self._addresses = Rewriter(resolved or context.url, context)

    def clean(self) -> None:
        """Remove, disable and rewrite."""
        for element in list(self._root.iter()):
            if not isinstance(element.tag, str):
                take_out(element)
                continue
            tag = element.tag.lower().rpartition(":")[2]
            if (
                tag in _DROPPED
                or (tag == "meta" and _is_directive(element))
                or (tag == "link" and not self._link(element))
            ):
                take_out(element)
            elif tag in _UNWRAPPED:
                element.tag = "div"
                element.attrib.clear()
            else:
                self._element(element, tag)
        head = self._root.find("head")
        if head is None:
            head = self._root.makeelement("head")
            self._root.insert(0, head)
        head.insert(0, self._root.makeelement("meta", {"charset": "utf-8"}))

    def _link(self, element: html.HtmlElement) -> bool:
        """Whether a ``<link>`` stays; prefetch hints are removed."""
        relations = set((element.get("rel") or "").lower().split())
        if "preload" in relations and (element.get("as") or "").lower() == "style":
            # a common way to load styles late: an event handler would have turned it into a style sheet
            element.set("rel", "stylesheet")
            relations = {"stylesheet"}
        if not relations & _KEPT_RELATIONS or "import" in relations:
            return False
        # "stylesheet preconnect" is both
        element.set("rel", " ".join(sorted(relations & (_KEPT_RELATIONS | {"alternate"}))))
        if "stylesheet" in relations and element.get("onload") and (element.get("media") or "").lower() == "print":
            element.set("media", "all")
        return True

    def _element(self, element: html.HtmlElement, tag: str) -> None:
        if tag == "amp-img":
            element.tag = tag = "img"
        elif tag == "style":
            element.text = rewrite_css(element.text or "", self._addresses.address)
        if tag == "img":
            _wake(element)
        for name, value in list(element.attrib.items()):
            self._attribute(element, tag, name, value)

    def _attribute(self, element: html.HtmlElement, tag: str, name: str, value: str) -> None:
        lowered = name.lower()
        if lowered.startswith("on") or lowered in _DROPPED_ATTRIBUTES:
            del element.attrib[name]
        elif lowered == "style" or (lowered in _PAINTED and "(" in value):
            element.set(name, rewrite_css(value, self._addresses.address))
        elif lowered in ("srcset", "imagesrcset"):
            _set(element, name, rewrite_srcset(value, self._addresses.address, self._addresses.is_archived))
        elif lowered == "src":
            _set(element, name, self._addresses.address(value, _SOURCES.get(tag, "oe_")))
        elif lowered in ("poster", "background", "dynsrc", "lowsrc"):
            _set(element, name, self._addresses.address(value, "im_"))
        elif lowered == "data":
            del element.attrib[name]
        elif lowered in ("href", "xlink:href") or lowered.endswith("}href"):
            self._href(element, tag, name, value)

    def _href(self, element: html.HtmlElement, tag: str, name: str, value: str) -> None:
        if value.startswith("#"):
            return
        if tag == "link":
            relations = (element.get("rel") or "").lower()
            _set(element, name, self._addresses.address(value, "cs_" if "stylesheet" in relations else "im_"))
        elif tag in ("a", "area"):
            if _CONTROL.sub("", value).lower().startswith(("mailto:", "tel:")):
                return
            _set(element, name, self._addresses.address(value, self._context.frames_modifier))
        else:
            _set(element, name, self._addresses.address(value, "im_"))


def next_image_target(url: str) -> str | None:
    """Return the absolute URL of the picture that ``/_next/image?url=…`` resizes, else None."""
    try:
        parts = urlsplit(url)
        if not parts.path.endswith("/_next/image"):
            return None
        inner = parse_qs(parts.query).get("url", [""])[0]
        return urljoin(url, inner) if inner else None
    except ValueError:
        return None


def _wake(image: html.HtmlElement) -> None:
    """Give a lazily loaded picture the address that a script would have set."""
    source = image.get("src") or ""
    if not source or source.startswith("data:"):
        late = next((image.get(name) for name in _LAZY_SOURCES if image.get(name)), None)
        if late:
            image.set("src", late)
    if not image.get("srcset"):
        late = next((image.get(name) for name in _LAZY_SRCSETS if image.get(name)), None)
        if late:
            image.set("srcset", late)


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
