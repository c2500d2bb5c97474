"""The values by which a timeline is divided: how they are compared, and their names."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from talkscraper.extraction.dates.region import country_of
from talkscraper.lexicon.names import language_name


def value_of(connection: sqlite3.Connection, by: str) -> Callable[[str | None], str]:
    """Return the function that turns a column's value into the series to which it counts; empty for none."""
    if by == "country":
        countries = {
            source: (country_of(homepage) or "").upper()
            for source, homepage in connection.execute("select id, homepage from sources")
        }
        return lambda value: countries.get(value or "", "")
    if by == "section":
        # as its filter compares it
        return lambda value: (value or "").strip().casefold()
    return lambda value: value or ""


def value_names(connection: sqlite3.Connection, by: str) -> Callable[[str], str]:
    """Return the function that names a value for display."""
    nothing = f"no {by}" if by != "country" else "no country’s domain"
    if by == "source":
        names = dict(tuple(row) for row in connection.execute("select id, name from sources"))
        return lambda value: names.get(value) or value or nothing
    if by == "language":
        return lambda value: language_name(value) if value else nothing
    return lambda value: value or nothing
