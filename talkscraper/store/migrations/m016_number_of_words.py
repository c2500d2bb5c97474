"""Index by which ``words:>500`` filters without reading the articles' texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store.migrations.changes import add_number_index

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    add_number_index(db, "word_count")
