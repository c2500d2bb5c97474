"""Backfills: the doors by which older pages are found, what was walked of each, and what it named."""

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
create table backfills (
    id integer primary key,
    source_id text not null references sources(id),
    kind text not null check (kind in ('sitemap', 'listing', 'dates')),
    url text not null,
    via text,
    since text not null,
    until text,
    first_day text,
    last_day text,
    rank integer not null,
    state text not null check (state in ('open', 'done', 'failed')),
    why text,
    cursor text,
    day text,
    page integer not null default 0,
    pages integer not null default 0,
    found integer not null default 0,
    fetched integer not null default 0,
    older integer not null default 0,
    stale integer not null default 0,
    failures integer not null default 0,
    oldest text,
    started_at text not null,
    retry_at text,
    finished_at text,
    unique (source_id, url)
) strict;
create index backfills_open on backfills(source_id, rank) where state = 'open';
create table backfill_pages (
    backfill_id integer not null references backfills(id) on delete cascade,
    address text not null,
    names text,
    walked_at text not null,
    primary key (backfill_id, address)
) strict, without rowid;
create index backfill_pages_names on backfill_pages(backfill_id, names);
create table backfill_urls (
    source_id text not null,
    url text not null,
    backfill_id integer not null references backfills(id) on delete cascade,
    page integer not null,
    declared_at text,
    state text not null check (state in ('waiting', 'taken', 'done', 'seen')),
    day text,
    primary key (source_id, url, backfill_id)
) strict, without rowid;
create index backfill_urls_left on backfill_urls(source_id, state, backfill_id) where state in ('waiting', 'taken');
create index backfill_urls_page on backfill_urls(backfill_id, page)
""",
    )
