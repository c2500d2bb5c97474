"""The prefix of a WARC that a run continued: what was finished before must still be there when the file is finished."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from talkscraper.object_store.remote_warc import WarcPlace
from talkscraper.preserve.archive_files import sha256_of
from talkscraper.store.database import first, iso

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database


def changed_prefix(row: Mapping[str, Any] | sqlite3.Row | None, path: WarcPlace) -> str | None:
    """Return what is wrong with the bytes that were finished before a run continued the file; None if they are there.

    Raises:
        OSError: it can't be read.
    """
    if row is None or row["prefix_sha256"] is None:
        return None
    size, wanted = int(row["prefix_size"]), str(row["prefix_sha256"])
    there = path.stat().st_size
    if there < size:
        return f"it has {there} bytes, and had {size} when it was last finished"
    if sha256_of(path, 0, size) == wanted:
        return None
    return f"its first {size} bytes aren't those that were finished before it was continued (SHA-256 {wanted})"


def row_of(db: Database, name: str) -> dict[str, Any] | None:
    """Return the row of a file in ``warc_files``."""
    return first(db, "select * from warc_files where name = ?", [name])


def finish_as_recorded(db: Database, name: str, now: datetime) -> None:
    """Mark a continued file as finished with what was recorded before: what differs is damage until it is accepted."""
    db.execute(
        "update warc_files set size = prefix_size, sha256 = prefix_sha256, closed_at = ?, prefix_size = null,"
        " prefix_sha256 = null where name = ?",
        [iso(now), name],
    )
