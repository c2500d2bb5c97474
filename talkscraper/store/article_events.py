"""When articles were gone and when they were back: events, derived from captures in the order of their times.

A notice is a capture that says that an article is gone (``captures.gone_article_id``). The first notice after a look
(``revisions``) is the event ``gone``, the first look after a notice is ``back``, so the order in which captures arrive
makes no difference.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from talkscraper.fields import CHANGE_KINDS, by_significance
from talkscraper.store.database import select
from talkscraper.store.revisions import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

_COLUMNS = "article_id, at, kind, capture_id, reason"
MAX_DAYS = 400
"""Maximum number of days of revisions that an article's row has; the newest."""


def note_gone(db: Database, article_id: str, capture_id: str) -> None:
    """Store that a capture says that an article is gone."""
    db.execute("update captures set gone_article_id = ? where id = ?", [article_id, capture_id])


def rewrite(db: Database, article_id: str, looks: Sequence[Look]) -> dict[str, Any]:
    """Update ``article_events`` of an article from its notices and its looks, in the order of capture.

    Return ``gone_at`` and ``gone_reason``; nothing for an article without notices.
    """
    notices = db.execute(
        "select captured_at, id, status from captures where gone_article_id = ? and captured_at is not null",
        [article_id],
    ).fetchall()
    wanted = [] if not notices else _events(article_id, looks, notices)
    rows = db.execute(f"select {_COLUMNS} from article_events where article_id = ? order by at, kind", [article_id])
    known = [tuple(row) for row in rows.fetchall()]
    wanted.sort(key=lambda event: event[1:3])
    if known != wanted:
        db.execute("delete from article_events where article_id = ?", [article_id])
        db.conn.executemany(
            f"insert into article_events ({_COLUMNS}) values (?, ?, ?, ?, ?) on conflict do nothing",
            wanted,
        )
    if not notices:
        return {}
    gone = bool(wanted) and wanted[-1][2] == "gone"
    return {"gone_at": wanted[-1][1] if gone else None, "gone_reason": wanted[-1][4] if gone else None}


def summary(db: Database, article_id: str) -> dict[str, Any]:
    """Return the columns of ``articles`` that say how an article changed: ``change_kinds``, ``revised_days``."""
    kinds: set[str] = set()
    days: set[str] = set()
    for row in select(db, "select captured_at, kinds from revisions where article_id = ? and number > 1", [article_id]):
        kinds.update(json.loads(row["kinds"]))
        days.add(row["captured_at"][:10])
    kinds.update(
        row["kind"] for row in select(db, "select kind from article_events where article_id = ?", [article_id])
    )
    return {
        "change_kinds": json.dumps(by_significance(kinds.intersection(CHANGE_KINDS))),
        "revised_days": json.dumps(sorted(days)[-MAX_DAYS:]),
    }


def _events(
    article_id: str, looks: Sequence[Look], notices: Sequence[tuple[str, str, int | None]]
) -> list[tuple[str, str, str, str, str | None]]:
    # of the same second, what shows the page comes first
    seen: list[tuple[str, int, str, str | None]] = [(look.captured_at, 0, look.capture_id, None) for look in looks]
    seen += [(at, 1, capture_id, reason_of(status)) for at, capture_id, status in notices]
    found: list[tuple[str, str, str, str, str | None]] = []
    there: bool | None = None
    for at, is_notice, capture_id, reason in sorted(seen, key=lambda each: each[:3]):
        if is_notice and there:
            found.append((article_id, at, "gone", capture_id, reason))
        elif not is_notice and there is False:
            found.append((article_id, at, "back", capture_id, None))
        if not is_notice:
            there = True
        elif there:
            there = False
    return found


def reason_of(status: int | None) -> str:
    """Return why a notice counts as one."""
    return f"answered {status}" if status in (404, 410) else "redirects to the front page"
