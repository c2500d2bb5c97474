"""Captures without a date; captures whose bytes are lost, and damaged files that an operator accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store.migrations.changes import may_be_null, run

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    may_be_null(db, "captures", "captured_at")
    run(
        db,
        """
alter table captures add column lost_at text;
alter table captures add column lost_why text;
create index captures_lost on captures(warc_file) where lost_at is not null;
create table acceptances (
    id integer primary key,
    warc_file text not null,
    accepted_at text not null,
    accepted_by text not null,
    size_before integer,
    sha256_before text,
    size integer not null,
    sha256 text not null,
    lost text not null default '[]',
    damage text not null default '[]'
) strict;
create index acceptances_file on acceptances(warc_file, sha256)
""",
    )
