"""The addresses that a page declares for itself: canonical and AMP."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from lxml.html import HtmlElement

from talkscraper.extraction.page import Page
from talkscraper.lexicon import Expressions, alternatives
from talkscraper.urls.resolution import target
from talkscraper.urls.validity import is_address
from talkscraper.urls.vocabulary import ID_PARAMETERS

_INDEX = re.compile(rf"(?:{alternatives(Expressions.INDEX_FILE)})(?:\.\w{{2,5}})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_](?:[a-z]{2}|[a-z]{4}|\d{3}))?")
_MAX_QUERY = 2_000


def canonical_url(page: Page) -> tuple[str, str | None, str]:
    """``(url, canonical as declared or None, rule)``: a canonical on another site is kept but not used as the URL."""
    declared: list[tuple[str, str]] = []
    for element, href in page.links:
        if "canonical" in (element.get("rel") or "").lower().split() and not _is_in_body(element, page):
            declared.append(("rel=canonical", href))
            break
    if og := page.first("og:url"):
        declared.append(("og:url", og))
    given = [(rule, absolute(page, href)) for rule, href in declared]
    stated = next((url for rule, url in given if rule == "rel=canonical" and url), None)
    for rule, url in given:
        if url and _same_site(url, page.url) and not _is_front(url, page.url) and not _loses_identity(url, page.url):
            return url, stated, rule
    return page.url, stated, "as fetched"


def amp_url(page: Page) -> str | None:
    """The AMP version's address."""
    for element, href in page.links:
        if "amphtml" in (element.get("rel") or "").lower().split():
            return absolute(page, href)
    return None


def absolute(page: Page, href: str) -> str | None:
    """A link's address in full, without its fragment; None where it is none of the web."""
    url = target(page.base, href)
    return url if url is not None and is_address(url) else None


def _same_site(one: str, other: str) -> bool:
    """Same registrable name, judged by the last labels: www., m., amp. and a change of scheme don't matter."""
    a, b = (urlsplit(u).hostname or "" for u in (one, other))
    if a == b:
        return True
    strip = re.compile(r"^(?:www|m|mobile|amp|edition|de|en|beta)\.")
    return strip.sub("", a) == strip.sub("", b)


def _is_in_body(element: HtmlElement, page: Page) -> bool:
    """In a text or box of the page, where HTML gives it no meaning; without a head, what is loose in the body is it."""
    parent = element.getparent()
    if parent is None or parent.tag in ("head", "html"):
        return False
    if next(element.iterancestors("head"), None) is not None:
        return False
    return parent.tag != "body" or page.tree.find("head/title") is not None


def _is_front(url: str, fetched: str) -> bool:
    """A canonical that points every article to the home page, or to a language's, is a mistake of the site."""
    one, other = urlsplit(url), urlsplit(fetched)
    return _is_front_path(one) and one.path.rstrip("/") != other.path.rstrip("/")


def _is_front_path(parts: SplitResult) -> bool:
    folders = [f for f in parts.path.lower().split("/") if f]
    if folders and _INDEX.fullmatch(folders[-1]):
        folders.pop()
    if folders and _LANGUAGE.fullmatch(folders[0]):
        folders.pop(0)
    return not folders and not _identity(parts)


def _loses_identity(url: str, fetched: str) -> bool:
    """Whether the address fetched names its article in the query, and this one another, or none at its path or above.

    Elsewhere the path may name it: ``/?p=7`` is ``/2026/ferry``.
    """
    one, other = urlsplit(url), urlsplit(fetched)
    known = _identity(other)
    if not known:
        return False
    given = _identity(one)
    if any(known[name] != value for name, value in given.items() if name in known):
        return True
    return not given and f"{other.path.rstrip('/')}/".startswith(f"{one.path.rstrip('/')}/")


def _identity(parts: SplitResult) -> dict[str, str]:
    """The parameters that identify an article, with their values."""
    pairs = parse_qsl(parts.query[:_MAX_QUERY])
    return {name.lower(): value for name, value in pairs if name.lower() in ID_PARAMETERS}
