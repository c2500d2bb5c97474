"""Sources, and the result of each crawl."""

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
create table sources (
    id text primary key,
    name text not null,
    homepage text not null,
    language text,
    timezone text,
    last_crawled_at text,
    paused_reason text
) strict;
create table runs (
    id integer primary key,
    command text not null default 'crawl',
    started_at text not null,
    finished_at text,
    exit_code integer,
    reason text,
    pid integer,
    host text,
    version text,
    summary text
) strict;
create table run_sources (
    run_id integer not null references runs(id),
    source_id text not null references sources(id),
    found integer not null default 0,
    fetched integer not null default 0,
    new integer not null default 0,
    revised integer not null default 0,
    unchanged integer not null default 0,
    failed integer not null default 0,
    skipped integer not null default 0,
    bytes integer not null default 0,
    page_kinds text,
    min_gap_s real,
    median_gap_s real,
    delay_s real,
    diagnosis text,
    primary key (run_id, source_id)
) strict;
create table fetch_failures (
    id integer primary key,
    run_id integer references runs(id),
    source_id text,
    url text not null,
    failed_at text not null,
    error text not null,
    detail text
) strict;
create index fetch_failures_url on fetch_failures(url);
""",
    )
