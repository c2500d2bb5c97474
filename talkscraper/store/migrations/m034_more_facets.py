"""Facets and exact filters of names in bylines, tags, agencies, access and kinds; lists of what changed and is gone.

The words of the exact filters come into the index with ``m037_folded_index``.
"""

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
drop index articles_facets;
create index articles_facets on articles(
 seq, source_id, authors, language, section, tags, access, page_kind, wire_agency);
create index articles_changed on articles(last_changed_at) where revision_count > 1 and hidden_at is null;
create index articles_gone on articles(gone_at) where gone_at is not null and hidden_at is null
""",
    )
