"""Whose page it is: the site's name and the publisher."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from talkscraper.extraction import jsonld
from talkscraper.extraction.blocks import squeeze
from talkscraper.extraction.clean_text import clean, strings, text_of
from talkscraper.extraction.field_value import Found, best, cleaned
from talkscraper.extraction.page import Page

_SUFFIX = re.compile(r"(?<!\s)(?:\s++[|–—·•»-]\s+([^|–—·•»]{2,60})$|\s*+\|\s*([^|]{2,60})$)")
_FIRST = re.compile(r"([^|–—·•»]{2,60}?)\s+[|–—·•»-]\s+")


def site_name(page: Page) -> Found:
    """What the site calls itself: og:site_name, the JSON-LD publisher, the title's end, the host."""
    offers: list[tuple[str, str | None]] = [("og:site_name", cleaned(page.first("og:site_name")))]
    offers.append(
        (
            "jsonld WebSite name",
            next(
                (n for node in page.jsonld if "website" in jsonld.types_of(node) for n in strings(node.get("name"))),
                None,
            ),
        )
    )
    offers.append(("jsonld publisher", publisher(page).value))
    offers.append(("application-name", cleaned(page.first("application-name", "apple-mobile-web-app-title"))))
    offers.append(("title suffix", _title_suffix(page)))
    offers.append(("host", host_name(page.url)))
    kept = [
        (rule, value)
        for rule, value in offers
        if value and len(value) <= 80 and not value.startswith(("http://", "https://"))
    ]
    suffix = next((value for rule, value in kept if rule == "title suffix"), None)
    if suffix and kept[0][0] in ("application-name", "host"):
        kept = [("title suffix", suffix), *[k for k in kept if k[0] != "title suffix"]]
    return best(kept)


def publisher(page: Page) -> Found:
    """Who publishes, as JSON-LD or meta say."""
    node = page.article_node or {}
    named = strings(page.resolve(node.get("publisher"))) or strings(page.resolve(node.get("sourceOrganization")))
    organisation = [
        n
        for other in page.jsonld
        if any(t in ("newsmediaorganization", "organization", "corporation") for t in jsonld.types_of(other))
        for n in strings(other.get("name"))
    ]
    declared = [
        v for v in page.meta.get("article:publisher", ()) + page.meta.get("publisher", ()) if not v.startswith("http")
    ]
    return best(
        [
            ("jsonld publisher", named[0] if named else None),
            ("jsonld organization", organisation[0] if organisation else None),
            ("meta publisher", cleaned(declared[0]) if declared else None),
        ]
    )


def _title_suffix(page: Page) -> str | None:
    """The end of ``<title>`` where og:title or the h1 is the rest of it, or an end that the host says."""
    element = page.tree.find(".//title")
    title = clean(element.text or "") if element is not None else ""
    match = _SUFFIX.search(title)
    host = squeeze(urlsplit(page.url).hostname or "")
    if not match or squeeze(match.group(1) or match.group(2)) not in host:
        # "The Courier | Ferry company buys a boat": only the host tells this from a kicker
        first = _FIRST.match(title)
        if first and len(squeeze(first.group(1))) >= 3 and squeeze(first.group(1)) in host:
            return first.group(1).strip()
    if not match:
        return None
    suffix = (match.group(1) or match.group(2)).strip()
    front = squeeze(title[: match.start()])
    others = {squeeze(clean(v)) for v in page.meta.get("og:title", ())} | {
        squeeze(text_of(h)) for h in list(page.tree.iter("h1"))[:4]
    }
    key = squeeze(suffix)
    if front in others or (len(key) >= 3 and key in host):
        return suffix
    return None


def host_name(url: str) -> str | None:
    """The host without ``www.``."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return None
    return host or None
