"""The addresses that a page declares for itself: canonical and AMP."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from talkscraper.extraction.page import Page
from talkscraper.urls.resolution import target
from talkscraper.urls.validity import is_address


def canonical_url(page: Page) -> tuple[str, str | None, str]:
    """``(url, canonical as declared or None, rule)``: a canonical on another site is kept but not used as the URL."""
    declared: list[tuple[str, str]] = []
    for element, href in page.links:
        if "canonical" in (element.get("rel") or "").lower().split():
            declared.append(("rel=canonical", href))
            break
    if og := page.first("og:url"):
        declared.append(("og:url", og))
    given = [(rule, absolute(page, href)) for rule, href in declared]
    stated = next((url for rule, url in given if rule == "rel=canonical" and url), None)
    for rule, url in given:
        if url and _same_site(url, page.url) and not _is_root(url, page.url):
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


def _is_root(url: str, fetched: str) -> bool:
    """A canonical that points every article to the home page is a mistake of the site."""
    return urlsplit(url).path in ("", "/") and urlsplit(fetched).path not in ("", "/")
