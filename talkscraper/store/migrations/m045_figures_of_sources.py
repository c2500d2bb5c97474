"""Indexes for the figures of sources: their last runs, and how many of their articles are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("create index run_sources_source on run_sources(source_id, run_id)")
    # covers the counts by source; SQLite before 3.42 looks up what only the condition names
    db.execute("drop index articles_gone")
    db.execute(
        "create index articles_gone on articles(gone_at, source_id, hidden_at)"
        " where gone_at is not null and hidden_at is null"
    )
