"""Rights signals of a page and its headers, recorded verbatim.

Read: ``robots`` and other bots' meta tags and X-Robots-Tag (noarchive, noai, noimageai, nosnippet, noindex), the TDM
Reservation Protocol (``tdm-reservation``, ``tdm-policy`` as meta or header), and Content-Usage of the AI preferences
draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from talkscraper.model import Rival

if TYPE_CHECKING:
    from talkscraper.extraction.page import Page

_DIRECTIVE = re.compile(
    r"\b(?:noarchive|noai|noimageai|nosnippet|noindex|nocache|none|noml|unavailable_after\b[^,]*)", re.IGNORECASE
)
_ROBOTS_NAMES = (
    "robots", "googlebot", "googlebot-news", "bingbot", "ai", "gptbot", "ccbot", "google-extended", "tdmrep",
)  # fmt: skip
_PLAIN_NAMES = ("tdm-reservation", "tdm-policy", "content-usage")
_MAX_VALUE = 300
_FORBIDDING = frozenset({"noai", "noarchive", "nocache", "noml"})
"""Directives by which a page reserves its text."""
_TO_ALL = ("meta robots", "meta ai", "meta tdmrep", "header x-robots-tag")
"""Where a directive is meant for every reader, not for one company's."""
_TO_ONE = re.compile(r"\s*(?!unavailable_after)(?!max-)(?!talkscraper\b)[\w.-]+\s*:", re.IGNORECASE)
_NO_USE = re.compile(r"(?:train-ai|ai|tdm|bots)\s*=\s*n\b", re.IGNORECASE)


def named(signal: Rival) -> tuple[str, ...]:
    """The names of the directives in one value: ``noai, noarchive`` are two."""
    name = signal.rule.partition(" ")[2]
    if name in _PLAIN_NAMES:
        return (name,)
    found = (match[0].partition(" ")[0].partition(":")[0].lower() for match in _DIRECTIVE.finditer(signal.value))
    return tuple(dict.fromkeys(found))


def reserve_text(signals: Iterable[Rival]) -> bool:
    """Whether a page's signals reserve its text: TDM reservation 1, noai, noarchive; not noindex, nor another bot's."""
    for signal in signals:
        name = signal.rule.partition(" ")[2]
        if name == "tdm-reservation":
            if signal.value.strip() == "1":
                return True
        elif name == "content-usage":
            if _NO_USE.search(signal.value):
                return True
        elif signal.rule in _TO_ALL and not _TO_ONE.match(signal.value) and _FORBIDDING & set(named(signal)):
            return True
    return False


def find_signals(page: Page) -> tuple[Rival, ...]:
    """The rights signals of a page: the raw value, and its place."""
    found: list[Rival] = []
    for name in _ROBOTS_NAMES:
        found.extend(
            Rival(value=value[:_MAX_VALUE], rule=f"meta {name}")
            for value in page.meta.get(name, ())
            if _DIRECTIVE.search(value)
        )
    for name in _PLAIN_NAMES:
        found.extend(Rival(value=value[:_MAX_VALUE], rule=f"meta {name}") for value in page.meta.get(name, ()))
    robots = page.headers.get("x-robots-tag")
    if robots and _DIRECTIVE.search(robots):
        found.append(Rival(value=robots[:_MAX_VALUE], rule="header x-robots-tag"))
    found.extend(
        Rival(value=page.headers[name][:_MAX_VALUE], rule=f"header {name}")
        for name in _PLAIN_NAMES
        if page.headers.get(name)
    )
    return tuple(found)
