"""Recognition of pages that say that they don't exist, whatever their status (soft 404).

The phrases are the stock wording of content management systems and web servers in 30 languages.
"""

from __future__ import annotations

import re

from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.extraction.kinds.visible_page import VisiblePage, weight
from talkscraper.lexicon import Expressions, alternatives
from talkscraper.model import PageKind

_SAYS = re.compile(alternatives(Expressions.PAGE_MISSING), re.IGNORECASE)
_NUMBER = re.compile(r"^\W*+(?:error|fehler|erreur|http)?\W*+(?:404|410)\b|\b404\W*$", re.IGNORECASE)
_GONE_PATH = re.compile(rf"/(?:{alternatives(Expressions.MISSING_FOLDER)})(?:[/.?]|$)", re.IGNORECASE)
TITLE_LENGTH = 110
TEXT_LENGTH = 1_500
EARLY_LENGTH = 600
"""Characters of a whole page up to which its own words decide; on a longer one the extracted text is waited for."""


def _says_so(line: str) -> bool:
    """Whether this headline is about the page being missing, and about nothing else."""
    line = line.replace("’", "'")
    if len(line) > TITLE_LENGTH:
        return False
    found = _SAYS.search(line)
    if found:
        rest = len(line) - len(found[0])
        return rest <= 45 or found.start() <= 3
    return bool(_NUMBER.search(line)) and len(line) <= 60


def missing_early(seen: VisiblePage, status: int | None) -> KindVerdict | None:
    """The verdict for a page whose status or whole short text says it is missing."""
    if status in (404, 410):
        return KindVerdict(PageKind.NOT_FOUND, f"status {status}")
    if seen.dated or seen.text is None or weight(seen.text) > EARLY_LENGTH:
        return None
    return _judge(seen, seen.text)


def missing(seen: VisiblePage, text: str, *, attributed: bool) -> KindVerdict | None:
    """The same when the extracted text is known: the page around it may be full of menus and teasers.

    Args:
        seen: The page.
        text: The extracted text.
        attributed: Whether the page names an author or a day, as an article about missing pages does.
    """
    prose = sum(1 for paragraph in text.split("\n") if weight(paragraph) >= 120)
    if seen.dated or len(text) > TEXT_LENGTH or prose >= (2 if attributed else 4):
        return None
    return _judge(seen, text)


def _judge(seen: VisiblePage, text: str) -> KindVerdict | None:
    if len(text) > TEXT_LENGTH and not _GONE_PATH.search(seen.page.url):
        return None
    told = [line for line in (seen.title, *seen.headings[:2]) if line and _says_so(line)]
    if seen.declared and len(text) > 500:
        return None
    opening = any(len(m[0]) >= 14 or not m[0].isascii() for m in _SAYS.finditer(text[:250].replace("’", "'")))
    if len(told) >= 2 or (told and (opening or len(text) < 700)):
        return KindVerdict(PageKind.NOT_FOUND, f"says “{told[0][:80]}”")
    if len(text) < 400 and opening:
        return KindVerdict(PageKind.NOT_FOUND, "its few words say that there is no such page")
    if _GONE_PATH.search(seen.page.url) and (told or opening):
        return KindVerdict(PageKind.NOT_FOUND, "an error page's address")
    return None
