"""Counts of a timeline: matches and all articles by period, and by period and value of a field.

Row numbers encode days (``article_rows``), so a period is a range of row numbers.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Literal

from talkscraper.store import stories
from talkscraper.store.bitmaps.counting import ByDay, by_day, by_value
from talkscraper.store.fulltext import mark
from talkscraper.store.match import Prepared, SearchRequest, ask, matches, prepare
from talkscraper.store.match_parts import Part, joined, within
from talkscraper.store.periods import Unit, last_day, period_of
from talkscraper.store.row_numbers import PER_DAY, day_of_seq, seq_range
from talkscraper.store.timeline_values import value_of

By = Literal["source", "language", "section", "country"]
BYS: tuple[By, ...] = ("source", "language", "section", "country")
_COLUMNS: dict[By, str] = {"source": "source_id", "country": "source_id", "language": "language", "section": "section"}
"""The columns by which articles are counted; the index ``articles_facets`` holds them."""
Counts = dict[tuple[str, date], int]
"""Counts by value (empty where there is none) and first day of a period."""

_FEW = 5_000
"""Maximum number of matches that are listed to be counted."""
_DAYS_BEFORE = 1_000_000
"""More days than there are before 1970: SQLite divides negative numbers towards zero."""


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
            found.append(bases[full] if is_base else _by_value(counts_by(self.connection, term.wanted, by, self.unit)))
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
            return _by_value(counts_by(self.connection, full, by, self.unit))
        key = value_of(self.connection, by)
        together: dict[str, Counter[date]] = {}
        for (source, start), found in days.items():
            together.setdefault(key(source), Counter())[start] += found
        return together

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


def _by_value(counted: Counts) -> dict[str, Counter[date]]:
    found: dict[str, Counter[date]] = {}
    for (value, start), count in counted.items():
        found.setdefault(value, Counter())[start] = count
    return found


def span(connection: sqlite3.Connection, prepared: Prepared) -> tuple[date, date] | None:
    """Return the days of the first and the last match; None without any."""
    condition, values = prepared.where(prepared.low, prepared.high)
    ends = []
    for order in ("asc", "desc"):
        sql = f"select rowid from articles_fts where {condition} order by rowid {order} limit 1"
        found = ask(connection, sql, values).fetchone()
        if found is None:
            return None
        ends.append(day_of_seq(found[0]))
    return ends[0], ends[1]


def limited(prepared: Prepared, first: date, last: date) -> Prepared:
    """Return the request restricted to days."""
    low, high = seq_range(first.isoformat(), last.isoformat())
    return replace(prepared, low=max(low, prepared.low), high=min(high, prepared.high))


def number(connection: sqlite3.Connection, prepared: Prepared) -> int:
    """Return the number of matches."""
    condition, values = prepared.where(prepared.low, prepared.high)
    return int(ask(connection, f"select count(*) from articles_fts where {condition}", values).fetchone()[0])


def counts(
    connections: Sequence[sqlite3.Connection], prepared: Prepared, starts: Sequence[date], unit: Unit
) -> dict[date, int]:
    """Return the matches of each period, counted over several connections in parallel."""
    if prepared.low > prepared.high:
        return {}
    within_ = [each for each in starts if _reaches(prepared, each, unit)]
    if unit == "day" or any(each.prefix for each in prepared.parsed.phrases):
        # a prefix is looked up again for each range; and many short ranges take longer than all matches at once
        return by_period(_listed_days(connections[0], prepared), unit)
    few = list(matches(connections[0], prepared, limit=_FEW + 1))
    if len(few) <= _FEW:
        return by_period(Counter(seq // PER_DAY for seq in few), unit)

    # for a common word the index counts ranges of row numbers much faster than it returns the matches
    def part(at: int) -> dict[date, int]:
        # every second period, or third: neighbours have about as many matches
        mine = within_[at :: len(connections)]
        return {each: number(connections[at], limited(prepared, each, last_day(each, unit))) for each in mine}

    if len(connections) == 1:
        return part(0)
    together: dict[date, int] = {}
    with ThreadPoolExecutor(len(connections)) as pool:
        for each in pool.map(part, range(len(connections))):
            together |= each
    return together


def by_period(days: Mapping[int, int], unit: Unit, first: date = date.min, last: date = date.max) -> Counter[date]:
    """Return the sums of each period, of the days from ``first`` to ``last``."""
    found: Counter[date] = Counter()
    starts = _StartsOfNumbers(unit)
    low, high = (seq // PER_DAY for seq in seq_range(first.isoformat(), last.isoformat()))
    for number_, count in days.items():
        if low <= number_ <= high:
            found[starts[number_]] += count
    return found


def _reaches(prepared: Prepared, start: date, unit: Unit) -> bool:
    """Whether a period has days of a search."""
    low, high = seq_range(start.isoformat(), last_day(start, unit).isoformat())
    return prepared.low <= high and low <= prepared.high


def _listed_days(connection: sqlite3.Connection, prepared: Prepared) -> dict[int, int]:
    condition, values = prepared.where(prepared.low, prepared.high)
    sql = f"select (rowid + ?) / ? as day, count(*) from articles_fts where {condition} group by 1"
    cursor = connection.cursor()
    cursor.row_factory = None
    return {day - _DAYS_BEFORE: count for day, count in ask(cursor, sql, [_DAYS_BEFORE * PER_DAY, PER_DAY, *values])}


def counts_by(connection: sqlite3.Connection, prepared: Prepared, by: By, unit: Unit) -> Counts:
    """Return the matches of each period and value."""
    key = cache(value_of(connection, by))
    starts = _StartsOfNumbers(unit)
    mapped = by_value(connection, prepared, _COLUMNS[by], key, starts)
    together: Counter[tuple[str, date]] = mapped.counts if mapped is not None else Counter()
    for gap in mapped.gaps if mapped is not None else (prepared,):
        condition, values = gap.where(gap.low, gap.high)
        sql = (
            f"select {_COLUMNS[by]}, (found.seq + ?) / ? as day, count(*)"
            f" from (select rowid as seq from articles_fts where {condition}) as found"
            # a covering index holds these columns: the rows with their long texts aren't read
            " cross join articles as a indexed by articles_facets on a.seq = found.seq group by 1, 2"
        )
        cursor = connection.cursor()
        cursor.row_factory = None
        for value, day, count in ask(cursor, sql, [_DAYS_BEFORE * PER_DAY, PER_DAY, *values]):
            together[key(value), starts[day - _DAYS_BEFORE]] += count
    return dict(together)


def totals_by_source(connection: sqlite3.Connection, term: Term, unit: Unit, *, divided: bool = True) -> Counts | None:
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


class _StartsOfNumbers(dict[int, date]):
    """The first day of the period of each day, by its number."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self._unit = unit

    def __missing__(self, day: int) -> date:
        start = period_of(day_of_seq(day * PER_DAY), self._unit)
        # the others of the period at once: a search mostly has them
        end = (last_day(start, self._unit) - date(1970, 1, 1)).days
        for each in range((start - date(1970, 1, 1)).days, end + 1):
            self[each] = start
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
    if seq <= -(2**61):
        return "0001-01-01"
    if seq >= 2**61:
        return "9999-12-31"
    return day_of_seq(seq).isoformat()
