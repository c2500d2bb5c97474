"""Revisit records as looks: each counts as a look at the content of its original."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talkscraper.store.article_state import settle
from talkscraper.store.content import says_modified
from talkscraper.store.database import first, from_iso, latest, select
from talkscraper.store.revisions import LOOK_COLUMNS
from talkscraper.store.text_values import storable

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from talkscraper.model import Capture

LOOK = ", ".join(LOOK_COLUMNS)
"""The columns that a revisit copies from its original."""
_COPY = f"update captures set {' = ?, '.join(LOOK_COLUMNS)} = ? where id = ?"


def inherit(db: Database, capture_id: str, until: datetime | None = None) -> None:
    """Count a revisit record as a look at the article of its original, if that is known.

    ``until``: given for imported records; one that claims a later time isn't counted.
    """
    row = first(
        db,
        "select id, article_id, captured_at, payload_digest, record_type, refers_to, urlkey from captures where id = ?",
        [capture_id],
    )
    if row is None or row["article_id"] is not None or row["captured_at"] is None:
        return
    if until is not None and row["captured_at"] > latest(until):
        return
    original = _original(db, row)
    if original is not None:
        look_again(db, row, original)


def inherit_all(db: Database, original: Capture, until: datetime | None) -> None:
    """Do so for every revisit that waits for ``original``: an import may meet them in any order."""
    if original.payload_digest is None:
        return
    waiting = select(
        db,
        "select id from captures where payload_digest = ? and record_type = 'revisit' and article_id is null"
        " and urlkey = ?",
        [storable(original.payload_digest), storable(original.urlkey)],
    )
    for row in list(waiting):
        inherit(db, row["id"], until)


def take_along(db: Database, capture_id: str) -> set[str]:
    """Make the revisits of a capture that was extracted again looks at what it shows now.

    Return the articles that they showed before and don't any more; neither these nor the new one are settled here.
    """
    original = first(db, f"select id, urlkey, payload_digest, {LOOK} from captures where id = ?", [capture_id])
    if original is None:
        return set()
    rows = select(
        db,
        f"select id, {LOOK} from captures where urlkey = ? and record_type = 'revisit' and article_id is not null"
        " and (refers_to = ? or (payload_digest = ? and not exists (select 1 from captures o"
        " where o.id = captures.refers_to and o.record_type <> 'revisit')))",
        [original["urlkey"], capture_id, original["payload_digest"]],
    )
    now = [original[name] for name in LOOK_COLUMNS]
    changed = [row for row in rows if [row[name] for name in LOOK_COLUMNS] != now]
    db.conn.executemany(_COPY, [[*now, row["id"]] for row in changed])
    return {row["article_id"] for row in changed} - {original["article_id"]}


def _original(db: Database, revisit: dict[str, Any]) -> dict[str, Any] | None:
    looked = "article_id is not null and content_digest is not null and urlkey = ?"
    if revisit["refers_to"]:
        found = first(
            db, f"select {LOOK} from captures where id = ? and {looked}", [revisit["refers_to"], revisit["urlkey"]]
        )
        if found is not None:
            return found
    if revisit["payload_digest"] is None:
        return None
    return first(
        db,
        f"select {LOOK} from captures where payload_digest = ? and {looked} and id <> ?"
        " order by captured_at desc, id desc limit 1",
        [revisit["payload_digest"], revisit["urlkey"], revisit["id"]],
    )


def look_again(db: Database, revisit: dict[str, Any], original: dict[str, Any]) -> None:
    """Store a revisit record (a row of ``captures``) as another look at the content of ``original``.

    Only the columns of a look are read from both rows (``LOOK``).
    """
    db.execute(_COPY, [*(original[name] for name in LOOK_COLUMNS), revisit["id"]])
    article_id, moment = original["article_id"], revisit["captured_at"]
    article = first(
        db,
        "select a.indexed_at, a.last_captured_at, a.gone_at, r.content_digest, r.modified_at from articles a"
        " left join revisions r on r.article_id = a.id and r.number = a.revision_count where a.id = ?",
        [article_id],
    )
    if article is None:
        return
    if (
        revisit["record_type"] == "revisit"
        and article["gone_at"] is None
        and moment > article["last_captured_at"]
        and article["content_digest"] == original["content_digest"]
        and not says_modified(article["modified_at"], original["content_modified_at"], moment)
    ):
        # the newest look shows the content of the last revision, and a revisit has no bytes of its own to show: only
        # its time is new, however many looks there are
        db.execute("update articles set last_captured_at = ? where id = ?", [moment, article_id])
        return
    settle(db, article_id, max(from_iso(moment), from_iso(article["indexed_at"])))
