"""A WARC that a later run of the same day continues: what it was when it was last finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("alter table warc_files add column prefix_size integer")
    db.execute("alter table warc_files add column prefix_sha256 text")
