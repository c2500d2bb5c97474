"""Teasers: boxes on an article's page that lead to another article, with its headline, author and day."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from talkscraper.extraction.page import Page
from talkscraper.extraction.text import text_of
from talkscraper.lexicon import Expressions, alternatives

AUTHOR_PATH = re.compile(
    rf"/(?:{alternatives(Expressions.AUTHOR_FOLDER)})/[^/?#]{{3,80}}(?:/[^/?#]{{0,80}})?/?(?:[?#]|$)", re.IGNORECASE
)
"""The address of an author's page."""
_MAX_ANCESTORS = 4
_MAX_PARAGRAPHS = 2
"""Paragraphs of a teaser."""
_MAX_INSIDE = 400
"""Elements of a teaser."""
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_MAX_HEADINGS = 3
_TITLE = 5
"""Words from which a link in a list's item is another article's title."""


def in_one(element: HtmlElement, page: Page) -> bool:
    """Whether an element stands in a teaser: a box with a linked heading, without the page's own headline."""
    inside = set(islice(element.iter(), _MAX_INSIDE))
    around = set(element.iterancestors())
    for ancestor in islice(element.iterancestors(), _MAX_ANCESTORS):
        if ancestor.tag in ("body", "main", "html") or next(ancestor.iter("h1"), None) is not None:
            return False
        if sum(1 for _ in islice(ancestor.iter(), _MAX_INSIDE + 1)) > _MAX_INSIDE:
            return False
        if sum(1 for _ in islice(ancestor.iter("p"), _MAX_PARAGRAPHS + 1)) > _MAX_PARAGRAPHS:
            return False
        targets = [
            target
            for heading in islice(ancestor.iter(*_HEADINGS), _MAX_HEADINGS)
            if heading not in around and heading not in inside
            for target in _links(heading)
        ]
        if not targets and ancestor.tag == "li":
            targets = [
                href
                for a in islice(ancestor.iter("a"), _MAX_HEADINGS)
                if (href := a.get("href")) and a is not element and len(text_of(a).split()) >= _TITLE
            ]
        if targets:
            return not any(_is_this_page(target, page) for target in targets)
    return False


def _links(heading: HtmlElement) -> list[str]:
    around = next(heading.iterancestors("a"), None)
    inside = [around] if around is not None else list(islice(heading.iter("a"), 2))
    return [href for a in inside if (href := a.get("href")) and not AUTHOR_PATH.search(href)]


def _is_this_page(href: str, page: Page) -> bool:
    try:
        target = urlsplit(urljoin(page.url, href.strip()))
        own = urlsplit(page.url)
    except ValueError:
        return True
    return target.path.rstrip("/") == own.path.rstrip("/") and target.query in ("", own.query)
