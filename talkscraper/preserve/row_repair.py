"""Repair of rows that depend on captures: runs, articles, the full-text index, counts.

Articles whose rows were changed manually are derived again from all their captures: the rows are removed, and every
page of the article is extracted and stored as in an import. If one of its pages can't be read, the article stays as it
is, and is reported.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.capture_rows import RESTORED
from talkscraper.ingest.derivation import Derivation
from talkscraper.ingest.page_reader import ReadPage, read_pages
from talkscraper.model import RecordType
from talkscraper.store import articles, clusters, fulltext
from talkscraper.store.bitmaps import validity
from talkscraper.store.bitmaps.check import disagreeing
from talkscraper.store.captures import row_to_capture
from talkscraper.store.database import iso
from talkscraper.store.revisions import NOT_READ
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

MAX_LOOKS = 1000
"""Maximum number of pages of an article that are extracted again; one with more stays as it is."""


def derive_again(
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
    for table in ("revision_rows", "images", "provenance", "aliases", "address_keys"):
        db.execute(f"delete from {table} where article_id = ?", [article_id])
    clusters.forget(db, article_id)
    db.execute("delete from articles where id = ?", [article_id])
    ids = json.dumps([page.capture.id for page in pages])
    db.execute(
        f"update captures set {NOT_READ} where article_id = ? or id in (select value from json_each(?))",
        [article_id, ids],
    )
    for page in pages:
        derivation.store(db, page.capture, page.extraction)


def add_runs(db: Database, now: datetime) -> list[str]:
    """Add rows for runs that captures refer to."""
    rows = db.execute(
        "select run_id, coalesce(min(captured_at), ?), coalesce(max(captured_at), ?) from captures"
        " where run_id is not null"
        " and not exists (select 1 from runs where runs.id = captures.run_id) group by run_id",
        [iso(now)] * 2,
    ).fetchall()
    for run_id, first, last in rows:
        db.execute(
            "insert into runs (id, command, started_at, finished_at, reason) values (?, 'crawl', ?, ?, ?)",
            [run_id, first, last, RESTORED],
        )
    return [f"{len(rows)} runs that only captures name are there again"] if rows else []


def forget_articles(db: Database) -> list[str]:
    """Have pages read again whose captures refer to a missing article."""
    count = db.execute(
        f"update captures set {NOT_READ} where article_id is not null"
        " and not exists (select 1 from articles where articles.id = captures.article_id)"
    ).rowcount
    return [f"{count} captures of articles that are missing are read again"] if count else []


def settle_articles(db: Database, now: datetime) -> list[str]:
    """Correct articles and revisions that refer to missing captures."""
    rows = db.execute(
        "select id from articles where not exists (select 1 from captures where captures.id = articles.capture_id)"
        " union select article_id from revisions where not exists"
        " (select 1 from captures where captures.id = revisions.capture_id)"
    ).fetchall()
    kept = sum(articles.settle_again(db, row[0], now=now) for row in rows)
    done = []
    if kept:
        done.append(f"{kept} articles were brought in line with their captures")
    if len(rows) > kept:
        done.append(f"{len(rows) - kept} articles that no capture shows were removed")
    return done


def rebuild_full_text(db: Database) -> list[str]:
    """Rebuild the index if it doesn't have exactly the visible articles."""
    (shown,) = db.execute("select count(*) from articles where hidden_at is null").fetchone()
    (there,) = db.execute("select count(*) from articles_fts_docsize").fetchone()
    if shown == there:
        return []
    return [f"the full-text index was made again, of {fulltext.rebuild(db)} articles (it had {there})"]


def forget_bitmaps(db: Database) -> list[str]:
    """Have bitmaps made again that aren't what the full-text index has."""
    months = disagreeing(db.conn)
    if not months:
        return []
    validity.forget_all(db)
    return [f"the bitmaps of {len(months)} months weren't what the full-text index has, and are made again"]


def correct_day_counts(db: Database) -> list[str]:
    """Correct the number of articles of each day."""
    counted = (
        "select coalesce(source_id, ''), day, sum(truncated = 0), sum(truncated <> 0) from articles"
        " where hidden_at is null group by 1, 2"
    )
    stored = "select source_id, day, articles, truncated from article_days"
    wrong = db.execute(
        f"select count(*) from (select * from ({counted} except {stored})"
        f" union all select * from ({stored} except {counted}))"
    ).fetchone()[0]
    if not wrong:
        return []
    db.execute("delete from article_days")
    db.execute(f"insert into article_days (source_id, day, articles, truncated) {counted}")
    return [f"the counts of {wrong} days were corrected"]
