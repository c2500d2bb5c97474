"""Free parts of paywalled articles: apart from full texts in counts, never the head where a full text is known.

The looks of articles that are stored as truncated are marked. The words of the filters ``access:`` and ``truncated:``
come into the index with ``m037_folded_index``.
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
alter table captures add column content_truncated integer;
alter table article_days add column truncated integer not null default 0;
update captures set content_truncated = 1
 where article_id in (select id from articles where truncated = 1) and content_digest is not null;
update article_days set
 articles = articles - (select count(*) from articles a where a.hidden_at is null and a.truncated = 1
  and coalesce(a.source_id, '') = article_days.source_id and a.day = article_days.day),
 truncated = (select count(*) from articles a where a.hidden_at is null and a.truncated = 1
  and coalesce(a.source_id, '') = article_days.source_id and a.day = article_days.day)
 where exists (select 1 from articles a where a.truncated = 1 and a.day = article_days.day)
""",
    )
