"""What the operator was told of each source, so that a change is told once, also after a restart."""

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
create table notifications (
    channel text not null,
    source_id text not null,
    told text not null,
    told_at text,
    state text not null,
    state_since text not null,
    changes integer not null default 0,
    primary key (channel, source_id)
) strict
""",
    )
