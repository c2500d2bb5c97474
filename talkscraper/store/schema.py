"""The archive's tables, as numbered migrations that sqlite-utils applies once each, in a transaction.

Readers import this module for the name of the newest step, so sqlite-utils, a slow import, waits until a step runs.
Never edit a released migration: add one. docs/schema.md explains every column, and a test compares the two.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from talkscraper.fields import FIELD

if TYPE_CHECKING:
    import sqlite_utils
    from sqlite_utils import Database

Step = Callable[["Database"], None]


class Migrations:
    """The steps, in the order in which they are applied."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def __call__(self) -> Callable[[Step], Step]:
        """Return a decorator that makes a function the next step; its name is the one that the database records."""

        def add(step: Step) -> Step:
            self.steps.append(step)
            return step

        return add

    @property
    def names(self) -> list[str]:
        """The names of all steps."""
        return [step.__name__ for step in self.steps]

    def unknown(self, db: Database) -> list[str]:
        """Return the names of steps that the database has, and this version hasn't."""
        return sorted({each.name for each in self._runner().applied(db)} - set(self.names))

    def apply(self, db: Database, *, stop_before: str | None = None) -> None:
        """Apply the steps that the database hasn't; ``stop_before`` ends before the step of that name."""
        self._runner().apply(db, stop_before=stop_before)

    def _runner(self) -> sqlite_utils.Migrations:
        import sqlite_utils

        runner = sqlite_utils.Migrations("talkscraper")
        for step in self.steps:
            runner()(step)
        return runner


migrations = Migrations()


def add_column(db: Database, name: str) -> None:
    """Add a column to ``articles`` as ``fields`` declares it, with the index that a filter by number needs."""
    db.execute(f"alter table articles add column {FIELD[name].declaration}")
    if any(each.how == "number" for each in FIELD[name].filters):
        _add_number_index(db, name)


def _add_number_index(db: Database, name: str) -> None:
    db.execute(f"create index articles_{name} on articles(seq, {name})")


def _run(db: Database, script: str) -> None:
    # executescript() would commit the migration's transaction, so statements are run one at a time
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m001_sources_and_runs(db: Database) -> None:
    """Sources, and the result of each crawl."""
    _run(
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


@migrations()
def m002_frontier(db: Database) -> None:
    """Every address, when it is due, and what named it."""
    _run(
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


@migrations()
def m003_captures(db: Database) -> None:
    """Records on disk, and their files."""
    _run(
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


@migrations()
def m004_articles(db: Database) -> None:
    """Articles in their current state, their revisions, and the provenance of each field."""
    _run(
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


@migrations()
def m005_full_text(db: Database) -> None:
    """The full-text index over ``articles``; its content is segmented by ``store.fulltext``."""
    # the double quotes matter: other tools recognise content="articles" and offer a search box;
    # Mc and Mn are the vowel signs of Indic and South-East Asian scripts, at which words would otherwise be split
    db.execute(
        """
create virtual table articles_fts using fts5 (
    title, text, authors, marks,
    content="articles", content_rowid="seq",
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mc Mn'", prefix="3"
)"""
    )


@migrations()
def m006_address_keys(db: Database) -> None:
    """Keys that addresses of one article share, so that a variant finds its article; and a source's further hosts."""
    _run(
        db,
        """
create table address_keys (
    key text not null,
    url text not null,
    article_id text not null references articles(id) on delete cascade,
    primary key (key, url)
) strict, without rowid;
create index address_keys_article on address_keys(article_id);
alter table sources add column hosts text not null default '[]'
""",
    )


@migrations()
def m007_extracting_again(db: Database) -> None:
    """Progress of a pass of ``extract``, so that it can be resumed; and an index of redirects by target."""
    _run(
        db,
        """
create table extractions (
    key text primary key,
    captured_at text not null,
    capture_id text not null,
    pages integer not null,
    noted_at text not null
) strict;
create index captures_redirect on captures(redirect_to) where redirect_to is not null
""",
    )


@migrations()
def m008_status(db: Database) -> None:
    """Indexes for the counts of ``status`` and the operators' page, so that no row with a long text is read."""
    db.execute("create index articles_status on articles(source_id, first_captured_at, gone_at, hidden_at)")


@migrations()
def m009_mentions_by_address(db: Database) -> None:
    """Index of mentions by address: every link of a feed or sitemap is looked up."""
    db.execute("create index mentions_url on mentions(url)")


@migrations()
def m010_without_reading_everything(db: Database) -> None:
    """Indexes for a run's start, leases, a feed's links and takedowns, so that no whole table is read."""
    _run(
        db,
        """
create index urls_seeds on urls(source_id, kind) where kind <> 'article';
create index urls_fresh on urls(source_id, coalesce(declared_at, discovered_at) desc, id)
    where kind = 'article' and last_fetched_at is null and next_due is not null;
create index urls_pending on urls(state) where requisites_pending = 1;
create index signals_capture on signals(capture_id) where capture_id is not null
""",
    )


@migrations()
def m011_lost_and_undated(db: Database) -> None:
    """Captures without a date; captures whose bytes are lost, and damaged files that an operator accepted."""
    _may_be_null(db, "captures", "captured_at")
    _run(
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


@migrations()
def m013_bounded_frontier(db: Database) -> None:
    """Limits on what a source's pages name: counts by day, and addresses stored no more often than needed.

    ``mentions`` held three more copies of each address; its contents are also in ``urls``, so it is a view of that.
    """
    _run(
        db,
        """
drop table mentions;
create view mentions as
    select source_id, substr(discovered_at, 1, 10) as day, url, discovered_via as via, discovered_at as first_seen_at
    from urls where kind = 'article';
create index urls_day on urls(substr(discovered_at, 1, 10)) where kind = 'article';
drop index urls_urlkey;
create index urls_urlkey_end on urls(substr(urlkey, -24));
create table intake (
    source_id text not null references sources(id),
    day text not null,
    taken integer not null default 0,
    taken_bytes integer not null default 0,
    left_out integer not null default 0,
    dropped integer not null default 0,
    why text,
    primary key (source_id, day)
) strict, without rowid;
alter table urls add column named integer;
update urls set etag = null, last_modified = null, payload_digest = null where kind <> 'article';
alter table run_sources add column left_out integer not null default 0;
alter table run_sources add column capped text;
alter table sources add column settings text;
alter table sources add column removed_at text
""",
    )


@migrations()
def m014_requisites(db: Database) -> None:
    """Requisites of pages: a style sheet that was captured once belongs to every page that names it.

    The triggers follow ``captures.page_capture_id`` through every insert, update and delete.
    """
    _run(
        db,
        """
create table requisites (
    page_capture_id text not null,
    capture_id text not null,
    primary key (page_capture_id, capture_id)
) strict, without rowid;
insert or ignore into requisites (page_capture_id, capture_id)
    select page_capture_id, id from captures where page_capture_id is not null;
create index requisites_capture on requisites(capture_id);
create trigger requisites_added after insert on captures when new.page_capture_id is not null begin
    insert or ignore into requisites (page_capture_id, capture_id) values (new.page_capture_id, new.id); end;
create trigger requisites_corrected after update of page_capture_id on captures
    when new.page_capture_id is not old.page_capture_id begin
    delete from requisites where page_capture_id = old.page_capture_id and capture_id = old.id; insert or ignore
    into requisites (page_capture_id, capture_id) select new.page_capture_id, new.id
    where new.page_capture_id is not null; end;
create trigger requisites_removed after delete on captures begin
    delete from requisites where page_capture_id = old.id; delete from requisites where capture_id = old.id; end
""",
    )


@migrations()
def m015_kinds_of_seeds(db: Database) -> None:
    """No list of kinds in ``urls``: ``sources.seed_kinds`` has them, and a new one needs no migration."""
    _redeclare(
        db,
        "urls",
        "kind text not null check (kind in ('homepage', 'listing', 'feed', 'sitemap', 'article'))",
        "kind text not null",
    )


@migrations()
def m016_number_of_words(db: Database) -> None:
    """Index by which ``words:>500`` filters without reading the articles' texts."""
    _add_number_index(db, "word_count")


@migrations()
def m018_refreshes(db: Database) -> None:
    """Where the page of a capture leads without a redirect, found with its article."""
    db.execute("alter table captures add column refresh_to text")
    db.execute("create index captures_refresh on captures(refresh_to) where refresh_to is not null")


@migrations()
def m020_history_of_verdicts(db: Database) -> None:
    """Each verdict of ``verify`` and ``repair`` on a WARC, for good; ``warc_files`` has the last one."""
    _run(
        db,
        """
create table verdicts (
    id integer primary key,
    warc_file text not null,
    verified_at text not null,
    verified_by text not null,
    command text not null,
    verdict text not null,
    size integer,
    sha256 text,
    findings integer not null default 0,
    worst text
) strict;
create index verdicts_file on verdicts(warc_file, verified_at)
""",
    )


def _may_be_null(db: Database, table: str, column: str) -> None:
    """Remove NOT NULL from a column."""
    _redeclare(db, table, f"{column} text not null", f"{column} text")


def _redeclare(db: Database, table: str, declared: str, wanted: str) -> None:
    """Declare a column with fewer constraints: at once if SQLite allows it (no stored byte changes); else by a copy.

    Both ways are part of the migration's transaction: one that is interrupted has changed nothing.
    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    (version,) = db.execute("pragma schema_version").fetchone()
    db.execute("pragma writable_schema = on")
    try:
        db.execute(
            "update sqlite_master set sql = replace(sql, ?, ?) where type = 'table' and name = ?",
            [declared, wanted, table],
        )
    except sqlite3.DatabaseError:
        # a build with a protected schema, as on macOS
        db.execute("pragma writable_schema = off")
        _copy_table(db, table, declared, wanted)
    else:
        db.execute(f"pragma schema_version = {version + 1}")
        db.execute("pragma writable_schema = off")


def _copy_table(db: Database, table: str, declared: str, wanted: str) -> None:
    (made,) = db.execute("select sql from sqlite_master where type = 'table' and name = ?", [table]).fetchone()
    beside = db.execute(
        "select sql from sqlite_master where type in ('index', 'trigger') and tbl_name = ? and sql is not null", [table]
    ).fetchall()
    body = made[made.index("(") :].replace(declared, wanted)
    db.execute(f"create table {table}_new {body}")
    db.execute(f"insert into {table}_new select * from {table}")
    # views that name the table mustn't be checked while it is away
    (legacy,) = db.execute("pragma legacy_alter_table").fetchone()
    db.execute("pragma legacy_alter_table = on")
    db.execute(f"drop table {table}")
    db.execute(f"alter table {table}_new rename to {table}")
    db.execute(f"pragma legacy_alter_table = {legacy}")
    for (each,) in beside:
        db.execute(each)
