"""Values of filters that no article of the archive has: said, with the nearest that one has."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Iterator

from talkscraper.fields import FILTERED, Field, Filter
from talkscraper.lexicon.names import language_names, main_language
from talkscraper.store.federation import ArchiveMember
from talkscraper.store.fulltext import mark, same_value
from talkscraper.store.match import SearchRequest
from talkscraper.store.parsed_query import Parsed
from talkscraper.store.query_words import quoted
from talkscraper.store.source_names import unknown_sources
from talkscraper.store.text_values import listed

MAX_READ = 20_000
"""Number of the newest articles among whose values the nearest is looked for."""
MAX_VALUES = 100
"""Maximum number of values of a request that are looked up."""
_NEAR = 3
_SAME_NAME = 0.8
_OPEN = {
    word: (field, filter_)
    for field, filter_ in FILTERED
    if filter_.facet and not filter_.values and filter_.name != "source"
    for word in filter_.words
}
"""Exact filters of any value, by their words; sources have names too (``source_names``)."""


def unknown_values(connection: sqlite3.Connection, request: SearchRequest, parsed: Parsed) -> Iterator[str]:
    """Return a line for each value of a filter, of a parameter or in the query, that no article has.

    One archive of several returns none: another may have the value, so the federation is asked (``several``).
    """
    if isinstance(connection, ArchiveMember):
        return
    yield from unknown_sources(connection, (*request.values("source"), *parsed.sources))
    given = [(name, value) for name, _ in request.filters for value in request.values(name)]
    for name, value in dict.fromkeys([*given, *parsed.named][:MAX_VALUES]):
        if name not in _OPEN:
            continue
        field, filter_ = _OPEN[name]
        if not _is_used(connection, filter_, value):
            near = _nearest(connection, field, filter_, value)
            hint = f"; did you mean {near!r}?" if near else ""
            yield f"the archive has no articles with the {filter_.name} {value[:60]!r}{hint}"


def _is_used(connection: sqlite3.Connection, filter_: Filter, value: str) -> bool:
    match = quoted(mark(filter_.mark, value), "marks")
    sql = "select 1 from articles_fts where articles_fts match ? limit 1"
    return connection.execute(sql, [match]).fetchone() is not None


def _nearest(connection: sqlite3.Connection, field: Field, filter_: Filter, value: str) -> str | None:
    values: dict[str, str] = {}
    sql = f"select {field.name} from articles indexed by articles_facets order by seq desc limit {MAX_READ}"
    for (stored,) in connection.execute(sql):
        for each in listed(stored) if field.is_list else [stored] if stored else []:
            values.setdefault(same_value(str(each)), str(each))
    found = [values[each] for each in difflib.get_close_matches(same_value(value)[:100], values, n=_NEAR)]
    if filter_.name == "language":
        found = [*_languages_like(value, values.values()), *found]
    # what was taken down is in the table, but not in the index
    return next((each for each in found if _is_used(connection, filter_, each)), None)


def _languages_like(value: str, tags: Iterable[str]) -> Iterator[str]:
    """Yield what another code or the name of a language stands for, among the languages that there are."""
    yield value.replace("_", "-").split("-", 1)[0]
    yield main_language(value)
    names: dict[str, str] = {}
    for tag in sorted(tags, key=len):
        for each in (tag.split("-", 1)[0], tag):
            for name in language_names(each):
                names.setdefault(same_value(name), each)
    plain = same_value(value)[:100]
    longer = [name for name in names if name.startswith(f"{plain} ")]
    for name in (plain, *longer, *difflib.get_close_matches(plain, names, n=1, cutoff=_SAME_NAME)):
        if name in names:
            yield names[name]
