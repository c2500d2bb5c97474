"""``repair --accept``: an operator accepts a file that differs from the finished one, and this is recorded.

Rows and index are corrected from it, captures whose bytes are lost stay and are marked, and later checks compare the
file with its present digest.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import NotFound, UsageError
from talkscraper.preserve.archive_files import locate, person
from talkscraper.preserve.capture_rows import survey
from talkscraper.preserve.file_verdicts import FileVerdict, WarcState, judge
from talkscraper.preserve.findings import Level
from talkscraper.preserve.reconciliation import GONE, as_the_rows_say, mark_lost, reconcile, write_index
from talkscraper.store.captures import latest_date
from talkscraper.store.database import iso
from talkscraper.store.warc_manifest import write_manifest
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

_DAMAGE_NOTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A file that was accepted as it is."""

    name: str
    accepted_by: str
    size_before: int | None
    sha256_before: str | None
    size: int
    sha256: str
    lost: int
    """Number of captures that are lost."""

    def line(self) -> str:
        """Return the result as one line."""
        return (
            f"accepted as it is by {self.accepted_by}: SHA-256 {self.sha256}, {self.size} bytes (when it was finished:"
            f" {self.sha256_before}, {self.size_before} bytes); {self.lost} captures are lost"
        )


def accept(
    folder: ArchiveFolder, connection: sqlite3.Connection, writer: ArchiveWriter, name: str, *, now: datetime
) -> Accepted:
    """Accept the file ``name`` (or a path to it); hold the archive's lock.

    Raises:
        NotFound: the archive has no such file, or it is missing.
        UsageError: there is nothing to accept.
        StorageError: it can't be read, or a write failed.
    """
    name = PurePath(name).name
    row = connection.execute("select * from warc_files where name = ?", [name]).fetchone()
    if row is None:
        raise NotFound(f"the archive has no WARC {name!r}")
    path = locate(folder, name, row)
    if not path.exists():
        raise NotFound(f"{path} isn't there: put a copy of it back")
    if row["closed_at"] is None or row["sha256"] is None:
        raise UsageError(f"{name} was never finished: 'talkscraper repair' does that, without --accept")
    verdict = judge(folder, connection, name, path, None)
    assert verdict.sha256 is not None
    if verdict.verdict is not WarcState.DAMAGED:
        raise UsageError(f"{name} is the file that was finished, or was accepted before: there is nothing to accept")
    owner = connection.execute(
        "select name from warc_files where sha256 = ? and name <> ?", [verdict.sha256, name]
    ).fetchone()
    if owner is not None:
        raise UsageError(
            f"{name} is {owner[0]} under another name: 'talkscraper repair' without --accept puts it right"
        )
    seen = survey(path, name, latest=latest_date(row, now), digests=True)
    # records that share a gzip member can't be read by offset
    whole = [each for each in seen.captures if each.warc_length]
    there = writer.run(lambda db: as_the_rows_say(db, name, whole, seen.describer.claimed))
    writer.run(lambda db: write_index(folder, db, name, there))
    by = person()

    def change(db: Database) -> int:
        reconcile(db, name, there, seen.gaps, needs=seen.needs, proven=False, now=now)
        db.execute(
            "update warc_files set size = ?, sha256 = ?, records = ? where name = ?",
            [verdict.size, verdict.sha256, verdict.records, name],
        )
        number = db.execute(
            "insert into acceptances (warc_file, accepted_at, accepted_by, size_before, sha256_before, size, sha256,"
            " damage) values (?, ?, ?, ?, ?, ?, ?, ?)",
            [name, iso(now), by, row["size"], row["sha256"], verdict.size, verdict.sha256, _damage(verdict)],
        ).lastrowid
        assert number is not None
        return number

    number = writer.run(change)
    writer.run(lambda db: write_manifest(folder, db, changed=[name]))
    # rows and file agree now: records that are present but damaged are marked lost too
    again = judge(folder, connection, name, path, None)

    def note(db: Database) -> int:
        mark_lost(db, name, again.lost, why=GONE, now=now)
        lost = db.execute(
            "select id, url from captures where warc_file = ? and lost_at is not null order by seq", [name]
        ).fetchall()
        text = json.dumps([{"id": each[0], "url": each[1]} for each in lost], ensure_ascii=False)
        db.execute("update acceptances set lost = ? where id = ?", [text, number])
        return len(lost)

    return Accepted(
        name=name,
        accepted_by=by,
        size_before=row["size"],
        sha256_before=row["sha256"],
        size=verdict.size,
        sha256=verdict.sha256,
        lost=writer.run(note),
    )


def _damage(verdict: FileVerdict) -> str:
    lines = [each.line() for each in verdict.findings if each.level is Level.DAMAGE]
    return json.dumps(lines[:_DAMAGE_NOTED], ensure_ascii=False)
