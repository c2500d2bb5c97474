"""The pass over articles of before version 31 of the tables: their sketches, and their clusters again.

It is made once, when an archive is opened for writing, in transactions of ``BATCH`` articles: one that is interrupted
goes on where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from talkscraper.store.clusters import place
from talkscraper.store.database import select

if TYPE_CHECKING:
    from sqlite_utils import Database

BATCH = 200
"""Number of articles in a transaction."""
_SAID_EVERY = 10_000

_log = logging.getLogger(__name__)


def finish(run: Callable[..., Any]) -> int:
    """Compare all articles that wait for it; return their number.

    Args:
        run: Calls a change of the database in one transaction (``ArchiveWriter.run``).
    """
    total = 0
    while (count := run(compare_next)) is not None:
        if total == 0 and count == BATCH:
            _log.warning("comparing all articles for copies: once after the upgrade, about 3 minutes per 100,000")
        total += count
        if total % _SAID_EVERY < count and total >= _SAID_EVERY:
            _log.info("%s articles compared for copies", f"{total:,}")
    return total


def compare_next(db: Database) -> int | None:
    """Compare the next articles; return their number, None when the pass is over."""
    position = db.execute("select after_seq from sketch_pass").fetchone()
    if position is None:
        return None
    rows = list(select(db, "select seq, id from articles where seq > ? order by seq limit ?", [position[0], BATCH]))
    for row in rows:
        place(db, row["id"])
    if len(rows) < BATCH:
        db.execute("delete from sketch_pass")
    else:
        db.execute("update sketch_pass set after_seq = ?", [rows[-1]["seq"]])
    return len(rows)
