"""Totals of each word of a query: how many articles of the same filters have it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from talkscraper.store.federation import federated
from talkscraper.store.match import COUNTED, Matched, SearchRequest, ask, prepare
from talkscraper.store.query_fields import COLUMNS

MAX_WORDS = 10
"""Maximum number of words that are counted."""
_FIELDS = {column: word for word, column in reversed(COLUMNS.items())}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTotal:
    """A word or phrase of a query, and the articles that have it."""

    query: str
    """The query of this word alone."""
    total: int
    """Counted up to ``COUNTED``."""
    is_exact: bool


@federated("talkscraper.store.several")
def word_totals(connection: sqlite3.Connection, request: SearchRequest, matched: Matched) -> tuple[WordTotal, ...]:
    """Return the totals of the words of a query, each alone with the request's filters; empty for a single word.

    Raises:
        QueryError: the query is invalid.
    """
    asked = dict.fromkeys(
        f"{_FIELDS[each.column] + ':' if each.column else ''}"
        + (each.text if each.text.isalnum() and each.text not in ("AND", "OR", "NOT") else f'"{each.text}"')
        + ("*" if each.prefix else "")
        for each in matched.prepared.parsed.wanted
    )
    if len(asked) < 2:
        return ()
    filters = {name: value for name, value in request.filters if name not in ("author", "title")}
    return tuple(_total(connection, query, filters) for query in list(asked)[:MAX_WORDS])


def _total(connection: sqlite3.Connection, query: str, filters: Mapping[str, object]) -> WordTotal:
    prepared = prepare(SearchRequest(text=query, **filters), connection)  # type: ignore[arg-type]
    condition, values = prepared.where(prepared.low, prepared.high)
    (total,) = ask(
        connection,
        f"select count(*) from (select rowid from articles_fts where {condition} order by rowid desc limit ?)",
        [*values, COUNTED + 1],
    ).fetchone()
    return WordTotal(query=query, total=min(total, COUNTED), is_exact=total <= COUNTED)
