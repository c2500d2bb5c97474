"""Matching of search requests: the query is parsed and matched once, for hits, ranking, facets and exports.

Row numbers encode time (``article_rows``), so newest first is the order of the index itself, and days are a range of
row numbers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, Unpack

from talkscraper.errors import QueryError
from talkscraper.fields import FILTERED, FILTERS, Filter, Filters
from talkscraper.store import query
from talkscraper.store.federation import ArchiveMember, federated
from talkscraper.store.fulltext import ACCESS_MARKS, EVERY, mark
from talkscraper.store.parsed_query import Parsed
from talkscraper.store.query_fields import allowed_value
from talkscraper.store.query_values import day, number_range
from talkscraper.store.row_numbers import seq_range
from talkscraper.store.source_names import source_ids

Order = Literal["best", "newest", "oldest"]
Copies = Literal["all", "collapse"]
"""Whether near-duplicates are hits of their own, or one hit (``store.stories``)."""

LISTED = 1_500
"""Maximum number of newest matches listed for a request: the input of ranking, facets and small totals."""
COUNTED = 5_000
"""Maximum of a total; beyond it, a page says "more than"."""


@dataclass(frozen=True, slots=True, init=False)
class SearchRequest:
    """A search request. ``text`` is in the query language of ``store.query``; the filters narrow it further.

    ``since`` and ``until`` are printed days, inclusive: a date, or text such as 2025-10-28, 2025-10, 2025.
    ``after`` is the ``next_cursor`` of the previous page.
    """

    text: str
    filters: tuple[tuple[str, str | date | tuple[str, ...]], ...]
    """Names and values of the filters that have one, in the order of ``fields.FILTERS``; several values as a tuple."""
    order: Order
    limit: int
    after: str | None
    copies: Copies

    def __init__(
        self,
        *,
        text: str = "",
        order: Order = "best",
        limit: int = 20,
        after: str | None = None,
        copies: Copies = "all",
        **filters: Unpack[Filters],
    ) -> None:
        """Make a request; the keyword arguments are those of ``fields.Filters``."""
        given: dict[str, Any] = {**filters}
        values = [(each.name, _plain(each, given.pop(each.name, None))) for each in FILTERS]
        kept = tuple((name, value) for name, value in values if value)
        if given:
            raise TypeError(f"a search has no filter {', '.join(map(repr, given))}")
        for name, each in (("text", text), ("filters", kept), ("order", order), ("limit", limit), ("after", after)):
            object.__setattr__(self, name, each)
        object.__setattr__(self, "copies", copies)

    def value(self, name: str) -> str | date | None:
        """Return the value of a filter, of several the first; None if it has none."""
        found = dict(self.filters).get(name)
        return found[0] if isinstance(found, tuple) else found

    def values(self, name: str) -> tuple[str, ...]:
        """Return all values of a filter."""
        found = dict(self.filters).get(name)
        return found if isinstance(found, tuple) else () if found is None else (str(found),)


def _plain(filter_: Filter, value: str | date | Sequence[str] | None) -> str | date | tuple[str, ...] | None:
    """Return a filter's value such that equal filters are equal values: several sorted, one alone as text."""
    if value is None or isinstance(value, (str, date)):
        return value
    several = sorted({each for each in value if each})
    if len(several) > 1 and not filter_.is_many:
        raise TypeError(f"the filter {filter_.name} has one value")
    return tuple(several) if len(several) > 1 else several[0] if several else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request in the form of database parameters."""

    parsed: Parsed
    low: int
    high: int
    """Range of row numbers, inclusive."""
    collapses: bool = False
    """Whether copies are collapsed."""
    excluded: str | None = None
    """Row numbers that are left out, as JSON: of several archives, another one has a newer look (``federation``)."""

    @property
    def has_words(self) -> bool:
        """Whether there are words to rank by."""
        return bool(self.parsed.wanted)

    @property
    def is_everything(self) -> bool:
        """Whether the request is restricted by days at most."""
        is_every = self.parsed.match == f'{{marks}} : "{EVERY}"'
        return is_every and not self.parsed.numbers and self.excluded is None

    @property
    def names_access(self) -> bool:
        """Whether the query itself says which of free parts and full texts it wants (``access:``, ``truncated:``)."""
        return any(kind in self.parsed.match for kind in ACCESS_MARKS)

    def of_full_texts(self) -> Prepared:
        """Return the request without articles of which only the part before a paywall was captured."""
        match = f'({self.parsed.match} NOT {{marks}} : "{mark("cut", "1")}")'
        return replace(self, parsed=replace(self.parsed, match=match))

    def where(self, low: int, high: int) -> tuple[str, list[Any]]:
        """Return the SQL condition on ``articles_fts`` for matches from ``low`` to ``high``, and its values."""
        condition, values = "articles_fts match ? and rowid between ? and ?", [self.parsed.match, low, high]
        for each in self.parsed.numbers:
            # the index named here covers the column: the rows with their long texts aren't read
            condition += (
                f" and exists (select 1 from articles indexed by articles_{each.column}"
                f" where seq = articles_fts.rowid and {each.column} between ? and ?)"
            )
            values += [each.low, each.high]
        if self.excluded is not None:
            condition += " and rowid not in (select value from json_each(?))"
            values.append(self.excluded)
        return condition, values


def prepare(request: SearchRequest, connection: sqlite3.Connection | None = None) -> Prepared:
    """Parse a request.

    Args:
        request: The search request.
        connection: The archive in which words with wildcards and names of sources are looked up; without it, a request
            that has any is only checked.

    Raises:
        QueryError: what can't be read, and how to write it.
    """
    marks, columns, numbers = [], {}, []
    days: dict[str, str | None] = {"since": None, "until": None}
    for field, filter_ in FILTERED:
        value = request.value(filter_.name)
        if not value:
            continue
        if filter_.how in days:
            days[filter_.how] = day(value, last=filter_.how == "until")
        elif filter_.how == "exact":
            values: Sequence[str] = request.values(filter_.name)
            if filter_.name == "source" and connection is not None:
                values = [found for each in values for found in source_ids(connection, each) or (each,)]
            marks.append([mark(filter_.mark, allowed_value(filter_.name, each)) for each in values])
        elif filter_.how == "words":
            several = request.values(filter_.name)
            columns[field.name] = several[0] if len(several) == 1 else " OR ".join(f"({each})" for each in several)
        else:
            numbers.append(number_range(field.name, str(value), name=filter_.name))
    parsed = query.narrowed(query.parse(request.text, connection), marks, columns, connection)
    low, high = seq_range(_later(parsed.since, days["since"]), _earlier(parsed.until, days["until"]))
    return Prepared(
        parsed=replace(parsed, numbers=(*parsed.numbers, *numbers)),
        low=low,
        high=high,
        collapses=request.copies == "collapse",
        excluded=connection.excluded if isinstance(connection, ArchiveMember) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The matches of a request, looked up once for the page of hits and for its facets."""

    prepared: Prepared
    newest: tuple[int, ...]
    """Row numbers, newest first, up to ``LISTED``."""
    total: int
    """The number of matches, counted up to ``COUNTED``."""
    total_is_exact: bool

    @property
    def is_whole(self) -> bool:
        """Whether ``newest`` holds all matches."""
        return self.total_is_exact and self.total == len(self.newest)


@federated("talkscraper.store.several")
def match(connection: sqlite3.Connection, request: SearchRequest) -> Matched:
    """Return the newest matches of a request and their number. ``limit``, ``order`` and ``after`` are ignored.

    Raises:
        QueryError: the query is invalid.
    """
    prepared = prepare(request, connection)
    newest = tuple(matches(connection, prepared, limit=LISTED))
    total = len(newest)
    if total == LISTED:
        # the index counts matches much faster than it returns them
        condition, values = prepared.where(prepared.low, newest[-1] - 1)
        rest = ask(
            connection,
            f"select count(*) from (select rowid from articles_fts where {condition} order by rowid desc limit ?)",
            [*values, COUNTED + 1 - LISTED],
        )
        total += rest.fetchone()[0]
    return Matched(prepared=prepared, newest=newest, total=min(total, COUNTED), total_is_exact=total <= COUNTED)


def oldest(
    connection: sqlite3.Connection, prepared: Prepared, *, after: int | None = None, limit: int
) -> Iterator[int]:
    """Return the row numbers of matches above ``after``, oldest first."""
    low = prepared.low if after is None else max(prepared.low, after + 1)
    condition, values = prepared.where(low, prepared.high)
    cursor = connection.cursor()
    cursor.row_factory = None
    sql = f"select rowid from articles_fts where {condition} order by rowid limit ?"
    for (seq,) in ask(cursor, sql, [*values, limit]):
        yield seq


def matches(
    connection: sqlite3.Connection,
    prepared: Prepared,
    *,
    before: int | None = None,
    limit: int | None = None,
    low: int | None = None,
) -> Iterator[int]:
    """Return the row numbers of all matches below ``before`` (from ``low`` on), newest first."""
    high = prepared.high if before is None else min(prepared.high, before - 1)
    bound = -1 if limit is None else limit
    condition, values = prepared.where(prepared.low if low is None else max(low, prepared.low), high)
    sql = f"select rowid from articles_fts where {condition} order by rowid desc limit ?"
    cursor = connection.cursor()
    cursor.row_factory = None
    for (seq,) in ask(cursor, sql, [*values, bound]):
        yield seq


def is_match(connection: sqlite3.Connection, prepared: Prepared, seq: int) -> bool:
    """Whether an article matches."""
    return next(matches(connection, prepared, before=seq + 1, limit=1, low=seq), None) is not None


def ask(connection: sqlite3.Connection | sqlite3.Cursor, sql: str, values: list[Any]) -> sqlite3.Cursor:
    """Run a statement on the index; a syntax error in it becomes a ``QueryError``."""
    try:
        return connection.execute(sql, values)
    except sqlite3.OperationalError as e:
        if "fts5" in str(e):
            raise QueryError(f"the query can't be read: {e}") from e
        raise


def _later(one: str | None, other: str | None) -> str | None:
    return max(one, other) if one and other else one or other


def _earlier(one: str | None, other: str | None) -> str | None:
    return min(one, other) if one and other else one or other
