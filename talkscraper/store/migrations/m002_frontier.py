"""Every address, when it is due, and what named it."""

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
create table urls (
    id integer primary key,
    url text not null unique,
    urlkey text not null,
    source_id text not null references sources(id),
    kind text not null check (kind in ('homepage', 'listing', 'feed', 'sitemap', 'article')),
    state text not null check (state in ('due', 'leased', 'done', 'gone', 'failed', 'refused')),
    next_due text,
    priority integer not null default 0,
    lease_until text,
    lease_run integer,
    etag text,
    last_modified text,
    payload_digest text,
    lying_validators integer not null default 0,
    interval_s integer,
    failures integer not null default 0,
    last_status integer,
    last_fetched_at text,
    last_changed_at text,
    discovered_at text not null,
    discovered_via text,
    last_listed_at text,
    declared_at text,
    gone_at text,
    reason text,
    article_id text,
    requisites_pending integer not null default 0,
    full_fetch_at text
) strict;
create index urls_due on urls(source_id, state, next_due);
create index urls_lease on urls(lease_until) where state = 'leased';
create index urls_urlkey on urls(urlkey);
create table mentions (
    source_id text not null references sources(id),
    day text not null,
    url text not null,
    via text not null,
    first_seen_at text not null,
    primary key (source_id, day, url)
) strict, without rowid;
create table signals (
    id integer primary key,
    source_id text,
    scope text not null,
    url text not null,
    signal text not null,
    value text not null,
    first_seen_at text not null,
    last_seen_at text not null,
    capture_id text,
    unique (url, signal, value)
) strict;
create table host_notes (
    host text primary key,
    blocked_until text,
    crawl_delay_s real,
    last_fetch_at text,
    robots_status text,
    robots_checked_at text,
    robots_body text
) strict;
""",
    )
