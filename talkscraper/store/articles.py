"""Storage of articles: turns an extraction into rows.

Everything happens in the caller's transaction, and nothing depends on the order in which captures arrive: a look is
stored with its capture, revisions are derived from all looks (``revisions``), and the article's row shows its newest
capture. Storing the same capture twice changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from talkscraper.model import Capture, Extraction
from talkscraper.store import article_events, article_rows, revisions, revisits, takedowns
from talkscraper.store.agencies import wire_agency
from talkscraper.store.article_lookup import find_article, find_by_url
from talkscraper.store.article_rows import article_id_of, row_by_id
from talkscraper.store.article_state import delete_article, settle
from talkscraper.store.content import Content
from talkscraper.store.database import first, iso
from talkscraper.store.identity import remember, resolve
from talkscraper.store.text_values import storable

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
    "mark_gone",
    "settle_again",
    "store_extraction",
    "unhide_article",
]

Outcome = Literal["new", "revised", "unchanged", "not-article", "older", "taken-down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The result of storing an extraction.

    ``older``: the capture is older than the newest one of its article; revisions may have been inserted between others.
    """

    outcome: Outcome
    article_id: str | None = None
    revision_number: int | None = None
    change: str | None = None
    """The kind of change of the last revision, if it is new."""


def store_extraction(
    db: Database,
    capture: Capture,
    extraction: Extraction,
    *,
    source_id: str | None,
    now: datetime,
    until: datetime | None = None,
) -> Stored:
    """Store what was extracted from a capture whose row is already in ``captures``.

    Args:
        db: The archive, in a transaction.
        capture: The capture of the page.
        extraction: The extraction of the page.
        source_id: The source of the article; must be in ``sources`` or None.
        now: The time of storing, for ``indexed_at`` of rows that are new or changed.
        until: The clock's time; a capture that claims a later time doesn't become an article's current state.
    """
    known = first(db, "select article_id from captures where id = ?", [capture.id])
    depth = takedowns.follow(db, capture, extraction)
    if extraction.article is None or depth in ("delete", "rewrite"):
        if known is not None and known["article_id"] is not None:
            _forget_look(db, capture.id, known["article_id"], now)
        if depth in ("delete", "rewrite"):
            # its record stays in the WARC until that is rewritten; no row refers to it
            db.execute("delete from captures where id = ?", [capture.id])
            return Stored(outcome="taken-down")
        _note_page(db, capture, extraction)
        _take_revisits_along(db, capture.id, known, now)
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
        article_rows.insert_bare(
            db, article_id, fields, capture, now, extractor=extraction.extractor, hidden=depth == "hide"
        )
    _note_page(db, capture, extraction, article_id=article_id, content=content)
    _take_revisits_along(db, capture.id, known, now)
    settle(
        db,
        article_id,
        now,
        capture_id=capture.id,
        fields=fields,
        content=content,
        extraction=extraction,
        new=before is None,
        until=until,
    )
    for alias in identity.aliases:
        article_rows.add_alias(db, storable(alias.url), article_id, alias.why, iso(capture.captured_at))
    remember(db, article_id, identity)
    revisits.inherit_all(db, capture, until)

    if before is None:
        return Stored(outcome="new", article_id=article_id, revision_number=1, change=revisions.FIRST)
    after = row_by_id(db, article_id)
    assert after is not None
    grown = after["revision_count"] - before["revision_count"]
    changed = grown != 0 or after["last_changed_at"] != before["last_changed_at"]
    older = newest_before is not None and iso(capture.captured_at) < newest_before
    outcome: Outcome = "older" if older else "revised" if changed else "unchanged"
    change = _last_change(db, article_id) if changed and not older else None
    return Stored(outcome=outcome, article_id=article_id, revision_number=after["revision_count"], change=change)


def mark_gone(db: Database, url: str, *, reason: str, now: datetime, capture_id: str | None = None) -> bool:
    """Mark an article as gone (404, 410, redirect to homepage); its rows stay. Return whether there was one.

    If the article has a capture newer than ``now``, it isn't marked, and the time between is an event.
    ``capture_id`` is the capture that says so.
    """
    article_id = find_by_url(db, url)
    row = None if article_id is None else row_by_id(db, article_id)
    if article_id is None or row is None:
        return False
    values: dict[str, object] = {}
    if row["last_captured_at"] <= iso(now) and (row["gone_at"] is None or row["gone_at"] > iso(now)):
        values |= {"gone_at": iso(now), "gone_reason": storable(reason)}
    if capture_id is not None:
        article_events.note_gone(db, article_id, capture_id)
        values |= article_events.rewrite(db, article_id, revisions.looks_at(db, article_id))
        values |= article_events.summary(db, article_id)
    article_rows.update(db, row, values, now)
    return True


def forget_capture(db: Database, capture_id: str, *, now: datetime) -> None:
    """Remove a capture from its article because its record is gone. An article without captures is removed."""
    row = first(db, "select article_id from captures where id = ?", [capture_id])
    if row is not None and row["article_id"] is not None:
        _forget_look(db, capture_id, row["article_id"], now)


def settle_again(db: Database, article_id: str, *, now: datetime, until: datetime | None = None) -> bool:
    """Update an article's rows from its captures; if none is left, remove it and return False.

    ``until``: as for ``store_extraction``.
    """
    if row_by_id(db, article_id) is None:
        return False
    settle(db, article_id, now, until=until)
    return row_by_id(db, article_id) is not None


def hide_article(db: Database, article_id: str, *, now: datetime) -> bool:
    """Exclude an article from search, exports and counts, but keep its rows. Return False if there was none."""
    row = row_by_id(db, article_id)
    if row is None:
        return False
    if row["hidden_at"] is None:
        article_rows.withdraw(db, row)
        db.execute("update articles set hidden_at = ?, indexed_at = ? where id = ?", [iso(now), iso(now), article_id])
    return True


def unhide_article(db: Database, article_id: str, *, now: datetime) -> bool:
    """Show a hidden article again. Return False if there was none."""
    row = row_by_id(db, article_id)
    if row is None:
        return False
    if row["hidden_at"] is not None:
        db.execute("update articles set hidden_at = null, indexed_at = ? where id = ?", [iso(now), article_id])
        article_rows.publish(db, row)
    return True


def _forget_look(db: Database, capture_id: str, article_id: str, now: datetime) -> None:
    """Detach a capture from its article after a new extraction found none on it, or another one."""
    db.execute(
        "update captures set article_id = null, content_digest = null, content_modified_at = null,"
        " content_truncated = null where id = ?",
        [capture_id],
    )
    settle_again(db, article_id, now=now)


def _take_revisits_along(db: Database, capture_id: str, known: dict[str, Any] | None, now: datetime) -> None:
    """Have the revisits of a capture that was an article's before follow it, and settle what they leave."""
    if known is not None and known["article_id"] is not None:
        for article_id in sorted(revisits.take_along(db, capture_id)):
            settle_again(db, article_id, now=now)


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
        " content_modified_at = ?, content_truncated = ? where id = ?",
        [
            extraction.page_kind.value,
            storable(extraction.reason),
            extraction.extractor,
            article_id,
            content.digest if content else None,
            content.modified_at if content else None,
            1 if content and extraction.article and extraction.article.truncated else None,
            capture.id,
        ],
    )


def hosts_of(db: Database, source_id: str | None) -> tuple[str, ...]:
    """Return the hosts of a source; canonical addresses between these are accepted."""
    from talkscraper.urls.canonical import host_of

    if source_id is None:
        return ()
    row = db.execute("select homepage, hosts from sources where id = ?", [source_id]).fetchone()
    return (host_of(row[0]), *json.loads(row[1])) if row and row[0] else ()


def _last_change(db: Database, article_id: str) -> str:
    row = db.execute(
        "select change from revisions where article_id = ? order by number desc limit 1", [article_id]
    ).fetchone()
    return str(row[0])
