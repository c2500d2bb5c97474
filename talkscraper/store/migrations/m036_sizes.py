"""Sizes without reading folders: of each index, and of captures by day; captures that retention removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("alter table warc_files add column index_size integer")
    # covers the sums by source and day
    db.execute("drop index captures_time")
    db.execute("create index captures_time on captures(captured_at, source_id, warc_length)")
    db.execute(
        "create table pruned (id text primary key, url text not null, urlkey text not null, captured_at text,"
        " source_id text, rule text not null, pruned_at text not null) strict, without rowid"
    )
    db.execute("create index pruned_urlkey on pruned(urlkey, captured_at)")
