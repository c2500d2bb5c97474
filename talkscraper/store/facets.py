"""Facets: counts of a search's matches by the fields that are declared as facets, and by year."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from talkscraper.fields import FILTERED
from talkscraper.store.article_rows import PER_DAY, day_of_seq
from talkscraper.store.match import Matched, SearchRequest, match

MAX_VALUES = 30
_PART = 500
_COLUMNS = {field.name: filter_.name for field, filter_ in FILTERED if filter_.facet}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A value of a field, and the number of matches that have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Counts by field, most frequent first (years newest first)."""

    by_filter: dict[str, tuple[Facet, ...]]
    """By the name of each filter that ``fields`` declares as a facet."""
    year: tuple[Facet, ...]
    counted: int
    is_complete: bool
    """False: only the newest ``counted`` matches were counted."""


def facets(connection: sqlite3.Connection, request: SearchRequest, matched: Matched | None = None) -> Facets:
    """Count the newest ``LISTED`` matches of a request by the fields declared as facets, and by year.

    Args:
        connection: Returns ``sqlite3.Row`` (as ``open_reader`` does).
        request: The search request.
        matched: The result of ``match`` for the same words and filters, if known.

    Raises:
        QueryError: the query is invalid.
    """
    if matched is None:
        matched = match(connection, request)
    counted = matched.newest
    together: Counter[tuple[str | None, ...]] = Counter()
    cursor = connection.cursor()
    cursor.row_factory = None
    for start in range(0, len(counted), _PART):
        part = counted[start : start + _PART]
        # a covering index holds all these columns: the rows with their long texts aren't read
        together.update(
            cursor.execute(
                f"select {', '.join(_COLUMNS)} from articles indexed by articles_facets"
                f" where seq in ({', '.join('?' * len(part))})",
                part,
            )
        )
    counts: dict[str, Counter[str]] = {name: Counter() for name in _COLUMNS.values()}
    for values, number in together.items():
        for counter, value in zip(counts.values(), values, strict=True):
            counter[value or ""] += number
    years: Counter[str] = Counter()
    for day, number in Counter(seq // PER_DAY for seq in counted).items():
        years[str(day_of_seq(day * PER_DAY).year)] += number
    return Facets(
        by_filter={name: _most(counter) for name, counter in counts.items()},
        year=tuple(Facet(value=year, count=number) for year, number in sorted(years.items(), reverse=True)),
        counted=len(counted),
        is_complete=matched.is_whole,
    )


def _most(counts: Counter[str]) -> tuple[Facet, ...]:
    ordered = sorted(
        ((value, number) for value, number in counts.items() if value), key=lambda each: (-each[1], each[0])
    )
    return tuple(Facet(value=value, count=number) for value, number in ordered[:MAX_VALUES])
