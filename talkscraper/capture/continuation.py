"""Continuing the day's file: runs of one UTC day append to one WARC, so that an hourly crawl has one a day, not 24.

Each run finishes the file, and the next one reopens it. A finished file never changes unnoticed: it is continued only
if its bytes have the SHA-256 that was recorded and its index the lines of its rows, and if nobody took it from its
normal course (imported, rewritten, accepted, damaged, offloaded). Power may fail after every step:

1. the row says that the file is unfinished, with size and digest of what is there (``prefix_size``, ``prefix_sha256``);
2. the file is renamed to its ``.open`` name;
3. its line is removed from the manifest; only then is anything appended.

From 1 on, recovery finishes the file as that of any killed run, after it has checked the prefix. Places of earlier
records never change, so who reads them needs to know nothing of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.warc_file import FinishedFile, WarcFile
from talkscraper.store import captures, takedowns
from talkscraper.store.database import from_iso, iso, select
from talkscraper.store.warc_manifest import write_manifest
from talkscraper.warc import cdxj

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.store.writer import ArchiveWriter

MAX_CONTINUED_BYTES = 64 * 2**20
"""Size from which a file isn't continued: it is read as a whole before, at most once for each run."""
_SOUND = "ok"


def continued_file(
    folder: ArchiveFolder, database: ArchiveWriter, now: datetime, *, max_bytes: int = MAX_CONTINUED_BYTES
) -> WarcFile | None:
    """Reopen the file of ``now``'s day (UTC) for appending; None if there is none that may be continued.

    Raises:
        StorageError: the disk or the database failed.
    """
    row = database.run(lambda db: _candidate(db, now, max_bytes))
    if row is None:
        return None
    name = str(row["name"])
    file = WarcFile.continuing(
        folder,
        FinishedFile(
            name=name,
            size=row["size"],
            sha256=row["sha256"],
            records=row["records"],
            closed_at=from_iso(row["closed_at"]),
        ),
        database.run(lambda db: _index_lines(db, name)),
        from_iso(row["opened_at"]),
        begin=lambda: database.run(captures.reopen_warc_file, name),
    )
    if file is not None:
        database.run(lambda db: write_manifest(folder, db))
    return file


def _candidate(db: Database, now: datetime, max_bytes: int) -> Mapping[str, Any] | None:
    """Return the row of the day's newest file, if nothing speaks against continuing it."""
    rows = select(
        db,
        "select * from warc_files where origin = 'crawl' and substr(opened_at, 1, 10) = ?"
        " order by opened_at desc, name desc limit 1",
        [iso(now)[:10]],
    )
    row = next(rows, None)
    if row is None or None in (row["closed_at"], row["size"], row["sha256"], row["records"]):
        return None
    # a clock that was set back would make its records younger than the file
    if row["closed_at"] > iso(now) or row["opened_at"] > iso(now) or row["size"] >= max_bytes:
        return None
    taken = any(row.get(each) is not None for each in ("path", "sha256_before", "location"))
    if taken or row["verdict"] not in (None, _SOUND):
        return None
    spoilt = db.execute(
        "select 1 from acceptances where warc_file = ?1"
        " union all select 1 from captures where warc_file = ?1 and lost_at is not null limit 1",
        [row["name"]],
    ).fetchone()
    return None if spoilt else row


def _index_lines(db: Database, name: str) -> list[str]:
    rows = select(db, "select * from captures where warc_file = ?", [name])
    found = [each for each in map(captures.row_to_capture, rows) if cdxj.is_indexed(each)]
    hidden = takedowns.any_of(db, [each.urlkey for each in found])
    return [cdxj.line(each) for each in found if each.urlkey not in hidden]
