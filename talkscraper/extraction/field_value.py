"""The value of a field with the rule that found it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from talkscraper.extraction.text import clean
from talkscraper.model import Rival


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value, the rule that found it, and the values that other rules found."""

    value: Any
    rule: str
    rivals: tuple[Rival, ...] = ()


NOTHING = FieldValue(None, "none")


def best(offers: Iterable[tuple[str, str | None]]) -> FieldValue:
    """The first offer that has a value; those that differ are its rivals."""
    given = [(rule, value) for rule, value in offers if value]
    if not given:
        return NOTHING
    rule, value = given[0]
    rivals: dict[str, Rival] = {}
    for other, text in given[1:]:
        if text != value:
            rivals.setdefault(text, Rival(value=text, rule=other))
    return FieldValue(value, rule, tuple(rivals.values()))


def cleaned(value: str | None) -> str | None:
    """A declared text on one line, or None where there is none."""
    return (clean(value) or None) if value else None
