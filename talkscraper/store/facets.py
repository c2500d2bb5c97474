"""Facets: how the matches of a search divide by source, language, section and year."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from talkscraper.store.article_rows import day_of_seq
from talkscraper.store.search import SearchRequest, matches, prepare

LOOKED_AT = 5_000
"""The newest matches that are counted; a broader search says so."""
MOST_VALUES = 30
_PART = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One value of a field, and how many of the matches have it."""

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
    """False: only the newest ``counted`` matches were looked at."""


def facets(connection: sqlite3.Connection, request: SearchRequest) -> Facets:
    """Count the matches of a request by source, language, section and year.

    Raises:
        QueryError: the query can't be read.
    """
    found = list(matches(connection, prepare(request), limit=LOOKED_AT + 1))
    counted = found[:LOOKED_AT]
    sources: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    sections: Counter[str] = Counter()
    for start in range(0, len(counted), _PART):
        part = counted[start : start + _PART]
        # the index holds all that is asked for: no row with its long text is touched
        rows = connection.execute(
            "select source_id, language, section from articles indexed by articles_facets"
            f" where seq in ({', '.join('?' * len(part))})",
            part,
        ).fetchall()
        sources.update(row[0] or "" for row in rows)
        languages.update(row[1] or "" for row in rows)
        sections.update(row[2] or "" for row in rows)
    years = Counter(str(day_of_seq(seq).year) for seq in counted)
    return Facets(
        source=_most(sources),
        language=_most(languages),
        section=_most(sections),
        year=tuple(Facet(value=year, count=number) for year, number in sorted(years.items(), reverse=True)),
        counted=len(counted),
        is_complete=len(found) <= LOOKED_AT,
    )


def _most(counts: Counter[str]) -> tuple[Facet, ...]:
    ordered = sorted(
        ((value, number) for value, number in counts.items() if value), key=lambda each: (-each[1], each[0])
    )
    return tuple(Facet(value=value, count=number) for value, number in ordered[:MOST_VALUES])
