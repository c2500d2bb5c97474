"""The parts of an expression for the index: what a search looks for, and the filters within which it looks.

A share needs both: its numerator is the whole expression, its denominator the filters alone. Filters are found in the
expression itself, so it makes no difference whether they came from words of the query, options or a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from talkscraper.store.fulltext import EVERY
from talkscraper.store.match_syntax import divided, without_brackets

_EVERYTHING = f'{{marks}} : "{EVERY}"'
_LEAF = re.compile(r'(?:\{([^}]*)\}\s*:\s*)?("(?:[^"]|"")*")')
_FIELDS = {"marks", "title", "authors"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part that must hold, or mustn't."""

    match: str
    negative: bool

    @property
    def columns(self) -> set[str]:
        """The columns of the index in which it looks; ``text`` where it names none."""
        return {name for found in _LEAF.finditer(self.match) for name in (found[1] or "text").split()}

    @property
    def values(self) -> set[str]:
        """The words and phrases in it."""
        return {found[2][1:-1].replace('""', '"') for found in _LEAF.finditer(self.match)}


def within(match: str) -> tuple[Part, ...]:
    """Return the filters of an expression: the parts that restrict what it is a share of.

    These are marks (source, language, section …). Words in a title or a byline are filters beside other words; alone,
    they are what is looked for. Alternatives of which only some are filters (``wall OR source:daily``) restrict
    nothing.
    """
    parts = list(_parts(match))
    marks = [each for each in parts if each.columns == {"marks"} and each.match != _EVERYTHING]
    fields = [each for each in parts if each.columns <= _FIELDS and each.columns != {"marks"}]
    has_words = any(not each.columns <= _FIELDS for each in parts)
    return (*marks, *fields) if has_words else tuple(marks)


def joined(parts: tuple[Part, ...]) -> str:
    """Return the expression of parts; without any, that of every article."""
    wanted = [each.match for each in parts if not each.negative] or [_EVERYTHING]
    unwanted = [each.match for each in parts if each.negative]
    base = wanted[0] if len(wanted) == 1 else f"({' AND '.join(wanted)})"
    return f"({base} NOT ({' OR '.join(unwanted)}))" if unwanted else base


def _parts(match: str, *, negative: bool = False) -> Iterator[Part]:
    """Yield what is joined by AND and NOT; NOT binds more tightly, as in FTS5."""
    match = without_brackets(match.strip())
    alternatives = divided(match, "OR")
    if negative and len(alternatives) > 1:
        # without (a OR b): without a and without b
        for each in alternatives:
            yield from _parts(each, negative=True)
        return
    conjuncts = [divided(each, "NOT") for each in divided(match, "AND")]
    if negative or len(alternatives) > 1 or conjuncts == [[match]]:
        yield Part(match if conjuncts == [[match]] else f"({match})", negative)
        return
    for wanted, *unwanted in conjuncts:
        yield from _parts(wanted)
        for each in unwanted:
            yield from _parts(each, negative=True)
