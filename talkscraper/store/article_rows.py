"""Rows of articles with what depends on them: sequence number, count of the day, full-text index, details.

``articles.seq`` is the row number in the full-text index and encodes time (``row_numbers``), so that neither "newest
first" nor a range of days needs sorting at a million articles.
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from talkscraper.fields import PAGE_FIELDS
from talkscraper.model import Capture, Extraction, Precision
from talkscraper.store import clusters, fulltext
from talkscraper.store.content import Content
from talkscraper.store.database import first, iso
from talkscraper.store.row_numbers import PER_DAY, SLOTS, day_number
from talkscraper.store.text_values import storable

if TYPE_CHECKING:
    from sqlite_utils import Database

CONTENT_COLUMNS = ("title", "authors", "text", "text_digest", "word_count")
"""Columns shared by the article's row and its last revision."""

_INDEXED = ("seq", "title", "text", "authors", "marks")


def article_id_of(url: str) -> str:
    """Return the id of the article with this canonical URL: the same in every archive."""
    return sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def row_by_id(db: Database, article_id: str) -> dict[str, Any] | None:
    """Return the row of an article; None if there is none."""
    return first(db, "select * from articles where id = ?", [article_id])


def fields_of(extraction: Extraction, content: Content, *, url: str, source_id: str | None) -> dict[str, Any]:
    """Return the columns of ``articles`` derived from one capture of the page."""
    article = extraction.article
    assert article is not None
    return {
        **{each.name: _stored(getattr(article, each.name)) for each in PAGE_FIELDS},
        "source_id": source_id,
        "url": url,
        "title": content.title,
        "authors": content.authors,
        "author_kinds": json.dumps([author.kind.value for author in article.authors]),
        "published_at": content.published_at,
        "published_precision": content.published_precision,
        "published_day": article.published.day.isoformat() if article.published else None,
        "published_offset": article.published.offset_minutes if article.published else None,
        "modified_at": content.modified_at,
        "text": content.text,
        "text_digest": content.text_digest,
        "word_count": content.word_count,
        "access": article.access.value if article.access else None,
        "truncated": int(article.truncated),
        "page_kind": extraction.page_kind.value,
        "headlines": json.dumps(
            [{"value": storable(each.value), "rule": storable(each.rule)} for each in article.headlines],
            ensure_ascii=False,
        ),
    }


def insert_bare(
    db: Database,
    article_id: str,
    fields: dict[str, Any],
    capture: Capture,
    now: datetime,
    *,
    extractor: str,
    hidden: bool,
) -> None:
    """Insert a new article before its revisions; in the index and the day's count unless it is hidden."""
    moment = iso(capture.captured_at)
    row: dict[str, Any] = {
        **fields,
        "id": article_id,
        "first_captured_at": moment,
        "last_captured_at": moment,
        "last_changed_at": moment,
        "indexed_at": iso(now),
        "revision_count": 1,
        "capture_id": capture.id,
        "extractor": extractor,
        "hidden_at": iso(now) if hidden else None,
        "wire_agency": None,
        "gone_at": None,
        "change_kinds": "[]",
        "revised_days": "[]",
    }
    row |= fields
    row |= _derived(row)
    row["seq"] = _free_seq(db, row)
    db.execute(f"insert into articles ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))
    if not hidden:
        publish(db, row)


def update(db: Database, row: dict[str, Any], values: dict[str, Any], now: datetime) -> bool:
    """Set a row and its dependents to ``values``. Return whether its text changed."""
    new = {**row, **values}
    if new["source_id"] is None:
        new["source_id"] = row["source_id"]
    if new["published_precision"] == Precision.HOUR and row["published_precision"] == Precision.HOUR:
        # relative dates ("3 hours ago"): the first capture was the most precise
        earliest = min(row["published_at"], new["published_at"])
        new["published_at"] = earliest
    new |= _derived(new)
    if _place(new) != _place(row):
        new["seq"] = _free_seq(db, new)
    changed = {name: new[name] for name in new if new[name] != row[name]}
    if not changed:
        return False
    if changed.keys() & {"text_digest", "title", "authors", "published_at", "revision_count"}:
        changed["indexed_at"] = new["indexed_at"] = iso(now)
    shown = row["hidden_at"] is None
    reindex = shown and any(name in changed for name in _INDEXED)
    recount = shown and (changed.keys() & {"source_id", "day", "truncated"})
    if reindex:
        fulltext.unindex(db, row)
    if recount:
        _count(db, row, -1)
    db.execute(
        f"update articles set {', '.join(f'{name} = ?' for name in changed)} where id = ?",
        [*changed.values(), row["id"]],
    )
    if reindex:
        fulltext.index(db, new)
    if recount:
        _count(db, new, 1)
    return "text_digest" in changed


def publish(db: Database, row: dict[str, Any]) -> None:
    """Add an article to the index and to the count of its day."""
    fulltext.index(db, row)
    _count(db, row, 1)


def withdraw(db: Database, row: dict[str, Any]) -> None:
    """Remove an article from the index and from the count of its day."""
    fulltext.unindex(db, row)
    _count(db, row, -1)


def remove(db: Database, row: dict[str, Any]) -> None:
    """Delete an article's rows everywhere; its captures no longer refer to it."""
    if row["hidden_at"] is None:
        withdraw(db, row)
    for table in ("revision_rows", "images", "provenance", "aliases", "article_events"):
        db.execute(f"delete from {table} where article_id = ?", [row["id"]])
    clusters.forget(db, row["id"])
    db.execute("delete from articles where id = ?", [row["id"]])
    db.execute("update captures set gone_article_id = null where gone_article_id = ?", [row["id"]])
    db.execute(
        "update captures set article_id = null, content_digest = null, content_modified_at = null,"
        " content_truncated = null where article_id = ?",
        [row["id"]],
    )


def replace_details(db: Database, article_id: str, extraction: Extraction) -> None:
    """Replace images and provenance by those of the newest capture."""
    article = extraction.article
    assert article is not None
    db.execute("delete from images where article_id = ?", [article_id])
    db.conn.executemany(
        "insert into images (article_id, position, url, alt, caption, credit) values (?, ?, ?, ?, ?, ?)",
        [
            (article_id, at, storable(each.url), storable(each.alt), storable(each.caption), storable(each.credit))
            for at, each in enumerate(article.images)
        ],
    )
    db.execute("delete from provenance where article_id = ?", [article_id])
    db.conn.executemany(
        "insert into provenance (article_id, field, value, rule, rivals) values (?, ?, ?, ?, ?) on conflict do nothing",
        [
            (
                article_id,
                storable(each.field),
                storable(each.value),
                storable(each.rule),
                json.dumps(
                    [{"value": storable(rival.value), "rule": storable(rival.rule)} for rival in each.rivals],
                    ensure_ascii=False,
                )
                if each.rivals
                else "[]",
            )
            for each in extraction.provenance
        ],
    )


def add_alias(db: Database, url: str, article_id: str, why: str, seen_at: str) -> None:
    """Add another address of an article, with the reason and the earliest day; an address belongs to one article."""
    db.execute(
        "insert into aliases (url, article_id, why, first_seen_at) values (?, ?, ?, ?)"
        " on conflict (url) do update set why = excluded.why, first_seen_at = excluded.first_seen_at"
        " where article_id = excluded.article_id"
        " and (first_seen_at, why) > (excluded.first_seen_at, excluded.why)",
        [url, article_id, storable(why), seen_at],
    )


def _derived(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "day": row["published_day"] or row["first_captured_at"][:10],
        "marks": fulltext.marks_of(row),
    }


def _place(row: dict[str, Any]) -> int:
    """Return the first row number of the article's minute."""
    if row["published_day"] is None:
        moment = row["first_captured_at"]
        minute = int(moment[11:13]) * 60 + int(moment[14:16])
    elif row["published_precision"] in (Precision.SECOND, Precision.MINUTE, Precision.HOUR):
        moment = row["published_at"]
        minute = (int(moment[11:13]) * 60 + int(moment[14:16]) + (row["published_offset"] or 0)) % 1440
    else:
        minute = 0
    return (day_number(row["day"]) * 1440 + minute) * SLOTS


def _free_seq(db: Database, row: dict[str, Any]) -> int:
    place = _place(row)
    end = (place // PER_DAY + 1) * PER_DAY
    start = place
    while start < end:
        taken = db.execute(
            "select max(seq) from articles where seq >= ? and seq < ?", [start, start + SLOTS]
        ).fetchone()[0]
        if taken is None:
            return start
        if taken + 1 < start + SLOTS:
            return int(taken) + 1
        start += SLOTS
    # a day without free row numbers after this minute: any free number of that day, or else the next one at all
    begin = end - PER_DAY
    free = db.execute(
        "select min(seq) + 1 from articles a where seq >= ? and not exists"
        " (select 1 from articles b where b.seq = a.seq + 1)",
        [begin],
    ).fetchone()[0]
    return int(free)


def _count(db: Database, row: dict[str, Any], by: int) -> None:
    full, part = (0, by) if row["truncated"] else (by, 0)
    db.execute(
        "insert into article_days (source_id, day, articles, truncated) values (?, ?, ?, ?)"
        " on conflict (source_id, day) do update"
        " set articles = articles + excluded.articles, truncated = truncated + excluded.truncated",
        [row["source_id"] or "", row["day"], full, part],
    )
    db.execute(
        "delete from article_days where source_id = ? and day = ? and articles <= 0 and truncated <= 0",
        [row["source_id"] or "", row["day"]],
    )


def _stored(value: str | int | tuple[str, ...] | None) -> str | int | None:
    """Return a field of a page as its column holds it."""
    if isinstance(value, tuple):
        return json.dumps([storable(each) for each in value], ensure_ascii=False)
    return storable(value) if isinstance(value, str) else value
