"""Limits on what a source's pages name: counts by day, and addresses stored no more often than needed.

``mentions`` held three more copies of each address; its contents are also in ``urls``, so it is a view of that.
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
