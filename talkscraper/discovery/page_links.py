"""Links of a page as a browser resolves them: absolute, with their text and position on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from talkscraper.discovery.model import Unreadable, joined
from talkscraper.discovery.seed_text import unpacked
from talkscraper.html.charset import decode
from talkscraper.html.parser import parse
from talkscraper.html.payload_format import binary_format
from talkscraper.html.xml import text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_ANCHORS = 20_000
"""Maximum number of anchors read from one page."""
_FURNITURE = frozenset({"nav", "header", "footer", "menu"})
_FURNITURE_NAMES = ("nav", "menu", "footer", "breadcrumb", "masthead", "subnav", "topbar", "sitemap")
_ABOVE = 30
"""Maximum number of an anchor's ancestors that are checked."""
MAX_INSIDE = 200
"""Maximum number of elements inside an anchor that are read; anchors may be nested thousands deep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One ``<a href>``."""

    url: str
    """Absolute URL, as written (not cleaned)."""
    text: str
    """Its text; else its label, its title or its picture's alternative text."""
    rel: tuple[str, ...]
    in_furniture: bool
    """In navigation, header or footer."""


@dataclass(frozen=True)
class WebPage:
    """A parsed page."""

    url: str
    """Its URL, after redirects."""
    tree: _Element
    base: str
    """What relative addresses are resolved against."""

    @property
    def language(self) -> str | None:
        """``<html lang>``."""
        value = (self.tree.get("lang") or "").strip()
        return value[:35] or None

    def meta(self, name: str) -> str | None:
        """Return the content of the first ``<meta>`` with this property or name."""
        for element in self.tree.iter("meta"):
            names = ((element.get("property") or "").lower(), (element.get("name") or "").lower())
            content = " ".join((element.get("content") or "").split())
            if name in names and content:
                return content[:300]
        return None

    def head_links(self) -> Iterator[tuple[str, tuple[str, ...], str, str]]:
        """``<link>`` elements: absolute URL, rel, type, title."""
        for element in self.tree.iter("link"):
            url = joined(self.base, element.get("href") or "")
            if url is not None:
                rel = tuple((element.get("rel") or "").lower().split())
                yield (
                    url,
                    rel,
                    (element.get("type") or "").lower().partition(";")[0].strip(),
                    element.get("title") or "",
                )

    @cached_property
    def anchors(self) -> tuple[Anchor, ...]:
        """The ``<a>`` and ``<area>`` elements with an http(s) address, in page order."""
        return tuple(self._anchors())

    def _anchors(self) -> Iterator[Anchor]:
        for count, element in enumerate(self.tree.iter("a", "area")):
            if count >= MAX_ANCHORS:
                return
            href = (element.get("href") or "").strip()
            if not href or href.startswith("#"):
                continue
            url = joined(self.base, href)
            if url is not None:
                yield Anchor(
                    url=url,
                    text=_words(element),
                    rel=tuple((element.get("rel") or "").lower().split()),
                    in_furniture=_in_furniture(element),
                )


def parse_page(body: bytes, url: str, content_type: str | None = None, *, text: str | None = None) -> WebPage:
    """Parse a page, even if it is malformed.

    Args:
        body: The page, content-decoded; undeclared gzip is decompressed.
        url: Its URL, after redirects.
        content_type: The response's Content-Type header, for the charset.
        text: The page's text, if it has been decoded already.

    Raises:
        Unreadable: it is empty, or isn't HTML that a browser would show.
    """
    body = unpacked(body)
    form = binary_format(body)
    if form is not None:
        raise Unreadable(f"{url}: {form}, not a web page")
    if text is None:
        text = decode(body, content_type).text
    if not text.strip():
        raise Unreadable(f"{url}: an empty page")
    tree, _ = parse(text)
    if tree.find("*/*") is None and not "".join(tree.itertext()).strip():
        raise Unreadable(f"{url}: not a web page")
    base = next((joined(url, element.get("href") or "") for element in tree.iter("base")), None)
    return WebPage(url=url, tree=tree, base=base or url)


def _words(element: _Element) -> str:
    text = text_of(element, 600)
    if text:
        return text[:400]
    for name in ("aria-label", "title"):
        if value := " ".join((element.get(name) or "").split()):
            return value[:400]
    image = next((each for each in islice(element.iterdescendants(), MAX_INSIDE) if each.tag == "img"), None)
    return " ".join((image.get("alt") or "").split())[:400] if image is not None else ""


def _in_furniture(element: _Element) -> bool:
    """Whether an anchor is in the page's navigation, header or footer."""
    for count, above in enumerate(element.iterancestors()):
        if count > _ABOVE:
            break
        tag = str(above.tag)
        if tag in ("article", "main"):
            return False
        if tag in _FURNITURE or above.get("role") in ("navigation", "banner", "contentinfo"):
            return True
        if tag in ("div", "ul", "section", "td"):
            names = f"{above.get('id') or ''} {above.get('class') or ''}".lower()
            if any(name in names for name in _FURNITURE_NAMES):
                return True
    return False
