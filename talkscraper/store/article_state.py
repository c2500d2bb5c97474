"""Updates of an article's row from its captures, and its removal when none is left."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from talkscraper.model import Extraction
from talkscraper.store import article_events, article_rows, clusters, revisions
from talkscraper.store.article_rows import row_by_id
from talkscraper.store.content import Content
from talkscraper.store.database import latest

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
    until: datetime | None = None,
) -> None:
    """Update the rows of an article from its looks; ``fields`` are those of the look ``capture_id``.

    A capture that claims a time after ``until`` isn't counted as a look beside one that doesn't, since it would hide
    every
    later one; it is treated as a page that wasn't read yet. An article without any other capture keeps it until there
    is
    one.
    """
    looks = revisions.looks_at(db, article_id)
    if until is not None:
        looks = _without_future(db, article_id, looks, until)
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
        "truncated": int(all(look.truncated for look in looks)),
        "first_captured_at": looks[0].captured_at,
        "last_captured_at": looks[-1].captured_at,
        "last_changed_at": last["captured_at"],
        "revision_count": head.number,
        "capture_id": holds,
        "extractor": next(look.extractor for look in looks if look.capture_id == holds),
    }
    if row["gone_at"] is not None and looks[-1].captured_at > row["gone_at"]:
        values |= {"gone_at": None, "gone_reason": None}
    values |= article_events.rewrite(db, article_id, looks)
    values |= article_events.summary(db, article_id)
    completed = values["truncated"] != row["truncated"]
    text_changed = article_rows.update(db, row, values, now)
    if shows and extraction is not None:
        article_rows.replace_details(db, article_id, extraction)
    if text_changed or new or completed:
        clusters.place(db, article_id)


def _without_future(db: Database, article_id: str, looks: list[revisions.Look], now: datetime) -> list[revisions.Look]:
    limit = latest(now)
    if not looks or looks[-1].captured_at <= limit or looks[0].captured_at > limit:
        return looks
    db.execute(
        f"update captures set {revisions.NOT_READ} where article_id = ? and captured_at > ?",
        [article_id, limit],
    )
    return [look for look in looks if look.captured_at <= limit]


def delete_article(db: Database, article_id: str) -> bool:
    """Delete an article with all its revisions, images, provenance, aliases and words in the index.

    Its captures stay and refer to no article. Return False if there was none.
    """
    row = row_by_id(db, article_id)
    if row is None:
        return False
    article_rows.remove(db, row)
    clusters.left(db, row["cluster_id"])
    return True
