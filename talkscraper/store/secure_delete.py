"""Making sure that deleted text is gone from the database's file: from free pages, the full-text index and the WAL."""

from __future__ import annotations

import sqlite3


def prepare(connection: sqlite3.Connection) -> None:
    """Call it before the transaction that deletes: freed pages are overwritten, and a commit is on the disk."""
    connection.execute("pragma secure_delete = on")
    connection.execute("pragma synchronous = full")


def sweep(connection: sqlite3.Connection) -> bool:
    """Call it after that transaction: make index and file anew, and empty the WAL. Takes as long as copying the file.

    The full-text index marks a deleted article's words as deleted and keeps them until its segments are merged, so
    they are merged; pages that were freed before ``prepare`` may hold old texts, so the file is written anew.

    Returns:
        False where a reader kept the WAL from being emptied: then the old pages are still in it.

    Raises:
        sqlite3.DatabaseError: the disk refuses.
    """
    connection.execute("insert into articles_fts (articles_fts) values ('optimize')")
    connection.commit()
    connection.execute("vacuum")
    busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    return not busy
