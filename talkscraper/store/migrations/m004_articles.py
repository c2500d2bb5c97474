"""Articles in their current state, their revisions, and the provenance of each field."""

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
create table articles (
    seq integer primary key,
    id text not null unique,
    source_id text,
    url text not null unique,
    title text,
    authors text not null default '[]',
    published_at text,
    published_precision text,
    published_day text,
    published_offset integer,
    modified_at text,
    language text,
    section text,
    tags text not null default '[]',
    lead text,
    description text,
    site_name text,
    publisher text,
    text text not null,
    text_digest text not null,
    word_count integer not null,
    access text,
    truncated integer not null default 0,
    page_kind text not null default 'article',
    breadcrumbs text not null default '[]',
    headlines text not null default '[]',
    canonical_url text,
    amp_url text,
    licence text,
    first_captured_at text not null,
    last_captured_at text not null,
    last_changed_at text not null,
    indexed_at text not null,
    revision_count integer not null default 1,
    capture_id text not null,
    extractor text not null,
    gone_at text,
    gone_reason text,
    hidden_at text,
    wire_agency text,
    cluster_id text,
    cluster_why text,
    simhash integer,
    day text not null,
    marks text not null default '',
    author_kinds text not null default '[]'
) strict;
create index articles_published on articles(published_at);
create index articles_source on articles(source_id, published_at);
create index articles_indexed on articles(indexed_at);
create index articles_digest on articles(text_digest);
create index articles_cluster on articles(cluster_id) where cluster_id is not null;
create index articles_capture on articles(capture_id);
create index articles_day on articles(day);
create index articles_near_1 on articles(simhash & 65535) where simhash is not null;
create index articles_near_2 on articles((simhash >> 16) & 65535) where simhash is not null;
create index articles_near_3 on articles((simhash >> 32) & 65535) where simhash is not null;
create index articles_near_4 on articles((simhash >> 48) & 65535) where simhash is not null;
create index articles_facets on articles(seq, source_id, language, section);
create table revisions (
    article_id text not null references articles(id),
    number integer not null,
    capture_id text not null,
    captured_at text not null,
    title text,
    authors text not null default '[]',
    published_at text,
    modified_at text,
    text text not null,
    text_digest text not null,
    word_count integer not null,
    change text not null,
    extractor text not null,
    content_digest text not null,
    published_precision text,
    primary key (article_id, number)
) strict;
create index revisions_capture on revisions(capture_id);
create table images (
    article_id text not null references articles(id),
    position integer not null,
    url text not null,
    alt text,
    caption text,
    credit text,
    primary key (article_id, position)
) strict;
create table provenance (
    article_id text not null references articles(id),
    field text not null,
    value text,
    rule text not null,
    rivals text not null default '[]',
    primary key (article_id, field)
) strict;
create table aliases (
    url text primary key,
    article_id text not null references articles(id),
    why text not null,
    first_seen_at text not null
) strict;
create index aliases_article on aliases(article_id);
create table article_days (
    source_id text not null,
    day text not null,
    articles integer not null,
    primary key (source_id, day)
) strict, without rowid;
create index article_days_day on article_days(day, articles)
""",
    )
