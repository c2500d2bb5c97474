"""Detection of the news agency that an article's own text names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from talkscraper.lexicon import Tables, table
from talkscraper.model import Article


@dataclass(frozen=True, slots=True)
class _Signatures:
    """The names with which agencies sign, and the patterns of the places where they do."""

    tag_of: Mapping[str, str]
    """Name → the stored tag of its agency."""
    openings: Sequence[re.Pattern[str]]
    end: re.Pattern[str]


@cache
def _signatures() -> _Signatures:
    """Return those of the lexicon, read with the first article that is stored."""
    tag_of = {name: tag for tag, names in table(Tables.AGENCIES, "und").items() for name in names}
    names = "|".join(re.escape(name) for name in sorted(tag_of, key=len, reverse=True))
    dateline = rf"[(（\[【/]\s*({names})(?:\s*/\s*[\w.-]+)?\s*[)）\]】/]"
    lead = rf"^[^\n]{{0,80}}?[–—-]\s*({names})\s*[–—:-]\s"
    end = rf"[(（\[]\s*({names})\s*[)）\]][^\S\n]*+$|^[^\S\n]*+(?:©[^\S\n]*+)?({names})[^\S\n]*+$"
    return _Signatures(tag_of, (re.compile(dateline), re.compile(lead)), re.compile(end, re.MULTILINE))


_HEAD_LENGTH = 300
_TAIL_LENGTH = 120
_SHORT = frozenset({"PA", "AA", "TT", "SID", "AP", "ANI"})
"""Names so short that alone on a line they are ambiguous."""


def wire_agency(article: Article) -> str | None:
    """Return the tag of the agency named in the dateline, the byline or the last line; None if there is none."""
    signatures = _signatures()
    tag_of, head = signatures.tag_of, article.text[:_HEAD_LENGTH]
    for pattern in signatures.openings:
        found = pattern.search(head)
        if found is not None:
            return tag_of[found[1]]
    for author in article.authors:
        name = author.name.strip()
        if name in tag_of and (name not in _SHORT or name == "AP"):
            return tag_of[name]
    for found in signatures.end.finditer(article.text[-_TAIL_LENGTH:]):
        name = found[1] or found[2]
        if found[1] or name not in _SHORT:
            return tag_of[name]
    return None
