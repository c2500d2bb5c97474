"""Records on disk, and their files."""

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
create table warc_files (
    name text primary key,
    path text,
    size integer,
    sha256 text,
    records integer,
    opened_at text,
    closed_at text,
    verified_at text,
    verdict text,
    origin text not null default 'crawl',
    sha256_before text
) strict;
create table captures (
    seq integer primary key,
    id text not null unique,
    url text not null,
    urlkey text not null,
    captured_at text not null,
    status integer,
    mime text,
    payload_digest text,
    record_type text not null,
    truncated text,
    method text not null default 'GET',
    warc_file text not null references warc_files(name),
    warc_offset integer not null,
    warc_length integer not null,
    page_capture_id text,
    run_id integer references runs(id),
    source_id text,
    ip text,
    refers_to text,
    refers_to_url text,
    refers_to_date text,
    redirect_to text,
    etag text,
    last_modified text,
    page_kind text,
    page_reason text,
    article_id text,
    extractor text,
    content_digest text,
    content_modified_at text,
    asked_as text
) strict;
create index captures_urlkey on captures(urlkey, captured_at);
create index captures_url on captures(url, captured_at);
create index captures_digest on captures(payload_digest, captured_at);
create unique index captures_place on captures(warc_file, warc_offset);
create index captures_page on captures(page_capture_id) where page_capture_id is not null;
create index captures_article on captures(article_id) where article_id is not null;
create index captures_time on captures(captured_at);
create table takedowns (
    id integer primary key,
    url text not null,
    urlkey text not null,
    depth text not null,
    reason text not null,
    taken_at text not null,
    receipt text not null
) strict;
create index takedowns_urlkey on takedowns(urlkey);
""",
    )
