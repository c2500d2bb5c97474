"""Requisites of a page: the style sheets, pictures and fonts needed to show it, also those that styles name.

Pure: bytes and a URL in, URLs out. The number of URLs per page and their length are limited.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import islice

from lxml.html import HtmlElement

from talkscraper.html import css, srcset
from talkscraper.html.address_attributes import Form, Role, attributes_of
from talkscraper.html.charset import decode
from talkscraper.html.parser import parse
from talkscraper.pool import Task
from talkscraper.urls.resolution import target
from talkscraper.urls.validity import is_address

PER_PAGE = 100
"""Maximum number of requisites of one page."""
CSS_BYTES = 1 << 20
"""Maximum length of a style sheet that is searched."""
MAX_STYLES = 2_000
"""Maximum number of style elements and style attributes of one page that are searched."""
ROLES = frozenset({Role.STYLE, Role.FONT, Role.IMAGE})
"""What is captured with a page."""
_WIDTHS = (640, 1080, 1920)
"""Target widths in pixels: of a srcset, the pictures nearest to a phone's, a laptop's and a large screen's are kept."""
_DENSITIES = (1.0, 2.0)
_DESCRIPTOR = re.compile(r"[0-9.]{1,20}[wx]", re.IGNORECASE)


def of_page(body: bytes, url: str, content_type: str | None = None, *, roles: Collection[Role] = ROLES) -> list[str]:
    """Return the requisites of an HTML page by priority: style sheets, pictures, then other sizes of pictures.

    Args:
        body: the page, content-decoded.
        url: where it was fetched.
        content_type: the response's Content-Type header, for the charset.
        roles: what to take of what the page names.
    """
    tree, _ = parse(decode(body, content_type).text)
    styles: list[str] = []
    pictures: list[str] = []
    backgrounds: list[str] = []
    sizes: list[str] = []
    searched = 0
    for element in tree.iter():
        if element.tag == "style":
            searched += 1
            if searched <= MAX_STYLES:
                styles += _of_css(element.text or "", roles)
        for found in attributes_of(element):
            if found.form is Form.CSS:
                searched += 1
                if searched <= MAX_STYLES:
                    backgrounds += _of_css(found.value, roles)
            elif found.role in roles and found.form is Form.SRCSET:
                sizes += of_srcset(found.value)
            elif found.role in roles and found.form is Form.URL and _may_be_fetched(found.value):
                (styles if found.role in (Role.STYLE, Role.FONT) else pictures).append(found.value)
    return _absolute((*styles, *pictures, *backgrounds, *sizes), _base(tree, url))


def of_css(body: bytes, url: str, content_type: str | None = None, *, roles: Collection[Role] = ROLES) -> list[str]:
    """Return the URLs that a style sheet names: further style sheets, fonts and pictures."""
    return _absolute(_of_css(decode(body[:CSS_BYTES], content_type).text, roles), url)


OF_PAGE: Task[[bytes, str, str | None], list[str]] = Task(of_page)
OF_CSS: Task[[bytes, str, str | None], list[str]] = Task(of_css)


def of_srcset(value: str) -> list[str]:
    """Return the URLs in a ``srcset`` for a phone, a laptop and a large screen (HTML §4.8.4.2.1)."""
    candidates: list[tuple[str, str]] = []
    for address, words in srcset.candidates(value):
        found = _DESCRIPTOR.match(words)
        candidates.append((address, found[0].lower() if found is not None else "1x"))
    kept: list[str] = []
    for unit, targets in (("w", _WIDTHS), ("x", _DENSITIES)):
        sized = [(_number(descriptor[:-1]), address) for address, descriptor in candidates if descriptor[-1] == unit]
        for size in targets if sized else ():
            _, address = min(sized, key=lambda pair, size=size: abs(pair[0] - size))  # type: ignore[misc]
            if address not in kept:
                kept.append(address)
    return kept


def _of_css(text: str, roles: Collection[Role]) -> list[str]:
    """Return the addresses in CSS that a browser would fetch, each once, up to a page's maximum."""
    named = (each.address for each in css.addresses(text) if each.role in roles and _may_be_fetched(each.address))
    return list(islice(dict.fromkeys(named), PER_PAGE))


def _may_be_fetched(address: str) -> bool:
    """Whether a URL is neither empty, nor inline data, nor a fragment of the page itself."""
    return address != "" and not address.startswith("#") and address[:5].lower() != "data:"


def _base(tree: HtmlElement, url: str) -> str:
    declared = tree.find(".//base[@href]")
    return _join(url, declared.get("href") or "") or url if declared is not None else url


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
    url = target(base, value)
    return url if url is not None and is_address(url) else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
