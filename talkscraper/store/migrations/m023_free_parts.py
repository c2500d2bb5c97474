"""Free parts of paywalled articles: apart from full texts in counts, never the head where a full text is known.

The looks of articles that are stored as truncated are marked, and their words in the full-text index written again,
with those of the filters ``access:`` and ``truncated:``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store import fulltext
from talkscraper.store.database import select
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
update articles set simhash = null where truncated = 1 and cluster_id is null;
update article_days set
 articles = articles - (select count(*) from articles a where a.hidden_at is null and a.truncated = 1
  and coalesce(a.source_id, '') = article_days.source_id and a.day = article_days.day),
 truncated = (select count(*) from articles a where a.hidden_at is null and a.truncated = 1
  and coalesce(a.source_id, '') = article_days.source_id and a.day = article_days.day)
 where exists (select 1 from articles a where a.truncated = 1 and a.day = article_days.day)
""",
    )
    ids = [row["id"] for row in select(db, "select id from articles where access is not null or truncated = 1")]
    for article_id in ids:
        row = next(iter(select(db, "select * from articles where id = ?", [article_id])))
        words = [fulltext.mark("access", row["access"])] if row["access"] else []
        words += [fulltext.mark("cut", "1")] if row["truncated"] else []
        marks = " ".join([row["marks"], *words])
        if row["hidden_at"] is None:
            fulltext.unindex(db, row)
        db.execute("update articles set marks = ? where id = ?", [marks, article_id])
        if row["hidden_at"] is None:
            fulltext.index(db, {**row, "marks": marks})
