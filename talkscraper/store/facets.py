"""Facets: counts of a search's matches by source, language, section and year."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from talkscraper.store.article_rows import PER_DAY, day_of_seq
from talkscraper.store.match import Matched, SearchRequest, match

MAX_VALUES = 30
_PART = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A value of a field, and the number of matches that have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Counts by field, most frequent first (years newest first)."""

    source: tuple[Facet, ...]
    language: tuple[Facet, ...]
    section: tuple[Facet, ...]
    year: tuple[Facet, ...]
    counted: int
    is_complete: bool
    """False: only the newest ``counted`` matches were counted."""


def facets(connection: sqlite3.Connection, request: SearchRequest, matched: Matched | None = None) -> Facets:
    """Count the newest ``LISTED`` matches of a request by source, language, section and year.

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
    together: Counter[tuple[str | None, str | None, str | None]] = Counter()
    cursor = connection.cursor()
    cursor.row_factory = None
    for start in range(0, len(counted), _PART):
        part = counted[start : start + _PART]
        # a covering index holds all these columns: the rows with their long texts aren't read
        together.update(
            cursor.execute(
                "select source_id, language, section from articles indexed by articles_facets"
                f" where seq in ({', '.join('?' * len(part))})",
                part,
            )
        )
    sources: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    sections: Counter[str] = Counter()
    for (source, language, section), number in together.items():
        sources[source or ""] += number
        languages[language or ""] += number
        sections[section or ""] += number
    years: Counter[str] = Counter()
    for day, number in Counter(seq // PER_DAY for seq in counted).items():
        years[str(day_of_seq(day * PER_DAY).year)] += number
    return Facets(
        source=_most(sources),
        language=_most(languages),
        section=_most(sections),
        year=tuple(Facet(value=year, count=number) for year, number in sorted(years.items(), reverse=True)),
        counted=len(counted),
        is_complete=matched.is_whole,
    )


def _most(counts: Counter[str]) -> tuple[Facet, ...]:
    ordered = sorted(
        ((value, number) for value, number in counts.items() if value), key=lambda each: (-each[1], each[0])
    )
    return tuple(Facet(value=value, count=number) for value, number in ordered[:MAX_VALUES])
