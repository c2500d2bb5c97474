"""Counts of a timeline: matches and all articles by period, and by period and value of a field.

What articles there are by day and source is counted when they are stored (``article_days``); matches are counted by
``match_counts``.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from talkscraper.store import stories
from talkscraper.store.bitmaps.counts import ByDay, by_day
from talkscraper.store.bitmaps.planes import PlanesOfFields
from talkscraper.store.fulltext import mark
from talkscraper.store.match import Prepared, SearchRequest, prepare
from talkscraper.store.match_counts import CountsByValue, by_period, counts, counts_by, limited, number
from talkscraper.store.match_parts import Part, joined, within
from talkscraper.store.periods import Unit, last_day, period_of
from talkscraper.store.row_numbers import FURTHEST, PER_DAY, day_of_seq, seq_range
from talkscraper.store.timeline_values import value_of

By = Literal["source", "language", "section", "country"]
BYS: tuple[By, ...] = ("source", "language", "section", "country")
_COLUMNS: dict[By, str] = {"source": "source_id", "country": "source_id", "language": "language", "section": "section"}
"""The columns by which articles are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A search, prepared: what it counts, and of what."""

    request: SearchRequest
    wanted: Prepared
    filters: tuple[Part, ...]
    base: Prepared
    """Its filters alone."""
    free_parts: bool
    """Whether articles of which only a teaser was captured are counted, because the query says which it wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The counts of a series."""

    found: Mapping[date, int]
    totals: Mapping[date, int]
    matches: int
    """Of all times, as ``articles``."""
    articles: int


def term_of(connection: sqlite3.Connection, request: SearchRequest) -> Term:
    """Prepare a search.

    Raises:
        QueryError: it is invalid.
    """
    wanted = prepare(request, connection)
    filters = within(wanted.parsed.match)
    # without what is only for display, so that searches with the same filters have the same base
    parsed = replace(wanted.parsed, match=joined(filters), wanted=(), phrases=(), sources=(), named=(), notes=())
    base = replace(wanted, parsed=parsed)
    return Term(
        request=request,
        wanted=wanted if wanted.names_access else wanted.of_full_texts(),
        filters=filters,
        base=base,
        free_parts=wanted.names_access,
    )


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts searches over the same periods."""

    connection: sqlite3.Connection
    helpers: tuple[sqlite3.Connection, ...]
    unit: Unit
    starts: tuple[date, ...]
    _bases: dict[Prepared, Counted] = field(default_factory=dict)
    """Searches with the same filters have the same."""
    _days: dict[Prepared, ByDay | None] = field(default_factory=dict)
    """What bitmaps tell of a search."""
    _planes: PlanesOfFields = field(default_factory=PlanesOfFields)
    _repeats: dict[Prepared, Counter[date]] = field(default_factory=dict)
    """Copies of what was counted before, by period, where copies are collapsed."""

    def whole(self, term: Term) -> Counted:
        """Return the counts of a search."""
        full = _full(term)
        totals = self._bases.get(full) or self._totals(term, full)
        self._bases[full] = totals
        if term.wanted.parsed.match == full.parsed.match:
            return totals
        found = self._counts(term.wanted)
        of = totals.totals
        if term.wanted.collapses:
            # a story counts on the day of its first copy, which may be an earlier one than the first that matches
            of = {start: max(of.get(start, 0), found.get(start, 0)) for start in {*of, *found}}
        return Counted(
            found=found,
            totals=of,
            matches=self._number(term.wanted, found),
            articles=totals.articles,
        )

    def _totals(self, term: Term, full: Prepared) -> Counted:
        # the days' counts have a row for each source: more to read than bitmaps
        mapped = self._is_mapped(full)
        days = None if mapped else totals_by_source(self.connection, term, self.unit, divided=False)
        if days is None:
            found = self._counts(full)
            articles = self._number(full, found)
        else:
            found = {start: count for (_, start), count in days.items()}
            articles = sum(found.values())
        return Counted(found=found, totals=found, matches=articles, articles=articles)

    def divided(self, terms: Sequence[Term], by: By) -> list[tuple[str, list[Counted]]]:
        """Return the values of a field, those with the most matches first, each with the counts of every search."""
        bases: dict[Prepared, dict[str, Counter[date]]] = {}
        found = []
        for term in terms:
            full = _full(term)
            if full not in bases:
                bases[full] = self._base_by(term, by)
            is_base = term.wanted.parsed.match == full.parsed.match
            found.append(bases[full] if is_base else self._found_by(term.wanted, by))
        matches: Counter[str] = Counter()
        for each in found:
            for value, days in each.items():
                matches[value] += days.total()
        nothing: Counter[date] = Counter()
        divided = []
        for value in sorted(matches, key=lambda value: (-matches[value], value)):
            counted = []
            for term, each in zip(terms, found, strict=True):
                mine, totals = each.get(value, nothing), bases[_full(term)].get(value, nothing)
                counted.append(Counted(found=mine, totals=totals, matches=mine.total(), articles=totals.total()))
            divided.append((value, counted))
        return divided

    def _base_by(self, term: Term, by: By) -> dict[str, Counter[date]]:
        full = _full(term)
        has_days = by in ("source", "country") and not self._is_mapped(full)
        days = totals_by_source(self.connection, term, self.unit) if has_days else None
        if days is None:
            return self._found_by(full, by)
        key = value_of(self.connection, by)
        together: dict[str, Counter[date]] = {}
        for (source, start), found in days.items():
            together.setdefault(key(source), Counter())[start] += found
        return together

    def _found_by(self, prepared: Prepared, by: By) -> dict[str, Counter[date]]:
        series_of = value_of(self.connection, by)
        found: dict[str, Counter[date]] = defaultdict(Counter)
        counted = counts_by(self.connection, prepared, _COLUMNS[by], series_of, self.unit, self._planes)
        for (value, start), count in counted.items():
            found[value][start] = count
        return found

    def _counts(self, prepared: Prepared) -> dict[date, int]:
        first, last = self.starts[0], last_day(self.starts[-1], self.unit)
        days, gaps = self._by_day(prepared)
        found = by_period(days, self.unit, first, last)
        for gap in gaps:
            for start, count in counts(
                (self.connection, *self.helpers), limited(gap, first, last), self.starts, self.unit
            ).items():
                found[start] += count
        if prepared.collapses:
            for start, repeated in self._repeated(prepared).items():
                if start in found:
                    found[start] -= repeated
        return found

    def _by_day(self, prepared: Prepared) -> tuple[Mapping[int, int], tuple[Prepared, ...]]:
        """Return the matches of each day that has bitmaps, and the search within the others."""
        if prepared not in self._days:
            self._days[prepared] = by_day(self.connection, prepared)
        counted = self._days[prepared]
        return (counted.counts, counted.gaps) if counted else ({}, (prepared,))

    def _is_mapped(self, prepared: Prepared) -> bool:
        return bool(self._by_day(prepared)[0])

    def _repeated(self, prepared: Prepared) -> Counter[date]:
        if prepared not in self._repeats:
            together: Counter[date] = Counter()
            for day, repeated in stories.repeats(self.connection, prepared).items():
                together[period_of(day_of_seq(day * PER_DAY), self.unit)] += repeated
            self._repeats[prepared] = together
        return self._repeats[prepared]

    def _number(self, prepared: Prepared, shown: Mapping[date, int]) -> int:
        """Return the number of matches of all times; those of the periods shown are known."""
        low, high = seq_range(self.starts[0].isoformat(), last_day(self.starts[-1], self.unit).isoformat())
        days, gaps = self._by_day(prepared)
        others = sum(count for day, count in days.items() if not low <= day * PER_DAY <= high)
        for gap in gaps:
            before, after = replace(gap, high=min(gap.high, low - 1)), replace(gap, low=max(gap.low, high + 1))
            others += sum(number(self.connection, each) for each in (before, after) if each.low <= each.high)
        if prepared.collapses:
            periods = set(self.starts)
            others -= sum(count for start, count in self._repeated(prepared).items() if start not in periods)
        return sum(shown.values()) + others


def _full(term: Term) -> Prepared:
    return term.base if term.free_parts else term.base.of_full_texts()


def totals_by_source(
    connection: sqlite3.Connection, term: Term, unit: Unit, *, divided: bool = True
) -> CountsByValue | None:
    """Return all articles of each period (``divided`` by source) out of the days' counts, and perhaps free parts.

    None if the search has filters other than days and sources, or copies are collapsed.
    """
    sources = None if term.base.collapses else _sources(connection, term)
    if sources is None:
        return None
    full = "articles + truncated" if term.free_parts else "articles"
    where, values = "day between ? and ?", [_day(term.base.low), _day(term.base.high)]
    if sources:
        where += f" and source_id in ({', '.join('?' * len(sources))})"
        values += sources
    starts = _Starts(unit)
    together: Counter[tuple[str, date]] = Counter()
    cursor = connection.cursor()
    cursor.row_factory = None
    if divided:
        rows = cursor.execute(f"select source_id, day, {full} from article_days where {where}", values)
    else:
        rows = cursor.execute(f"select '', day, sum({full}) from article_days where {where} group by day", values)
    for source, day, found in rows:
        if found > 0:
            together[source, starts[day]] += found
    return dict(together)


class _Starts(dict[str, date]):
    """The first day of the period of each day, as text."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self._unit = unit

    def __missing__(self, day: str) -> date:
        self[day] = start = period_of(date.fromisoformat(day), self._unit)
        return start


def _sources(connection: sqlite3.Connection, term: Term) -> list[str] | None:
    """Return the sources to which a search is restricted, empty for all; None if it is restricted otherwise."""
    if (
        term.base.excluded
        or term.base.parsed.numbers
        or len(term.filters) > 1
        or any(each.negative for each in term.filters)
    ):
        return None
    if not term.filters:
        return []
    # sources that differ in capitals only have one mark
    known: dict[str, list[str]] = {}
    for (source,) in connection.execute("select id from sources"):
        known.setdefault(mark("s", source), []).append(source)
    values = term.filters[0].values
    return [source for value in sorted(values) for source in known[value]] if values <= known.keys() else None


def _day(seq: int) -> str:
    if seq <= -FURTHEST:
        return "0001-01-01"
    if seq >= FURTHEST:
        return "9999-12-31"
    return day_of_seq(seq).isoformat()
