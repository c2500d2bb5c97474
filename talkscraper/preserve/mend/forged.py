"""Repair of articles whose rows were changed manually: they are derived again from all their captures.

The rows aren't trusted: they are removed, and every page of the article is extracted and stored as in an import.
If one of its pages can't be read, the article stays as it is, and is reported.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.derivation import Derivation
from talkscraper.ingest.page_reader import ReadPage, read_pages
from talkscraper.model import RecordType
from talkscraper.store import fulltext
from talkscraper.store.captures import row_to_capture
from talkscraper.store.revisions import NOT_READ
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

MAX_LOOKS = 1000
"""Maximum number of pages of an article that are extracted again; one with more stays as it is."""


def make_again(
    folder: ArchiveFolder,
    writer: ArchiveWriter,
    connection: sqlite3.Connection,
    newsrooms: Newsrooms,
    derivation: Derivation,
    article_ids: Sequence[str],
    *,
    workers: int | None = None,
) -> list[str]:
    """Derive these articles again; return what was done, one line each. Hold the archive's lock.

    Raises:
        StorageError: a write failed.
    """
    made = 0
    for article_id in article_ids:
        pages = _pages(folder, connection, newsrooms, article_id, workers)
        if pages:
            writer.run(_replace, article_id, pages, derivation)
            made += 1
    if not made:
        return []
    # contentless rows can't be removed from the index after their values were changed
    writer.run(fulltext.rebuild)
    return [f"{made} articles that weren't what their captures show were made again from these"]


def _pages(
    folder: ArchiveFolder, connection: sqlite3.Connection, newsrooms: Newsrooms, article_id: str, workers: int | None
) -> list[ReadPage]:
    """Return all pages of an article; none if one of them can't be read, or none shows an article."""
    rows = connection.execute(
        "select * from captures where (article_id = ? or id in (select capture_id from articles where id = ?)"
        " or id in (select capture_id from revisions where article_id = ?)) and record_type <> ?"
        " order by captured_at, id limit ?",
        [article_id, article_id, article_id, RecordType.REVISIT, MAX_LOOKS + 1],
    ).fetchall()
    if not rows or len(rows) > MAX_LOOKS:
        return []
    pages = list(read_pages(connection, folder, newsrooms, map(row_to_capture, rows), workers=workers))
    if any(page.unread is not None for page in pages):
        return []
    if not any(page.extraction is not None and page.extraction.article is not None for page in pages):
        return []
    return pages


def _replace(db: Database, article_id: str, pages: Sequence[ReadPage], derivation: Derivation) -> None:
    for table in ("revisions", "images", "provenance", "aliases", "address_keys"):
        db.execute(f"delete from {table} where article_id = ?", [article_id])
    db.execute("delete from articles where id = ?", [article_id])
    ids = json.dumps([page.capture.id for page in pages])
    db.execute(
        f"update captures set {NOT_READ} where article_id = ? or id in (select value from json_each(?))",
        [article_id, ids],
    )
    for page in pages:
        derivation.store(db, page.capture, page.extraction)
