"""Progress of a pass of ``extract``, so that it can be resumed; and an index of redirects by target."""

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
