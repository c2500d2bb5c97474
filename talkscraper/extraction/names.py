"""Names of authors: extraction from a line, and distinction of persons and organisations."""

from __future__ import annotations

import re
from collections.abc import Iterable

from talkscraper.extraction.blocks import squeeze
from talkscraper.extraction.text import clean
from talkscraper.lexicon import Expressions, Words, alternatives, words
from talkscraper.model import Author, AuthorKind

MAX_AUTHORS = 30
MAX_NAME = 80
_SPLIT = re.compile(
    rf"\s*(?:;|,|，|、|\||•|·|\s/\s|\s(?:{alternatives(Expressions.AND)}|&|\+)\s|"
    rf"{alternatives(Expressions.AND_UNSPACED)})\s*",
    re.IGNORECASE,
)
_PREFIX = re.compile(rf"^\W*(?:{alternatives(Expressions.NAME_PREFIX)})\s*(?:[:：]\s*|\s+)", re.IGNORECASE)
_SUFFIX = re.compile(
    rf"(?:\s*[,|(–—-]\s*(?:{alternatives(Expressions.NAME_SUFFIX)})\b.*"
    rf"|\s+(?:{alternatives(Expressions.REPORTER)})|\s*@\w+|\s*\(?[\w.+-]+@[\w.-]+\)?)$",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    rf"https?:|www\.|@|^(?:{alternatives(Expressions.NOT_A_NAME_LABEL)})\s*:|\d{{3}}|[<>{{}}=#]|"
    rf"\b(?:{alternatives(Expressions.NOT_A_NAME)})\b",
    re.IGNORECASE,
)
_NAME_END = re.compile(
    rf"\d|[|·•⋅‧–—/(\n]|\s-\s|,\s*(?=[a-z])|\b(?:{alternatives(Expressions.AFTER_NAME)})\b(?![a-z])", re.IGNORECASE
)
_PARTICLES = frozenset(words(Words.NAME_PARTICLE))
_ORGANISATION = re.compile(
    rf"\b(?:{alternatives(Expressions.ORGANISATION)})\b|"
    r"\.(?:com|org|net|de|fr|co|be|ch|at|it|es|nl|se|no|dk|pl|cz|ru|tv|info)\b|"
    rf"{alternatives(Expressions.ORGANISATION_PART)}",
    re.IGNORECASE,
)


def looks_like_a_name(text: str) -> bool:
    """Few words, each with a capital (or in a script without them), particles aside."""
    parts = text.split()
    if not 1 <= len(parts) <= 6:
        return False
    return all(
        p[0].isupper() or not p[0].isalpha() or p[0].lower() == p[0].upper() or p in _PARTICLES for p in parts
    ) and (parts[-1] not in _PARTICLES)


def name_in(line: str) -> str:
    """The beginning of a line up to where a name ends: a date, a separator, a job."""
    return _NAME_END.split(_PREFIX.sub("", line.strip()), maxsplit=1)[0].strip(" ,:;.-–—|")


def authors_named(values: Iterable[str], sites: set[str], kind: AuthorKind | None = None) -> list[Author]:
    """The authors in declared or printed values, each of which may name several.

    Args:
        values: As declared or printed.
        sites: What the site calls itself, squeezed: such an author is an organisation.
        kind: What they are, where that was said.
    """
    found: list[Author] = []
    for value in values:
        for piece in _pieces(value, kind):
            name = _name(piece)
            if name:
                found.append(Author(name=name, kind=kind or _kind(name, sites)))
    return distinct(found)


def _pieces(value: str, kind: AuthorKind | None) -> list[str]:
    text = _PREFIX.sub("", clean(value))
    if kind is AuthorKind.ORGANISATION:
        return [text]
    return _SPLIT.split(text)


def _name(piece: str) -> str | None:
    name = _SUFFIX.sub("", _PREFIX.sub("", piece)).strip(" .,:;-–—|•·*\"'“”()[]/")
    if not 2 <= len(name) <= MAX_NAME or _NOT_A_NAME.search(name) or not any(c.isalpha() for c in name):
        return None
    if len(name.split()) > 8:
        return None
    if name.isupper() and len(name) > 5 and " " in name:
        name = name.title()
    return name


def _kind(name: str, sites: set[str]) -> AuthorKind:
    key = squeeze(name)
    if key in sites or any(len(s) >= 5 and s in key for s in sites) or _ORGANISATION.search(name):
        return AuthorKind.ORGANISATION
    return AuthorKind.PERSON


def distinct(authors: Iterable[Author]) -> list[Author]:
    """Each name once, in the order given."""
    seen: dict[str, Author] = {}
    for author in authors:
        seen.setdefault(squeeze(author.name), author)
    return list(seen.values())[:MAX_AUTHORS]
