"""The pass over revisions of before version 44 of the tables: texts that are also their article's are stored once.

It is made once, when an archive is opened for writing, in transactions of ``BATCH`` articles: one that is interrupted
goes on where it was. Readers see the same rows before, meanwhile and after.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database

BATCH = 500
"""Number of articles in a transaction."""
_SAID_EVERY = 100_000

_log = logging.getLogger(__name__)


def finish(run: Callable[..., Any]) -> int:
    """Remove all second copies of texts; return the number of articles looked at.

    Args:
        run: Calls a change of the database in one transaction (``ArchiveWriter.run``).
    """
    total = 0
    while (count := run(share_next)) is not None:
        if total == 0 and count == BATCH:
            _log.warning("removing second copies of texts: once after the upgrade, about a minute per 100,000 articles")
        total += count
        if total % _SAID_EVERY < count and total >= _SAID_EVERY:
            _log.info("second copies of the texts of %s articles removed", f"{total:,}")
    return total


def share_next(db: Database) -> int | None:
    """Remove the second copies of the next articles; return their number, None when the pass is over."""
    position = db.execute("select after_seq from space_pass").fetchone()
    if position is None:
        return None
    rows = db.execute("select seq from articles where seq > ? order by seq limit ?", [position[0], BATCH]).fetchall()
    if rows:
        db.execute(
            "update revision_rows set title = null, authors = null, text = null, text_digest = null, word_count = null"
            " from articles a where a.seq between ? and ? and revision_rows.article_id = a.id"
            " and revision_rows.word_count is a.word_count and revision_rows.text_digest is a.text_digest"
            " and revision_rows.text is a.text and revision_rows.authors is a.authors"
            " and revision_rows.title is a.title",
            [rows[0][0], rows[-1][0]],
        )
    if len(rows) < BATCH:
        db.execute("delete from space_pass")
    else:
        db.execute("update space_pass set after_seq = ?", [rows[-1][0]])
    return len(rows)
