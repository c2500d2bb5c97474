"""The site's name and the publisher, and titles without them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from talkscraper.extraction import jsonld
from talkscraper.extraction.blocks import squeeze
from talkscraper.extraction.field_value import FieldValue, best, cleaned
from talkscraper.extraction.page import Page
from talkscraper.extraction.text import clean, strings, text_of

_SUFFIX = re.compile(r"(?<!\s)(?:\s++[|–—·•»-]\s+([^|–—·•»]{2,60})$|\s*+\|\s*([^|]{2,60})$)")
_FIRST = re.compile(r"([^|–—·•»]{2,60}?)\s+[|–—·•»-]\s+")
_SEPARATOR = re.compile(r"(?<!\s)(?:\s++[|–—·•»«‹›:/~\-]{1,2}\s+|\s*+[|｜¦»]\s*|\s*+::\s*)|_(?=[^_]{2,20}$)")
_WORD = re.compile(r"\w+")
_SENTENCE = 3
"""Minimum number of words of a headline before a bar."""
_SECTION = 2
"""Words that a section's name has at most."""
_LONG = 20
"""Letters of a title that isn't one by chance."""


def site_name(page: Page) -> FieldValue:
    """The site's name: og:site_name, the JSON-LD publisher, the title's end, the host."""
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


def publisher(page: Page) -> FieldValue:
    """The publisher according to JSON-LD or meta."""
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
    """The end of ``<title>`` where og:title or the h1 is the rest of it, or an end that is part of the host."""
    title = clean(page.title)
    match = _SUFFIX.search(title)
    host = squeeze(urlsplit(page.url).hostname or "")
    if not match or squeeze(match.group(1) or match.group(2)) not in host:
        # "The Courier | Ferry company buys a boat": only the host distinguishes this from a kicker
        first = _FIRST.match(title)
        if first and len(squeeze(first.group(1))) >= 3 and squeeze(first.group(1)) in host:
            return first.group(1).strip()
    if not match:
        return None
    suffix = (match.group(1) or match.group(2)).strip()
    front = squeeze(title[: match.start()])
    others = {squeeze(clean(v)) for v in page.meta.get("og:title", ())} | {
        squeeze(text_of(h)) for h in page.listed["h1"][:4]
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


def mastheads(title: str, quoted: str) -> set[str]:
    """The parts of ``<title>`` that og:title lacks, squeezed: a blog's name may be its only ``h1``."""
    whole, part = squeeze(title), squeeze(quoted)
    if len(part) < _LONG or part not in whole:
        return set()
    return {rest for rest in (whole.removesuffix(part), whole.removeprefix(part)) if rest and rest != whole}


def without_tail(title: str, sites: set[str]) -> str:
    """A headline without the sections behind bars at its end (`` | Opinion``), and without the site's name.

    A section is a word or two; more is likelier the second half of a headline.
    """
    text = title
    for cut in reversed(list(_SEPARATOR.finditer(title))):
        rest, tail = text[: cut.start()], text[cut.end() :]
        section = cut[0].strip() == "|" and 0 < len(_WORD.findall(tail)) <= _SECTION
        if not squeeze(tail) or not (section or is_site(tail, sites)) or len(_WORD.findall(rest)) < _SENTENCE:
            break
        text = rest
    return text.strip()


def strip_site(title: str, sites: set[str], shown: Sequence[str] = ()) -> str:
    """A declared title without the site's name (and section, and date) at its ends.

    Args:
        title: As declared.
        sites: Squeezed names of the site.
        shown: Headings of the page: what is left when the title's end is cut may be one of them.
    """
    pieces = list(_SEPARATOR.finditer(title))
    if not pieces:
        return title
    key = {squeeze(s) for s in shown if s}
    # the longest beginning or end that a heading shows
    for cut in reversed(pieces):
        if squeeze(title[: cut.start()]) in key:
            return title[: cut.start()].strip()
    for cut in pieces:
        if squeeze(title[cut.end() :]) in key:
            return title[cut.end() :].strip()
    changed = True
    while changed:
        changed = False
        pieces = list(_SEPARATOR.finditer(title))
        if not pieces:
            break
        last, first = pieces[-1], pieces[0]
        if is_site(title[last.end() :], sites) and title[: last.start()].strip():
            title, changed = title[: last.start()].strip(), True
        elif is_site(title[: first.start()], sites) and title[first.end() :].strip():
            title, changed = title[first.end() :].strip(), True
    return title


def is_site(piece: str, sites: set[str]) -> bool:
    """Whether a piece of a title names the site; ``sites`` are squeezed names."""
    key = squeeze(piece)
    if not key:
        return True
    if key in sites:
        return True
    short = min((s for s in sites if s), key=len, default="")
    return (
        len(key) >= 4
        and any((key in s or s in key) and abs(len(s) - len(key)) <= max(6, len(s) // 2) for s in sites if len(s) >= 4)
        and bool(short)
    )


def host_names(url: str) -> set[str]:
    """Names of the site derived from the page's host, squeezed."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return set()
    labels = [label for label in host.split(".") if label not in ("www", "m", "amp", "mobile", "edition")]
    names = {squeeze(".".join(labels)), squeeze(host)}
    if labels:
        names.add(squeeze(labels[-2] if len(labels) > 1 and len(labels[-2]) > 3 else labels[0]))
    return names - {""}
