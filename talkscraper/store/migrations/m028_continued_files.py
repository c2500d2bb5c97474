"""WARCs that a later run of the same day continues: what was finished; WARCs that were joined: into which."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("alter table warc_files add column prefix_size integer")
    db.execute("alter table warc_files add column prefix_sha256 text")
    db.execute(
        "create table joined_files (name text primary key, joined_into text not null, joined_offset integer not null,"
        " size integer not null, sha256 text not null, joined_at text not null) strict"
    )
    db.execute("create index joined_files_into on joined_files(joined_into)")
