"""Recognition of pages that only ask for consent to cookies."""

from __future__ import annotations

import re

from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.extraction.kinds.visible_page import VisiblePage
from talkscraper.lexicon import Expressions, alternatives
from talkscraper.model import PageKind

LENGTH = 3_500
_HOSTS = re.compile(
    r"^(?:consent|guce|privacy-gate|privacygate|cmp|myprivacy|cookiewall)\.|privacy-mgmt|^consent\b|cmp-consent",
    re.IGNORECASE,
)
_PATHS = re.compile(rf"/(?:{alternatives(Expressions.CONSENT_FOLDER)})(?:/|\.|$)", re.IGNORECASE)
_TOPIC = re.compile(alternatives(Expressions.CONSENT_TOPIC), re.IGNORECASE)
_BUTTON = re.compile(alternatives(Expressions.CONSENT_BUTTON), re.IGNORECASE)
_PURPOSES = re.compile(alternatives(Expressions.CONSENT_PURPOSE), re.IGNORECASE)


def consent_wall(seen: VisiblePage) -> KindVerdict | None:
    """The verdict if the page only asks for consent, else None. A declared article is none."""
    host, path = seen.host, seen.address.path
    asked_for = _HOSTS.search(host) or _PATHS.search(path)
    if asked_for and seen.text is not None and _TOPIC.search(f"{seen.title} {seen.text}"):
        return KindVerdict(PageKind.CONSENT, f"consent page at {host[:80]}")
    text = seen.text
    if text is None or seen.declared or len(text) > LENGTH:
        return None
    topics = len(_TOPIC.findall(text)) + 2 * len(_TOPIC.findall(seen.title))
    asks = len({m.lower() for m in _BUTTON.findall(text)})
    purposes = len({m.lower() for m in _PURPOSES.findall(text)})
    dense = topics * 350 >= len(text)
    buttons = any(
        _BUTTON.search("".join(e.itertext())[:80]) for e in seen.page.tree.iter("button", "a", "input", "span")
    )
    if topics >= 2 and dense and asks >= 1 and buttons and (purposes >= 1 or asks >= 2 or len(text) < 500):
        return KindVerdict(
            PageKind.CONSENT, f"{topics} mentions of cookies or consent in {len(text)} characters, and a button"
        )
    return None
