"""Indexes for a run's start, leases, a feed's links and takedowns, so that no whole table is read."""

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
create index urls_seeds on urls(source_id, kind) where kind <> 'article';
create index urls_fresh on urls(source_id, coalesce(declared_at, discovered_at) desc, id)
    where kind = 'article' and last_fetched_at is null and next_due is not null;
create index urls_pending on urls(state) where requisites_pending = 1;
create index signals_capture on signals(capture_id) where capture_id is not null
""",
    )
