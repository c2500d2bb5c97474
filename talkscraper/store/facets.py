"""Facets: counts of a search's matches by the fields that are declared as facets, and by year.

A value is counted as its filter finds it: spellings that differ in case are one value, and a language is counted with
its regions, so that a count is the number of articles that its link opens.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from talkscraper.fields import FILTERED, Field
from talkscraper.store.federation import federated
from talkscraper.store.fulltext import same_value
from talkscraper.store.match import Matched, SearchRequest, match
from talkscraper.store.row_numbers import PER_DAY, day_of_seq
from talkscraper.store.text_values import listed

MAX_VALUES = 30
_PART = 500
_FACETS = {filter_.name: field for field, filter_ in FILTERED if filter_.facet}
"""The columns that are counted, by the names of their filters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A value of a field, in its most frequent spelling, and the number of matches that have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Counts by field, most frequent first (years newest first)."""

    by_filter: dict[str, tuple[Facet, ...]]
    """By the name of each filter that ``fields`` declares as a facet; the ``MAX_VALUES`` most frequent values."""
    year: tuple[Facet, ...]
    counted: int
    is_complete: bool
    """False: only the newest ``counted`` matches were counted."""


@federated("talkscraper.store.several")
def facets(
    connection: sqlite3.Connection,
    request: SearchRequest,
    matched: Matched | None = None,
    names: Collection[str] | None = None,
) -> Facets:
    """Count the newest ``LISTED`` matches of a request by the fields declared as facets, and by year.

    Args:
        connection: Returns ``sqlite3.Row`` (as ``open_reader`` does).
        request: The search request.
        matched: The result of ``match`` for the same words and filters, if known.
        names: The filters to count by; None for all that are facets.

    Raises:
        QueryError: the query is invalid.
    """
    if matched is None:
        matched = match(connection, request)
    return counted([(connection, matched.newest)], names, is_complete=matched.is_whole)


def counted(
    counted_rows: Sequence[tuple[sqlite3.Connection, tuple[int, ...]]],
    names: Collection[str] | None,
    *,
    is_complete: bool,
) -> Facets:
    """Count articles by their row numbers, of one archive or several."""
    fields = {name: field for name, field in _FACETS.items() if names is None or name in names}
    parts = [_columns(connection, seqs, [field.name for field in fields.values()]) for connection, seqs in counted_rows]
    columns = [[value for part in column for value in part] for column in zip(*parts, strict=True)]
    years: Counter[str] = Counter()
    for day, number in Counter(seq // PER_DAY for _, seqs in counted_rows for seq in seqs).items():
        years[str(day_of_seq(day * PER_DAY).year)] += number
    return Facets(
        by_filter={
            name: _most(_counts(field, column)) for (name, field), column in zip(fields.items(), columns, strict=True)
        },
        year=tuple(Facet(value=year, count=number) for year, number in sorted(years.items(), reverse=True)),
        counted=sum(len(seqs) for _, seqs in counted_rows),
        is_complete=is_complete,
    )


def _columns(connection: sqlite3.Connection, seqs: tuple[int, ...], names: list[str]) -> list[Iterable[str | None]]:
    rows: list[tuple[str | None, ...]] = []
    cursor = connection.cursor()
    cursor.row_factory = None
    for start in range(0, len(seqs), _PART):
        part = seqs[start : start + _PART]
        # a covering index holds all these columns: the rows with their long texts aren't read
        rows += cursor.execute(
            f"select {', '.join(names)} from articles indexed by articles_facets"
            f" where seq in ({', '.join('?' * len(part))})",
            part,
        )
    return list(zip(*rows, strict=True)) if rows else [()] * len(names)


def _counts(field: Field, column: Iterable[str | None]) -> dict[str, Counter[str]]:
    """Return the spellings of each value with their numbers, by what they have in common."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for stored, number in Counter(column).items():
        values = listed(stored) if field.is_list else [stored] if stored else []
        # a name that is in a byline twice is one article
        for key, value in {same_value(str(each)): str(each).strip() for each in values if each}.items():
            found[key][value] += number
    if field.name == "language":
        regional = Counter(key.partition("-")[0] for key in found if "-" in key)
        for key in [each for each in found if "-" in each]:
            general = key.partition("-")[0]
            if general in found or regional[general] > 1:
                found[general][general] += found[key].total()
    return found


def _most(counts: dict[str, Counter[str]]) -> tuple[Facet, ...]:
    ordered = sorted(
        (
            (min(spellings, key=lambda each: (-spellings[each], each)), spellings.total())
            for key, spellings in counts.items()
            if key
        ),
        key=lambda each: (-each[1], each[0]),
    )
    return tuple(Facet(value=value, count=number) for value, number in ordered[:MAX_VALUES])
