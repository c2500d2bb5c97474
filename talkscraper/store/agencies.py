"""Detection of the news agency that an article's own text names."""

from __future__ import annotations

import re

from talkscraper.lexicon import Tables, table
from talkscraper.model import Article

AGENCIES = table(Tables.AGENCIES, "und")
"""The stored tag of an agency, and the names with which it signs."""

_TAG_OF = {name: tag for tag, names in AGENCIES.items() for name in names}
_NAMES = "|".join(re.escape(name) for name in sorted(_TAG_OF, key=len, reverse=True))
_DATELINE = re.compile(rf"[(（\[【/]\s*({_NAMES})(?:\s*/\s*[\w.-]+)?\s*[)）\]】/]")
_LEAD = re.compile(rf"^[^\n]{{0,80}}?[–—-]\s*({_NAMES})\s*[–—:-]\s")
_END = re.compile(
    rf"[(（\[]\s*({_NAMES})\s*[)）\]][^\S\n]*+$|^[^\S\n]*+(?:©[^\S\n]*+)?({_NAMES})[^\S\n]*+$", re.MULTILINE
)

_HEAD_LENGTH = 300
_TAIL_LENGTH = 120
_SHORT = frozenset({"PA", "AA", "TT", "SID", "AP", "ANI"})
"""Names so short that alone on a line they are ambiguous."""


def wire_agency(article: Article) -> str | None:
    """Return the tag of the agency named in the dateline, the byline or the last line; None if there is none."""
    head = article.text[:_HEAD_LENGTH]
    for pattern in (_DATELINE, _LEAD):
        found = pattern.search(head)
        if found is not None:
            return _TAG_OF[found[1]]
    for author in article.authors:
        name = author.name.strip()
        if name in _TAG_OF and (name not in _SHORT or name == "AP"):
            return _TAG_OF[name]
    for found in _END.finditer(article.text[-_TAIL_LENGTH:]):
        name = found[1] or found[2]
        if found[1] or name not in _SHORT:
            return _TAG_OF[name]
    return None
