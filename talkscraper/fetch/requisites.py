"""Requisites of a page: the style sheets, pictures and fonts needed to show it, also those that styles name.

Pure: bytes and a URL in, URLs out. The number of URLs per page and their length are limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import urldefrag, urljoin

from lxml.html import HtmlElement

from talkscraper.html import css, srcset
from talkscraper.html.charset import decode
from talkscraper.html.parser import parse
from talkscraper.pool import Task
from talkscraper.urls.validity import is_address

PER_PAGE = 100
"""Maximum number of requisites of one page."""
CSS_BYTES = 1 << 20
"""Maximum length of a style sheet that is searched."""
_WIDTHS = (640, 1080, 1920)
"""Target widths in pixels: of a srcset, the pictures nearest to a phone's, a laptop's and a large screen's are kept."""
_DENSITIES = (1.0, 2.0)

MAX_STYLES = 2_000
"""Maximum number of style elements and style attributes of one page that are searched."""
_DESCRIPTOR = re.compile(r"[0-9.]{1,20}[wx]", re.IGNORECASE)
_ICON_RELS = frozenset({"icon", "apple-touch-icon", "mask-icon"})


def of_page(body: bytes, url: str, *, charset: str | None = None) -> list[str]:
    """Return the requisites of an HTML page by priority: style sheets, pictures, then other sizes of pictures.

    Args:
        body: the page, content-decoded.
        url: where it was fetched.
        charset: the charset declared by the response, if any.
    """
    text, _ = decode(body, f"text/html; charset={charset}" if charset else None)
    tree, _ = parse(text)
    base = _base(tree, url)
    styles: list[str] = []
    pictures: list[str] = []
    sizes: list[str] = []
    searched = 0
    for element in tree.iter("link", "img", "source", "video", "input", "style", "image"):
        if element.tag == "link":
            _link(element, styles, pictures, sizes)
        elif element.tag == "style":
            searched += 1
            if searched <= MAX_STYLES:
                styles.extend(of_css_text(element.text or ""))
        elif element.tag == "video":
            pictures.extend(_attributes(element, "poster"))
        elif element.tag == "image":
            pictures.extend(_attributes(element, "href", "{http://www.w3.org/1999/xlink}href"))
        elif element.tag == "input":
            if (element.get("type") or "").lower() == "image":
                pictures.extend(_attributes(element, "src"))
        else:
            if element.tag == "img":
                pictures.extend(_attributes(element, "src", "data-src"))
            for value in _attributes(element, "srcset", "data-srcset"):
                sizes.extend(of_srcset(value))
    styled = (style for element in tree.iter() if "url(" in (style := element.get("style") or "").lower())
    for style in islice(styled, MAX_STYLES):
        pictures.extend(of_css_text(style))
    return _absolute((*styles, *pictures, *sizes), base)


def of_css(body: bytes, url: str) -> list[str]:
    """Return the URLs that a style sheet names: further style sheets, fonts and pictures."""
    return _absolute(of_css_text(body[:CSS_BYTES].decode("utf-8", "replace")), url)


OF_PAGE: Task[[bytes, str], list[str]] = Task(of_page)
OF_CSS = Task(of_css)


def of_css_text(text: str) -> list[str]:
    """Return the ``url(…)`` and ``@import`` values of CSS that a browser would fetch, up to a page's maximum."""
    named = (each for each in css.addresses(text) if _may_be_fetched(each))
    return list(islice(dict.fromkeys(named), PER_PAGE))


def of_srcset(value: str) -> list[str]:
    """Return the URLs in a ``srcset`` for a phone, a laptop and a large screen (HTML §4.8.4.2.1)."""
    candidates: list[tuple[str, str]] = []
    for address, words in srcset.candidates(value):
        found = _DESCRIPTOR.match(words)
        candidates.append((address, found[0].lower() if found is not None else "1x"))
    kept: list[str] = []
    for unit, targets in (("w", _WIDTHS), ("x", _DENSITIES)):
        sized = [(_number(descriptor[:-1]), address) for address, descriptor in candidates if descriptor[-1] == unit]
        for target in targets if sized else ():
            _, address = min(sized, key=lambda pair, target=target: abs(pair[0] - target))  # type: ignore[misc]
            if address not in kept:
                kept.append(address)
    return kept


def _may_be_fetched(address: str) -> bool:
    """Whether a URL is neither inline data nor a fragment of the page itself."""
    return not address.startswith("#") and address[:5].lower() != "data:"


def _base(tree: HtmlElement, url: str) -> str:
    declared = tree.find(".//base[@href]")
    return _join(url, declared.get("href") or "") or url if declared is not None else url


def _link(element: HtmlElement, styles: list[str], pictures: list[str], sizes: list[str]) -> None:
    rels = frozenset((element.get("rel") or "").lower().split())
    kind = (element.get("as") or "").lower()
    if "stylesheet" in rels or ("preload" in rels and kind in ("style", "font")):
        styles.extend(_attributes(element, "href"))
    elif rels & _ICON_RELS or ("preload" in rels and kind == "image"):
        pictures.extend(_attributes(element, "href"))
        for value in _attributes(element, "imagesrcset"):
            sizes.extend(of_srcset(value))


def _attributes(element: HtmlElement, *names: str) -> Iterator[str]:
    for name in names:
        value = element.get(name)
        if value:
            yield value


def _absolute(values: Iterable[str], base: str) -> list[str]:
    found: dict[str, None] = {}
    for value in values:
        url = _join(base, value)
        if url is not None:
            found.setdefault(url)
        if len(found) >= PER_PAGE:
            break
    return list(found)


def _join(base: str, value: str) -> str | None:
    try:
        url = urldefrag(urljoin(base, value.strip())).url
    except ValueError:
        return None
    return url if is_address(url) else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
