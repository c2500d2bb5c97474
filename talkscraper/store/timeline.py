"""Timeline: how many articles match in each period, and of how many, for one or several searches side by side.

Filters, wherever they are written, restrict both numbers of a share (``match_parts``). Only full texts are counted, in
both numbers, unless the query names ``access:`` or ``truncated:``. Where copies are collapsed, both are of
stories, each on the day of its first printing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from talkscraper.errors import QueryError
from talkscraper.store.federation import federated
from talkscraper.store.match import SearchRequest
from talkscraper.store.match_counts import span
from talkscraper.store.periods import Unit, backwards, last_day, suiting
from talkscraper.store.timeline_base import base_text
from talkscraper.store.timeline_counts import By, Counted, Counting, Term, term_of
from talkscraper.store.timeline_values import value_names
from talkscraper.store.unknown_values import unknown_values

MAX_TERMS = 12
"""Maximum number of searches compared."""
MAX_SERIES = 12
"""Number of values shown where nothing else is said: those with the most matches."""
MAX_PERIODS = 800
"""Number of periods of a page; earlier ones are on the next."""
MAX_LISTED_PERIODS = 20_000
"""Number of periods in CSV and JSON: the days of fifty years."""
MAX_LISTED_SERIES = 1_000
"""Number of values in CSV and JSON."""
MAX_POINTS = 250_000
"""Maximum number of periods times series of any timeline."""
ALL = "articles"
"""The series of a search without words."""
UNKNOWN = "unknown"
"""The series of articles that have no such value."""


@dataclass(frozen=True, slots=True)
class Point:
    """A period of a series."""

    start: date
    """The first day: of an ISO week, its Monday."""
    matches: int
    total: int
    """All articles of that time within the filters (and of the series' source, language …)."""

    @property
    def share(self) -> float:
        """Matches divided by all, 0.0 to 1.0."""
        return self.matches / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One search, or its matches of one source, language, section or country."""

    key: str
    """Its name in CSV: the query, the value, or both."""
    name: str
    """Its name for display."""
    query: str
    value: str | None
    """The value of the field by which the matches are divided; empty for articles that have none."""
    base: str
    """What the shares are of: ``articles of depress in German``."""
    articles: int
    """The number of those articles, of all times within the filters."""
    matches: int
    """The number of matches, of all times within the filters."""
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Series over the same periods."""

    unit: Unit
    by: By | None
    series: tuple[Series, ...]
    periods: tuple[date, ...]
    matches: int
    """The number of matches of all searches, of all times; an article that two of them find counts twice."""
    earlier: date | None
    """The last day before the first period, if there are matches in earlier periods, which aren't in this page."""
    notes: tuple[str, ...]
    """Notes for display: words left out, periods or series that aren't shown."""

    @property
    def base(self) -> str | None:
        """What the shares are of, with its number, if it is the same for all series."""
        bases = {(each.base, each.articles) for each in self.series}
        return sized_base(*bases.pop()) if len(bases) == 1 else None


def sized_base(base: str, articles: int) -> str:
    """Return what a share is of: ``the 146 articles of depress in German``."""
    if articles == 1:
        return f"the 1 article{base.removeprefix('articles')}"
    return f"{'all' if base == 'articles' else 'the'} {articles:,} {base}"


@federated("talkscraper.store.several")
def timeline(
    connection: sqlite3.Connection,
    requests: Sequence[SearchRequest],
    *,
    by: By | None = None,
    unit: Unit | None = None,
    helpers: Sequence[sqlite3.Connection] = (),
    most_periods: int = MAX_PERIODS,
    most_series: int = MAX_SERIES,
) -> Timeline:
    """Count the matches of each request by day, ISO week or month, from the first match to the last, without gaps.

    Args:
        connection: As for ``search.search``.
        requests: The searches; ``limit``, ``order`` and ``after`` are ignored.
        by: Divide each by the values of this field; ``country`` is that of the domain of the source's homepage.
        unit: Length of a period; None: as suits the time from the first match to the last.
        helpers: Further connections to the same database, to count in parallel.
        most_periods: Maximum number of periods; the newest are counted, see ``Timeline.earlier``.
        most_series: Maximum number of series; the values with the most matches are counted.

    Raises:
        QueryError: a query is invalid, or there are too many.
    """
    if len(requests) > MAX_TERMS:
        raise QueryError(f"at most {MAX_TERMS} searches can be compared")
    terms = [term_of(connection, each) for each in requests]
    notes = [
        note
        for each, request in zip(terms, requests, strict=True)
        for note in unknown_values(connection, request, each.wanted.parsed)
    ]
    spans = [found for each in terms if (found := span(connection, each.wanted))]
    return drawn(
        connection,
        terms,
        spans,
        lambda unit, starts: Counting(connection, tuple(helpers), unit, starts),
        notes=notes,
        by=by,
        unit=unit,
        most_periods=most_periods,
        most_series=most_series,
    )


class Counts(Protocol):
    """What counts searches, in one archive or several."""

    def whole(self, term: Term) -> Counted:
        """Return the counts of a search."""

    def divided(self, terms: Sequence[Term], by: By) -> list[tuple[str, list[Counted]]]:
        """Return the values of a field, those with the most matches first, each with the counts of every search."""


def drawn(
    connection: sqlite3.Connection,
    terms: Sequence[Term],
    spans: Sequence[tuple[date, date]],
    counting_over: Callable[[Unit, tuple[date, ...]], Counts],
    *,
    notes: list[str],
    by: By | None,
    unit: Unit | None,
    most_periods: int,
    most_series: int,
) -> Timeline:
    """Return the timeline of searches between their first and last matches (``spans``)."""
    if not spans:
        return _Drawing(connection, terms, by, unit or "month", ()).timeline(notes, None)
    first, last = min(each[0] for each in spans), max(each[1] for each in spans)
    unit = unit or suiting(first, last)
    starts = backwards(first, last, unit, most_periods)
    earlier = starts[0] - timedelta(days=1) if starts[0] > first else None
    if earlier:
        notes.append(f"these are the newest {len(starts):,} {unit}s; the matches begin on {first.isoformat()}")
    drawing = _Drawing(connection, terms, by, unit, starts)
    counting = counting_over(unit, starts)
    if by is None:
        for term in terms:
            drawing.add(term, None, counting.whole(term))
    else:
        values = counting.divided(terms, by)
        if any(each.wanted.collapses for each in terms):
            notes.append("copies aren't collapsed where a timeline is divided by a field")
        most = max(1, min(most_series, MAX_POINTS // len(starts)) // len(terms))
        if len(values) > most:
            notes.append(f"of {len(values):,} values, these are the {most:,} with the most matches")
        for value, counted in values[:most]:
            for term, one in zip(terms, counted, strict=True):
                drawing.add(term, value, one)
    return drawing.timeline(notes, earlier)


def document(found: Timeline) -> dict[str, Any]:
    """Return a timeline as a JSON document."""
    return {
        "unit": found.unit,
        "by": found.by,
        "base": found.base,
        "matches": found.matches,
        "earlier": found.earlier.isoformat() if found.earlier else None,
        "notes": list(found.notes),
        "series": [
            {
                "series": each.key,
                "name": each.name,
                "query": each.query,
                "value": each.value,
                "base": sized_base(each.base, each.articles),
                "matches": each.matches,
                "total": each.articles,
                "points": [
                    {
                        "period": point.start.isoformat(),
                        "until": last_day(point.start, found.unit).isoformat(),
                        "matches": point.matches,
                        "total": point.total,
                        "share": round(point.share, 6),
                    }
                    for point in each.points
                ],
            }
            for each in found.series
        ],
    }


class _Drawing:
    """The series of a timeline, with their names."""

    def __init__(
        self, connection: sqlite3.Connection, terms: Sequence[Term], by: By | None, unit: Unit, starts: tuple[date, ...]
    ) -> None:
        self._connection = connection
        self._terms = terms
        self._by = by
        self._unit: Unit = unit
        self._starts = starts
        self._names = value_names(connection, by) if by else str
        self._series: list[Series] = []

    def add(self, term: Term, value: str | None, counted: Counted) -> None:
        """Add what was counted."""
        query = " ".join(term.request.text.split())
        name = "" if value is None else self._names(value)
        key = query or ALL
        if value is not None:
            key = value or UNKNOWN if len(self._terms) == 1 else f"{key}: {value or UNKNOWN}"
            name = name if len(self._terms) == 1 else f"{query or ALL}: {name}"
        self._series.append(
            Series(
                key=key,
                name=name or query or "all articles",
                query=query,
                value=value,
                base=base_text(self._connection, term, self._by or "", self._names(value or "")),
                articles=counted.articles,
                matches=counted.matches,
                points=tuple(
                    Point(each, counted.found.get(each, 0), counted.totals.get(each, 0)) for each in self._starts
                ),
            )
        )

    def timeline(self, notes: Sequence[str], earlier: date | None) -> Timeline:
        """Return it all."""
        left_out = [note for each in self._terms for note in each.wanted.parsed.notes]
        return Timeline(
            unit=self._unit,
            by=self._by,
            series=tuple(self._series),
            periods=self._starts,
            matches=sum(each.matches for each in self._series),
            earlier=earlier,
            notes=tuple(dict.fromkeys([*left_out, *notes])),
        )
