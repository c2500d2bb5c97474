"""Addresses given to ``crawl`` by hand, the hours of sources, and the requests of each day by host."""

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
create table requests_by_hand (
    id integer primary key,
    run_id integer not null references runs(id),
    url text not null,
    url_id integer,
    source_id text not null,
    asked_at text not null,
    done_at text,
    outcome text,
    detail text,
    article_id text
) strict;
create unique index requests_by_hand_url on requests_by_hand(run_id, url);
create index requests_by_hand_address on requests_by_hand(run_id, url_id);
create index requests_by_hand_open on requests_by_hand(run_id, source_id, id) where done_at is null;
create table request_days (
    day text not null,
    host text not null,
    requests integer not null,
    primary key (day, host)
) strict, without rowid;
alter table sources add column hours text;
""",
    )
