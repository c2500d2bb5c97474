"""Recognition of stubs: only the beginning of an article that must be paid for.

A declaration alone isn't enough: of the news pages that declare ``isAccessibleForFree: false`` nearly all carry their
whole text. A stub is short, and declares or says that the rest is for subscribers.
"""

from __future__ import annotations

import re

from talkscraper.extraction import terms
from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.extraction.kinds.visible_page import VisiblePage, weight
from talkscraper.lexicon import Expressions, alternatives
from talkscraper.model import Access, PageKind

STUB = 900
"""Characters of text up to which an article with a gate is a stub."""
MAX_READ = 20_000
"""Characters of the page that are searched for a gate."""
MAX_GATE_TEXT = 300
"""Characters of a text from which it is no notice."""
SHORT_STUB = 350
"""Up to which a declaration alone makes it one."""

_GATES = re.compile(alternatives(Expressions.PAYWALL), re.IGNORECASE)
_GATE_HINTS = re.compile(alternatives(Expressions.PAYWALL_BOX), re.IGNORECASE)


def declared_not_free(seen: VisiblePage) -> bool:
    """Whether the page says that the article isn't free for everyone."""
    return terms.access(seen.page).value in (Access.METERED, Access.PAYWALLED)


def is_gate(text: str) -> bool:
    """Whether a short text says that the rest is for subscribers."""
    return len(text) < MAX_GATE_TEXT and _GATES.search(text.replace("’", "'")) is not None


def breaks_off(text: str) -> bool:
    """Whether the text ends with an ellipsis."""
    return text.rstrip().endswith(("…", "...", "[…]", "[...]", "(…)", "(...)"))


def paywall_stub(seen: VisiblePage, text: str, gate: str | None) -> KindVerdict | None:
    """The verdict for a short text with a gate behind it.

    Args:
        seen: The page.
        text: The extracted article text.
        gate: From ``gate_of``, or None.
    """
    if weight(text) > STUB:
        return None
    closed = declared_not_free(seen)
    if closed and weight(text) < SHORT_STUB:
        return _verdict(text, "declared not free")
    if gate and (closed or _cut_off(seen, text) or weight(text) < SHORT_STUB):
        return _verdict(text, f"“{gate}”")
    return None


def gate_of(seen: VisiblePage) -> str | None:
    """The words or the element that close the article, if the page has one."""
    body = seen.page.tree.find("body")
    read = 0
    for element in (body if body is not None else seen.page.tree).iter(
        "div", "section", "aside", "p", "h2", "h3", "h4", "span", "button", "a"
    ):
        hints = f"{element.get('class', '')} {element.get('id', '')}"
        if (
            element.tag in ("div", "section", "aside")
            and _GATE_HINTS.search(hints)
            and any(True for _ in element.itertext())
        ):
            return hints.strip()[:40]
        direct = (element.text or "").strip()
        if 5 < len(direct) < MAX_GATE_TEXT:
            read += len(direct)
            if read > MAX_READ:
                break
            found = _GATES.search(direct.replace("’", "'"))
            if found:
                return found[0][:60]
    return None


def _cut_off(seen: VisiblePage, text: str) -> bool:
    """Whether the text stops in the middle, or is much shorter than it is declared to be."""
    if breaks_off(text):
        return True
    words = (seen.page.article_node or {}).get("wordCount")
    try:
        return int(words or 0) > 2 * len(text.split()) + 40
    except (TypeError, ValueError):
        return False


def _verdict(text: str, why: str) -> KindVerdict:
    return KindVerdict(PageKind.PAYWALL_STUB, f"{len(text)} characters, then a gate: {why}")
