"""Secure deletion of text from the database file: from free pages, the full-text index and the WAL."""

from __future__ import annotations

import sqlite3

from talkscraper.store.bitmaps import validity


def prepare(connection: sqlite3.Connection) -> None:
    """Prepare for a deleting transaction, before it begins: freed pages are overwritten, commits synced to disk."""
    connection.execute("pragma secure_delete = on")
    connection.execute("pragma synchronous = full")


def sweep(connection: sqlite3.Connection) -> bool:
    """Rebuild index and file after the deleting transaction, and empty the WAL. Takes as long as copying the file.

    The full-text index marks a deleted article's words as deleted and keeps them until its segments are merged, so
    they are merged; pages that were freed before ``prepare`` may hold old texts, so the file is rewritten.

    Returns:
        False if a reader kept the WAL from being emptied, so that the old pages are still in it.

    Raises:
        sqlite3.DatabaseError: the disk failed.
    """
    validity.sweep(connection)
    connection.execute("insert into articles_fts (articles_fts) values ('optimize')")
    connection.commit()
    connection.execute("vacuum")
    busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    return not busy
