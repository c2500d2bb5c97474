"""A pass over all articles of an archive of before, made once when it is first opened for writing.

It is made in transactions of a few hundred articles, so that one that is interrupted goes on where it was. A table of
one row, ``after_seq``, which a step of the migrations fills, holds the position; it is empty when the pass is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database

_log = logging.getLogger(__name__)


def finish(
    run: Callable[..., Any],
    change: Callable[[Database], int | None],
    *,
    batch: int,
    begun: str,
    done: str,
    said_every: int,
) -> int:
    """Make the rest of a pass; return the number of articles.

    Args:
        run: Calls a change of the database in one transaction (``ArchiveWriter.run``).
        change: Changes the next articles, by ``change_next``.
        batch: Number of articles in a transaction.
        begun: Logged if there are more than that.
        done: Logged after each ``said_every`` articles, with their number for its ``%s``.
        said_every: Number of articles.
    """
    total = 0
    while (count := run(change)) is not None:
        if total == 0 and count == batch:
            _log.warning(begun)
        total += count
        if total % said_every < count and total >= said_every:
            _log.info(done, f"{total:,}")
    return total


def change_next(
    db: Database, table: str, batch: int, change: Callable[[Database, Sequence[tuple[int, str]]], None]
) -> int | None:
    """Change the next articles, by their row numbers and ids; return their number, None when the pass is over."""
    position = db.execute(f"select after_seq from {table}").fetchone()
    if position is None:
        return None
    rows = [
        (row[0], row[1])
        for row in db.execute("select seq, id from articles where seq > ? order by seq limit ?", [position[0], batch])
    ]
    if rows:
        change(db, rows)
    if len(rows) < batch:
        db.execute(f"delete from {table}")
    else:
        db.execute(f"update {table} set after_seq = ?", [rows[-1][0]])
    return len(rows)
