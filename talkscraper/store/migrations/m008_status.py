"""Indexes for the counts of ``status`` and the operators' page, so that no row with a long text is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("create index articles_status on articles(source_id, first_captured_at, gone_at, hidden_at)")
