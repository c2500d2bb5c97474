"""Each verdict of ``verify`` and ``repair`` on a WARC, for good; ``warc_files`` has the last one."""

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
