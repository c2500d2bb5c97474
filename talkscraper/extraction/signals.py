"""What a page or its headers say about using it: kept as said, never acted on here.

Read: ``robots`` and other bots' meta tags and X-Robots-Tag (noarchive, noai, noimageai, nosnippet, noindex), the TDM
Reservation Protocol (``tdm-reservation``, ``tdm-policy`` as meta or header), and Content-Usage of the AI preferences
draft.
"""

from __future__ import annotations

import re

from talkscraper.extraction.page import Page
from talkscraper.model import Rival

_DIRECTIVE = re.compile(
    r"\b(?:noarchive|noai|noimageai|nosnippet|noindex|nocache|none|noml|unavailable_after\b[^,]*)", re.IGNORECASE
)
_ROBOTS_NAMES = (
    "robots",
    "googlebot",
    "googlebot-news",
    "bingbot",
    "ai",
    "gptbot",
    "ccbot",
    "google-extended",
    "tdmrep",
)
_PLAIN_NAMES = ("tdm-reservation", "tdm-policy", "content-usage")
_MAX_VALUE = 300


def find_signals(page: Page) -> tuple[Rival, ...]:
    """The rights signals of a page: the raw value, and where it stood."""
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
