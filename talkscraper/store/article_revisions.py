"""Rows of an article's revisions, as pages, commands and Python show them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from talkscraper.store.federation import federated

MAX_REVISIONS = 1_000
"""Maximum number of revisions listed."""


@federated("talkscraper.store.several_articles")
def article_revisions(connection: sqlite3.Connection, article_id: str) -> list[Mapping[str, Any]]:
    """Return the revisions of an article, oldest first."""
    rows = connection.execute("select * from revisions where article_id = ? order by number", [article_id])
    return [dict(row) for row in rows.fetchall()]


@federated("talkscraper.store.several_articles")
def article_revision(connection: sqlite3.Connection, article_id: str, number: int) -> Mapping[str, Any] | None:
    """Return a revision of an article; None if there is none with this number."""
    row = connection.execute(
        "select * from revisions where article_id = ? and number = ?", [article_id, number]
    ).fetchone()
    return None if row is None else dict(row)


@federated("talkscraper.store.several_articles")
def revision_heads(connection: sqlite3.Connection, article_id: str) -> list[Mapping[str, Any]]:
    """Return the revisions of an article, oldest first, with an empty text."""
    rows = connection.execute(
        "select number, capture_id, captured_at, title, '' as text, word_count, change, extractor from revisions "
        "where article_id = ? order by number limit ?",
        [article_id, MAX_REVISIONS],
    )
    return [dict(row) for row in rows.fetchall()]
