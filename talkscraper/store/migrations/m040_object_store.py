"""WARCs that lie in an object store, and the objects that the archive has put into stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("alter table warc_files add column location text")
    db.execute("alter table warc_files add column location_etag text")
    db.execute(
        "create table stored_objects (location text primary key, warc_file text not null, sha256 text not null,"
        " stored_at text not null, unwanted_since text) strict, without rowid"
    )
    db.execute("create index stored_objects_warc_file on stored_objects(warc_file)")
