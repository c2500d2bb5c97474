"""An expression of the full-text index, evaluated on bitmaps: AND, OR and NOT of terms.

A term is a word or a phrase of two. What has no bitmaps (rare words, longer phrases, prefixes, NEAR) is looked up in
the index, in as large pieces as possible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Literal

from talkscraper.store.match_syntax import divided, without_brackets

_TERM = re.compile(r'(?:\{\s*(\w+)\s*\}\s*:\s*)?"\s*([^"\s]+(?:\s+[^"\s]+)?)\s*"')


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression."""

    text: str
    operator: Literal["", "AND", "OR", "NOT"] = ""
    """Empty for a leaf; of NOT, the first part holds and the others don't."""
    parts: tuple[Node, ...] = ()

    def terms(self) -> Iterator[str]:
        """Yield the terms that may have bitmaps."""
        if self.operator:
            for each in self.parts:
                yield from each.terms()
        elif found := _TERM.fullmatch(self.text):
            yield term_key(found[1] or "", " ".join(found[2].split()))


def term_key(column: str, words: str) -> str:
    """Return the expression of a word or two, in a column or in all (empty), as ``bitmap_terms`` holds it."""
    return f'{{{column}}} : "{words}"' if column else f'"{words}"'


def parsed(text: str) -> Node:
    """Return an expression as parts; OR binds most loosely, then AND, then NOT."""
    text = without_brackets(text.strip())
    for operator in ("OR", "AND", "NOT"):
        pieces = divided(text, operator)
        if len(pieces) > 1:
            return Node(text, operator, tuple(map(parsed, pieces)))
    return Node(text)


def evaluated(
    node: Node, bitmaps: Callable[[str], int | None], index: Callable[[str], int], common: Collection[str]
) -> int:
    """Return the bitmap of an expression, as an integer.

    Args:
        node: The expression.
        bitmaps: Returns the bitmap of a term.
        index: Returns the bitmap of any other expression.
        common: The terms that have bitmaps.
    """
    if not any(term in common for term in node.terms()):
        return index(node.text)
    if not node.operator:
        (term,) = node.terms()
        found = bitmaps(term)
        return index(node.text) if found is None else found
    if node.operator == "NOT":
        wanted, *unwanted = (evaluated(each, bitmaps, index, common) for each in node.parts)
        return wanted & ~reduce(or_, unwanted)
    # the others together: the index is faster with all of them than with each
    others = [each for each in node.parts if not any(term in common for term in each.terms())]
    found_ = [evaluated(each, bitmaps, index, common) for each in node.parts if each not in others]
    if others:
        found_.append(index(f" {node.operator} ".join(f"({each.text})" for each in others)))
    return reduce(and_ if node.operator == "AND" else or_, found_)
