"""What a page needs to be shown again: its styles, pictures and fonts, also those that a style sheet names.

Pure: bytes and a URL in, URLs out. Hostile pages are bounded: so many per page, no URL that is too long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from talkscraper.pool import Task
from talkscraper.urls import MAX_URL_LENGTH

PER_PAGE = 100
"""No more requisites of one page are fetched."""
CSS_BYTES = 1 << 20
"""Of a style sheet, no more than this is searched."""
_WIDTHS = (640, 1080, 1920)
"""Of a srcset, the pictures nearest to these widths are kept: a phone, a laptop, a large screen."""
_DENSITIES = (1.0, 2.0)

_CSS_URL = re.compile(
    r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]+))\s*\)|@import\s+(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE
)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ICON_RELS = frozenset({"icon", "apple-touch-icon", "mask-icon"})


def of_page(body: bytes, url: str, *, charset: str | None = None) -> list[str]:
    """The requisites of an HTML page in the order of their need: styles, pictures, then the other sizes of pictures.

    Args:
        body: the page, content-decoded.
        url: where it was fetched.
        charset: as the response declared it, where it did.
    """
    tree = _parse(body, charset)
    if tree is None:
        return []
    base = _base(tree, url)
    styles: list[str] = []
    pictures: list[str] = []
    sizes: list[str] = []
    for element in tree.iter("link", "img", "source", "video", "input", "style", "image"):
        if element.tag == "link":
            _link(element, styles, pictures, sizes)
        elif element.tag == "style":
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
    for element in tree.iter():
        # comments and processing instructions are in the tree too, and have no attributes
        if "url(" in (style := element.get("style") or ""):
            pictures.extend(of_css_text(style))
    return _absolute((*styles, *pictures, *sizes), base)


def of_css(body: bytes, url: str) -> list[str]:
    """What a style sheet names: further style sheets, fonts and pictures."""
    return _absolute(of_css_text(body[:CSS_BYTES].decode("utf-8", "replace")), url)


OF_PAGE: Task[[bytes, str], list[str]] = Task(of_page)
OF_CSS = Task(of_css)


def of_css_text(text: str) -> list[str]:
    """The raw ``url(…)`` and ``@import`` values of CSS, comments left out."""
    return [
        next(value for value in match.groups() if value is not None)
        for match in _CSS_URL.finditer(_CSS_COMMENT.sub("", text))
        if any(value is not None for value in match.groups())
    ]


def of_srcset(value: str) -> list[str]:
    """Of a ``srcset``, the pictures for a phone, a laptop and a large screen (HTML §4.8.4.2.1)."""
    candidates: list[tuple[str, str]] = []
    # a URL ends at white space, and may hold commas; descriptors can't
    for match in re.finditer(r"\s*,*\s*(\S+)(?:\s+([0-9.]+[wx]))?[^,\s]*\s*(?:,|$)", value[:20_000]):
        address, descriptor = match.group(1), match.group(2) or "1x"
        candidates.append((address.rstrip(",") if match.group(2) is None else address, descriptor.lower()))
    kept: list[str] = []
    for unit, targets in (("w", _WIDTHS), ("x", _DENSITIES)):
        sized = [(_number(descriptor[:-1]), address) for address, descriptor in candidates if descriptor[-1] == unit]
        for target in targets if sized else ():
            _, address = min(sized, key=lambda pair, target=target: abs(pair[0] - target))  # type: ignore[misc]
            if address not in kept:
                kept.append(address)
    return kept


def _parse(body: bytes, charset: str | None) -> HtmlElement | None:
    try:
        parser = HTMLParser(encoding=charset, recover=True)
    except LookupError:
        parser = HTMLParser(recover=True)
    try:
        return document_fromstring(body, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


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
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > MAX_URL_LENGTH:
        return None
    return url


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
