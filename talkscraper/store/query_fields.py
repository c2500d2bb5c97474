"""The fields of the query language: the words before a colon, and what each takes (``talkscraper.fields``)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from talkscraper.errors import QueryError
from talkscraper.fields import FILTERED

_NAMED = {word: (field_.name, filter_) for field_, filter_ in FILTERED for word in filter_.words}
COLUMNS = {word: column for word, (column, filter_) in _NAMED.items() if filter_.how == "words"}
"""Fields that are columns of the index."""
MARKS = {word: filter_.mark for word, (_, filter_) in _NAMED.items() if filter_.how == "exact"}
"""Fields that are marks: they filter, but don't count for ranking."""
DATES = {word: filter_.how for word, (_, filter_) in _NAMED.items() if filter_.how in ("since", "until")}
NUMBERS = {word: column for word, (column, filter_) in _NAMED.items() if filter_.how == "number"}
"""Fields that are numbers: they filter the rows, since the index doesn't hold them."""

VALUES = {word: filter_.values for word, (_, filter_) in _NAMED.items() if filter_.values}
"""Fields that have only these values: word → value."""
PERIODS = {word: filter_.counted for word, (_, filter_) in _NAMED.items() if filter_.periods}
"""Fields that are found by day, month or year, and the number that they may be compared by instead."""
EXAMPLES = {word: filter_.example for word, (_, filter_) in _NAMED.items()}
"""A value of each field, for messages."""


def allowed_value(name: str, text: str) -> str:
    """Return the value that a word means, where a field has only some values.

    Raises:
        QueryError: it has no such value.
    """
    values = VALUES.get(name)
    if values is None:
        return text
    found = values.get(text.strip().casefold())
    if found is None:
        raise QueryError(f"{name}: has no {text[:40]!r}; {nearest(text, values)}")
    return found


def nearest(text: str, values: Mapping[str, str]) -> str:
    """Return what to write instead of a value that doesn't exist, for messages: the nearest, and all."""
    near = difflib.get_close_matches(text.strip().casefold()[:100], values, n=1)
    known = f"there are {', '.join(dict.fromkeys(values.values()))}"
    return f"did you mean {near[0]}? ({known})" if near else known
