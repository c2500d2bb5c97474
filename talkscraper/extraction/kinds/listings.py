"""Recognition of lists of pages: home pages, sections, tags, authors, search results."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from talkscraper.extraction.kinds.cards import cards_of, prose_paragraphs
from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.extraction.kinds.visible_page import VisiblePage, weight
from talkscraper.lexicon import Expressions, alternatives
from talkscraper.model import PageKind

NEEDED = 2.0
"""Weight of the signs that make a list."""
_ROUNDING = 0.01
_CARDS = 2.0
"""Weight of cards that surely make up the text; the greatest that cards have."""
_GENERAL = 0.8
"""Weight of an ``og:type`` that isn't an article's."""
_HARDLY_ANY_TEXT = 1.5
SHORT_TEXT = 250
"""Characters of extracted text below which linked headlines alone make a list."""
_TYPES = frozenset({"collectionpage", "searchresultspage", "profilepage", "itemlist", "blog"})
_PATH = re.compile(
    rf"^/?(?:[a-z]{{2}}(?:[-_][a-z]{{2}})?/?)?$|/(?:{alternatives(Expressions.LIST_FOLDER)})(?:/[^/]+){{0,2}}/?$"
    r"|/page/\d+/?$",
    re.IGNORECASE,
)
_SECTION_PATH = re.compile(r"^/(?:[a-z]{2}/)?[a-z]{3,20}/?$", re.IGNORECASE)
_SEARCH_QUERY = frozenset({"q", "s", "query", "search", "keyword", "suche"})


def listing(seen: VisiblePage, text: str, *, authors: int, published: bool) -> KindVerdict | None:
    """The verdict for a list. Each sign has a weight; what an article has and a list hasn't is subtracted.

    Args:
        seen: The page.
        text: The extracted text.
        authors: How many authors the page names.
        published: Whether the page gives a date of its own.
    """
    if seen.dated:
        return None
    signs = _address_signs(seen, text)
    types = seen.ld_types & _TYPES
    if types and seen.page.article_node is None:
        signs.append((1.0, f"declared {min(types)}"))
    og = (seen.page.first("og:type") or "").lower()
    looks_general = og in ("website", "profile", "object") and not published and authors == 0
    is_short = weight(text) < SHORT_TEXT and not og.startswith(("video", "music"))
    against = 0.7 * seen.declared + 0.3 * (published and authors > 0)
    most = _CARDS + _GENERAL * looks_general + _HARDLY_ANY_TEXT * is_short
    if sum(points for points, _ in signs) + most - against < NEEDED - _ROUNDING:
        return None  # however many cards there are; they are what takes time
    cards = cards_of(seen.page.tree)
    if cards.count >= 3:
        prose = prose_paragraphs(seen.page.tree)
        share = cards.share_of(text)
        if share >= 0.6:
            sure = cards.count >= 4 and (share >= 0.85 or prose < 3)
            signs.append((_CARDS if sure else 1.3, f"{share:.0%} of its text is in {cards.count} cards"))
        elif share >= 0.4 and cards.count >= 8 and prose == 0:
            signs.append((1.6, f"{share:.0%} of its text is in {cards.count} cards, and none is prose"))
        elif share >= 0.25 and cards.count >= 6 and prose < 3:
            signs.append((1.2, f"{cards.count} linked headlines, {prose} paragraphs"))
        if looks_general and cards.count >= 6 and share >= 0.25:
            signs.append((_GENERAL, f"og:type {og}"))
        if is_short and cards.count >= 5:
            signs.append((_HARDLY_ANY_TEXT, f"{cards.count} linked headlines and hardly any text"))
    total = sum(points for points, _ in signs) - against
    if total >= NEEDED - _ROUNDING:
        return KindVerdict(PageKind.LISTING, "; ".join(reason for _, reason in signs))
    return None


def _address_signs(seen: VisiblePage, text: str) -> list[tuple[float, str]]:
    parts = seen.address
    signs: list[tuple[float, str]] = []
    if _PATH.search(parts.path):
        signs.append((1.0, "the address of a list"))
    elif _SECTION_PATH.match(parts.path):
        signs.append((0.5, "the address of a section"))
    if _SEARCH_QUERY & set(parse_qs(parts.query[:2000])) and len(parts.path.strip("/").split("/")) <= 2:
        signs.append((1.0 if weight(text) >= SHORT_TEXT else 2.0, "a search's address"))
    return signs
