"""Index of mentions by address: every link of a feed or sitemap is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("create index mentions_url on mentions(url)")
