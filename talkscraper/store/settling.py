"""The row of an article brought in line with its looks, and removed when none is left."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from talkscraper.model import Extraction
from talkscraper.store import article_rows, clusters, revisions
from talkscraper.store.article_rows import row_by_id
from talkscraper.store.content import Content

if TYPE_CHECKING:
    from sqlite_utils import Database


def settle(
    db: Database,
    article_id: str,
    now: datetime,
    *,
    capture_id: str | None = None,
    fields: dict[str, Any] | None = None,
    content: Content | None = None,
    extraction: Extraction | None = None,
    new: bool = False,
) -> None:
    """Bring the rows of an article in line with its looks; ``fields`` are those of the look ``capture_id``."""
    looks = revisions.looks_at(db, article_id)
    row = row_by_id(db, article_id)
    assert row is not None
    head = revisions.rewrite(db, article_id, looks, content)
    if head is None:
        delete_article(db, article_id)
        return
    last = revisions.numbered(db, article_id, head.number)
    read = revisions.newest_read(db, article_id)
    shows = fields if fields is not None and read in (capture_id, None) else {}
    holds = revisions.newest_read(db, article_id, last["content_digest"]) or last["capture_id"]
    values: dict[str, Any] = {
        **shows,
        **{name: last[name] for name in article_rows.CONTENT_COLUMNS},
        "first_captured_at": looks[0].captured_at,
        "last_captured_at": looks[-1].captured_at,
        "last_changed_at": last["captured_at"],
        "revision_count": head.number,
        "capture_id": holds,
        "extractor": next(look.extractor for look in looks if look.capture_id == holds),
    }
    if row["gone_at"] is not None and looks[-1].captured_at > row["gone_at"]:
        values |= {"gone_at": None, "gone_reason": None}
    text_changed = article_rows.update(db, row, values, now)
    if shows and extraction is not None:
        article_rows.replace_details(db, article_id, extraction)
    if text_changed or new:
        clusters.place(db, article_id)


def delete_article(db: Database, article_id: str) -> bool:
    """Remove an article with all its revisions, images, provenance, aliases and words in the index.

    Its captures stay and know of no article any more. False when there was none.
    """
    row = row_by_id(db, article_id)
    if row is None:
        return False
    article_rows.remove(db, row)
    clusters.left(db, row["cluster_id"])
    return True
