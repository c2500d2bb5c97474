"""No list of kinds in ``urls``: ``sources.seed_kinds`` has them, and a new one needs no migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store.migrations.changes import redeclare

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    redeclare(
        db,
        "urls",
        "kind text not null check (kind in ('homepage', 'listing', 'feed', 'sitemap', 'article'))",
        "kind text not null",
    )
