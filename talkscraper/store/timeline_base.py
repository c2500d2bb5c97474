"""What the shares of a timeline are of, in words: ``articles of Depress in German, since 1 October 2025``."""

from __future__ import annotations

import sqlite3

from talkscraper.fields import FILTERED, Filter
from talkscraper.lexicon.names import language_name
from talkscraper.store.fulltext import mark
from talkscraper.store.periods import Unit, period_name
from talkscraper.store.query_values import MAX_NUMBER, NumberRange
from talkscraper.store.row_numbers import FURTHEST, day_of_seq
from talkscraper.store.source_names import source_ids
from talkscraper.store.timeline_counts import Term

_PHRASES = {
    "source": "of {}",
    "country": "of sources in {}",
    "language": "in {}",
    "section": "in the section {}",
    "author": "with {} in the byline",
    "title": "with {} in the title",
}
"""How a filter is said; one that isn't here is said as it is written in a query."""
_DAY: Unit = "day"


def base_text(connection: sqlite3.Connection, term: Term, by: str, value: str) -> str:
    """Return the articles of which a series is a share.

    Args:
        connection: For the names of sources.
        term: The search.
        by: The field by which the search is divided; empty: it isn't.
        value: The series' value of it, as displayed.
    """
    said = [_PHRASES[by].format(value)] if by else []
    excluded = []
    request, base, parts, parsed = term.request, term.base, term.filters, term.wanted.parsed
    for field, filter_ in FILTERED:
        if filter_.how == "exact":
            values = [text for word, text in parsed.named if word in filter_.words]
            values += request.values(filter_.name)
            shown = {}
            for each in dict.fromkeys(values):
                spelt = _marks(connection, filter_, each)
                for part in parts:
                    if spelt & part.values:
                        shown[_name(connection, filter_.name, each)] = part.negative
            kept = [name for name, negative in shown.items() if not negative]
            excluded += [_said(filter_.name, name) for name, negative in shown.items() if negative]
            if kept and filter_.name != by:
                said.append(_said(filter_.name, " or ".join(kept)))
        elif filter_.how == "words" and any(field.name in part.columns for part in parts):
            words = [each.text for each in parsed.wanted if each.column == field.name]
            said.append(_said(filter_.name, " and ".join(f"“{each}”" for each in words) or "other words"))
        elif filter_.how == "number":
            said += [_range(span, filter_.name) for span in parsed.numbers if span.column == field.name]
    said += [f"except those {each}" for each in excluded]
    days = []
    if base.low > -FURTHEST:
        days.append(f"from {period_name(day_of_seq(base.low), _DAY)}")
    if base.high < FURTHEST:
        days.append(f"to {period_name(day_of_seq(base.high), _DAY)}")
    return " ".join(["articles", *said]) + (f", {' '.join(days)}" if days else "")


def _marks(connection: sqlite3.Connection, filter_: Filter, value: str) -> set[str]:
    """Return the words of the index for a value of a filter; a source has an id and a name."""
    if filter_.name == "source":
        return {mark(filter_.mark, each) for each in source_ids(connection, value) or (value,)}
    return {mark(filter_.mark, value.replace("_", "-") if filter_.mark == "l" else value)}


def _said(name: str, value: str) -> str:
    return _PHRASES[name].format(value) if name in _PHRASES else f"with {name}:{value}"


def _range(span: NumberRange, name: str) -> str:
    if span.high >= MAX_NUMBER:
        return f"with at least {span.low:,} {name}"
    return f"with {span.low:,} to {span.high:,} {name}" if span.low else f"with at most {span.high:,} {name}"


def _name(connection: sqlite3.Connection, filter_name: str, value: str) -> str:
    if filter_name == "language":
        return language_name(value.replace("_", "-"))
    if filter_name == "source":
        names = [
            str(row[0])
            for each in source_ids(connection, value)
            for row in connection.execute("select coalesce(name, id) from sources where id = ?", [each])
        ]
        return " or ".join(dict.fromkeys(names)) or value
    return value
