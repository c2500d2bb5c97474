"""Recognition of bot protection and server errors served instead of the page."""

from __future__ import annotations

import re

from talkscraper.extraction.kinds.cards import prose_paragraphs
from talkscraper.extraction.kinds.signatures import HEADERS, WALLS
from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.extraction.kinds.visible_page import VisiblePage
from talkscraper.lexicon import Expressions, Words, alternatives, words
from talkscraper.model import PageKind

STRONG_LENGTH = 2_500
"""Characters of visible text up to which a vendor's phrase is the page and not a quotation."""
OPENING = 220
"""Characters in which a wall states its message; words further down are an article's."""
WEAK_LENGTH = 1_200
REFUSAL_LENGTH = 700
"""Characters up to which a page's own words of refusal count."""
_REFUSED = re.compile(alternatives(Expressions.ACCESS_REFUSED))
_SENTENCES = words(Words.BOT_WALL)
_TITLES = words(Words.BOT_WALL_TITLE)
_COOKIE_RELOAD = re.compile(r"document\.cookie\s*=.{0,2000}location(?:\.href|\.reload|\.replace|\s*=)", re.DOTALL)
_TITLE_PARTS = re.compile(r"(?<!\s)\s++[|–—\-:·»]\s+")


def blocked(seen: VisiblePage, status: int | None) -> KindVerdict | None:
    """The verdict if the page is a wall, else None. A declared article is none."""
    text = None if seen.declared else seen.text
    if text is None:
        return None
    headers = seen.page.headers
    for name, value, vendor in HEADERS:
        if name in headers and value in headers[name].lower():
            return _verdict(f"{vendor} answered ({name})")
    said = f"{seen.title} {text} {seen.noscript}".lower().replace("’", "'")
    if len(text) <= STRONG_LENGTH:
        for wall in WALLS:
            strong = next((s for s in wall.strong if s in said), None)
            if strong:
                return _verdict(f"{wall.vendor} wall: “{strong[:60]}”")
    if len(text) <= WEAK_LENGTH:
        for wall in WALLS:
            weak = [w for w in wall.weak if w in said]
            served = next((r for r in wall.resources if r in seen.resources or r in seen.inline), None)
            if (weak and served) or len(weak) >= 2 or (served and len(text) < 200 and _bare(seen)):
                return _verdict(f"{wall.vendor} wall: “{(weak or [served or ''])[0][:60]}”")
        generic = next((g for g in _SENTENCES if g in said), None)
        if generic:
            return _verdict(f"wall: “{generic[:60]}”")
        opening = f"{seen.title}. {'. '.join(seen.headings)}. {text[:OPENING]} {seen.noscript[:OPENING]}".lower()
        short = len(text) <= REFUSAL_LENGTH and prose_paragraphs(seen.page.tree) < 2
        pattern = _REFUSED.search(opening.replace("’", "'")) or _REFUSED.search(text.lower()[:40]) if short else None
        if pattern:
            return _verdict(f"wall: “{pattern[0][:60]}”")
        if len(text) < 40 and _COOKIE_RELOAD.search(seen.inline):
            return _verdict("sets a cookie by script and reloads")
        parts = {p.strip(" .!").lower() for p in _TITLE_PARTS.split(seen.title)} | {seen.title.lower()}
        parts |= {h.strip(" .!").lower() for h in seen.headings}
        title = next((t for t in _TITLES if t in parts or t.strip(" .!") in parts), None)
        if title:
            return _verdict(f"wall or server error: “{title}”")
        if _akamai(headers.get("server", ""), status) or (status in (401, 403, 407, 429, 451, 503) and len(text) < 600):
            return _verdict(f"status {status} with {len(text)} characters of text")
    return None


def _bare(seen: VisiblePage) -> bool:
    """Whether the page is only a challenge, with hardly any paragraphs or links."""
    return sum(1 for _ in seen.page.tree.iter("a", "p")) <= 3


def _akamai(server: str, status: int | None) -> bool:
    return "akamaighost" in server.lower() and status is not None and status >= 400


def _verdict(reason: str) -> KindVerdict:
    return KindVerdict(PageKind.BLOCKED, reason)
