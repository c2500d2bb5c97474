"""The corrections that a page declares apart from its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store.migrations.changes import add_column

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    add_column(db, "corrections")
