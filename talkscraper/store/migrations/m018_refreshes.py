"""Where the page of a capture leads without a redirect, found with its article."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("alter table captures add column refresh_to text")
    db.execute("create index captures_refresh on captures(refresh_to) where refresh_to is not null")
