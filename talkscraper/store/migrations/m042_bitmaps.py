"""Bitmaps of the commonest words and values, for timelines of archives with many articles (``store.bitmaps``).

They are made when a writer closes the archive, so this step makes the tables only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store.migrations.changes import run

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    run(
        db,
        """
create table bitmap_terms (
    number integer primary key,
    term text not null unique,
    chosen_of integer not null
) strict;
create table bitmap_months (
    month integer primary key,
    articles integer not null,
    counts blob not null,
    offsets blob not null
) strict;
create table bitmap_stale (
    day integer primary key
) strict;
create table bitmap_values (
    month integer not null,
    field text not null,
    names text not null,
    codes blob not null,
    primary key (month, field)
) strict;
create table bitmaps (
    id integer primary key,
    bits blob not null
) strict;
""",
    )
