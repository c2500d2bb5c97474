"""Articles in and out: what an extraction becomes in the database.

Everything happens in the caller's transaction, and nothing depends on the order in which captures arrive: a look is
noted at its capture, revisions are told from all looks (``revisions``), and the row of the article shows its newest
capture. The same capture stored twice changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from talkscraper.model import Capture, Extraction
from talkscraper.store import article_rows, clusters, revisions, takedowns
from talkscraper.store.article_rows import article_id_of, row_by_id
from talkscraper.store.content import Content, says_modified
from talkscraper.store.database import first, from_iso, iso
from talkscraper.store.finding import find_article, find_by_url
from talkscraper.store.identity import remember, resolve
from talkscraper.store.strings import storable
from talkscraper.store.wire import wire_agency

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = [
    "Outcome",
    "Stored",
    "article_id_of",
    "delete_article",
    "find_article",
    "forget_capture",
    "hide_article",
    "hosts_of",
    "look_again",
    "mark_gone",
    "settle_again",
    "store_extraction",
    "unhide_article",
]

Outcome = Literal["new", "revised", "unchanged", "not-article", "older", "taken-down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of an extraction.

    ``older``: the capture lies before the newest one of its article; revisions may have come between others.
    """

    outcome: Outcome
    article_id: str | None = None
    revision_number: int | None = None
    change: str | None = None
    """The kind of change of the last revision, when it is new."""


def store_extraction(
    db: Database, capture: Capture, extraction: Extraction, *, source_id: str | None, now: datetime
) -> Stored:
    """Store what was extracted from a capture whose row is in ``captures`` already.

    Args:
        db: The archive, in a transaction.
        capture: Where the page came from.
        extraction: What it holds.
        source_id: The newsroom it belongs to; must be in ``sources`` or None.
        now: When this happens: ``indexed_at`` of rows that are new or changed.
    """
    known = first(db, "select * from captures where id = ?", [capture.id])
    depth = takedowns.follow(db, capture, extraction)
    if extraction.article is None or depth in ("delete", "rewrite"):
        if known is not None and known["article_id"] is not None:
            _forget_look(db, capture.id, known["article_id"], now)
        if depth in ("delete", "rewrite"):
            # its record stays in the WARC until that is rewritten; no row leads there
            db.execute("delete from captures where id = ?", [capture.id])
            return Stored(outcome="taken-down")
        _note_page(db, capture, extraction)
        return Stored(outcome="not-article")

    identity = resolve(db, capture, extraction, source_hosts=hosts_of(db, source_id))
    url = storable(identity.article_url)
    article_id = article_id_of(url)
    content = Content.of(extraction.article)
    if known is not None and known["article_id"] not in (None, article_id):
        _forget_look(db, capture.id, known["article_id"], now)
    before = row_by_id(db, article_id)
    newest_before = before["last_captured_at"] if before else None

    fields = article_rows.fields_of(extraction, content, url=url, source_id=source_id)
    fields["wire_agency"] = wire_agency(extraction.article)
    if before is None:
        article_rows.insert_bare(db, article_id, fields, capture, now, hidden=depth == "hide")
    _note_page(db, capture, extraction, article_id=article_id, content=content)
    _settle(
        db,
        article_id,
        now,
        capture_id=capture.id,
        fields=fields,
        content=content,
        extraction=extraction,
        new=before is None,
    )
    for alias in identity.aliases:
        article_rows.add_alias(db, storable(alias.url), article_id, alias.why, iso(capture.captured_at))
    remember(db, article_id, identity)
    revisions.inherit_all(db, capture)

    after = row_by_id(db, article_id)
    assert after is not None
    if before is None:
        return Stored(outcome="new", article_id=article_id, revision_number=1, change=revisions.FIRST)
    grown = after["revision_count"] - before["revision_count"]
    changed = grown != 0 or after["last_changed_at"] != before["last_changed_at"]
    older = newest_before is not None and iso(capture.captured_at) < newest_before
    outcome: Outcome = "older" if older else "revised" if changed else "unchanged"
    change = _last_change(db, article_id) if changed and not older else None
    return Stored(outcome=outcome, article_id=article_id, revision_number=after["revision_count"], change=change)


def look_again(db: Database, revisit: dict[str, Any], original: dict[str, Any]) -> None:
    """A revisit record (a row of ``captures``) stands for ``original``: one more look at the same content.

    Of both rows only the columns that a look is made of are used (``revisions.LOOK``).
    """
    db.execute(
        "update captures set page_kind = ?, page_reason = ?, article_id = ?, extractor = ?, content_digest = ?,"
        " content_modified_at = ? where id = ?",
        [
            original["page_kind"],
            original["page_reason"],
            original["article_id"],
            original["extractor"],
            original["content_digest"],
            original["content_modified_at"],
            revisit["id"],
        ],
    )
    article_id, moment = original["article_id"], revisit["captured_at"]
    article = first(
        db,
        "select a.indexed_at, a.last_captured_at, r.content_digest, r.modified_at from articles a"
        " left join revisions r on r.article_id = a.id and r.number = a.revision_count where a.id = ?",
        [article_id],
    )
    if article is None:
        return
    if (
        moment > article["last_captured_at"]
        and article["content_digest"] == original["content_digest"]
        and not says_modified(article["modified_at"], original["content_modified_at"], moment)
    ):
        # the newest look shows what the last revision holds: nothing but its time is new, however many looks there are
        db.execute(
            "update articles set last_captured_at = ?,"
            " gone_reason = case when gone_at < ? then null else gone_reason end,"
            " gone_at = case when gone_at < ? then null else gone_at end where id = ?",
            [moment, moment, moment, article_id],
        )
        return
    _settle(db, article_id, max(from_iso(moment), from_iso(article["indexed_at"])))


def mark_gone(db: Database, url: str, *, reason: str, now: datetime) -> bool:
    """The page of an article is gone (404, 410, front page instead); the article stays. True when there was one.

    A capture of the article that is newer than ``now`` proves the contrary, and nothing is noted.
    """
    article_id = find_by_url(db, url)
    if article_id is None:
        return False
    db.execute(
        "update articles set gone_at = ?, gone_reason = ? where id = ? and last_captured_at <= ?"
        " and (gone_at is null or gone_at > ?)",
        [iso(now), storable(reason), article_id, iso(now), iso(now)],
    )
    return True


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


def forget_capture(db: Database, capture_id: str, *, now: datetime) -> None:
    """A capture is no look at its article any more: its record is gone. An article without looks is removed."""
    row = first(db, "select article_id from captures where id = ?", [capture_id])
    if row is not None and row["article_id"] is not None:
        _forget_look(db, capture_id, row["article_id"], now)


def settle_again(db: Database, article_id: str, *, now: datetime) -> bool:
    """Bring an article's rows in line with its captures; one that none of them shows is removed, and then False."""
    if row_by_id(db, article_id) is None:
        return False
    _settle(db, article_id, now)
    return row_by_id(db, article_id) is not None


def hide_article(db: Database, article_id: str, *, now: datetime) -> bool:
    """Take an article out of search, exports and counts, and keep its rows. False when there was none."""
    row = row_by_id(db, article_id)
    if row is None:
        return False
    if row["hidden_at"] is None:
        article_rows.withdraw(db, row)
        db.execute("update articles set hidden_at = ?, indexed_at = ? where id = ?", [iso(now), iso(now), article_id])
    return True


def unhide_article(db: Database, article_id: str, *, now: datetime) -> bool:
    """Show a hidden article again. False when there was none."""
    row = row_by_id(db, article_id)
    if row is None:
        return False
    if row["hidden_at"] is not None:
        db.execute("update articles set hidden_at = null, indexed_at = ? where id = ?", [iso(now), article_id])
        article_rows.publish(db, row)
    return True


def _settle(
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


def _forget_look(db: Database, capture_id: str, article_id: str, now: datetime) -> None:
    """A capture was read as an article and isn't one, or is another one's, after a new extraction."""
    db.execute(
        "update captures set article_id = null, content_digest = null, content_modified_at = null where id = ?",
        [capture_id],
    )
    if row_by_id(db, article_id) is not None:
        _settle(db, article_id, now)


def _note_page(
    db: Database,
    capture: Capture,
    extraction: Extraction,
    *,
    article_id: str | None = None,
    content: Content | None = None,
) -> None:
    db.execute(
        "update captures set page_kind = ?, page_reason = ?, extractor = ?, article_id = ?, content_digest = ?,"
        " content_modified_at = ? where id = ?",
        [
            extraction.page_kind.value,
            storable(extraction.reason),
            extraction.extractor,
            article_id,
            content.digest if content else None,
            content.modified_at if content else None,
            capture.id,
        ],
    )


def hosts_of(db: Database, source_id: str | None) -> tuple[str, ...]:
    """The hosts of a source, between which canonical addresses are believed."""
    from talkscraper.urls import host_of

    if source_id is None:
        return ()
    row = db.execute("select homepage, hosts from sources where id = ?", [source_id]).fetchone()
    return (host_of(row[0]), *json.loads(row[1])) if row and row[0] else ()


def _last_change(db: Database, article_id: str) -> str:
    row = db.execute(
        "select change from revisions where article_id = ? order by number desc limit 1", [article_id]
    ).fetchone()
    return str(row[0])
