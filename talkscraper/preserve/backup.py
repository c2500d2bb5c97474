"""Backup: a consistent, verified copy of the archive that is an archive itself, made also during a crawl.

The database is copied first, at one instant; the WARCs afterwards. Rows are written only after their records, and a
finished WARC never changes, so files copied later hold every record that the copied rows name. Of a file that
is still being written the complete records are kept, and ``recovery`` finishes it in the copy as after a kill.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import sync_file, sync_folder, write_whole
from talkscraper.errors import StorageError, UsageError
from talkscraper.frontier import lease_queue
from talkscraper.preserve.archive_files import Progress, finished_files, torn_files
from talkscraper.preserve.backup_files import BackupWork, copy_small, copy_warc
from talkscraper.preserve.known_copies import note_backup
from talkscraper.preserve.recovery import recover
from talkscraper.preserve.verify import VerifyReport, verify
from talkscraper.store.database import iso, read_only_uri
from talkscraper.store.warc_manifest import write_manifest
from talkscraper.store.writer import ArchiveWriter
from talkscraper.version import __version__

MANIFEST = "backup.json"
"""Name of the manifest in the copy: its time, the archive's path, and each WARC with size and SHA-256."""
WRITTEN = ("*.toml", "*.md", "collections/*.toml", "alerts/*.jsonl")
"""The files beside the database that people wrote, or keep: settings, alerts, notes, collections."""
_PAGES = 4096
_MARGIN_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What was copied, and whether the copy is sound."""

    folder: Path
    made_at: datetime
    articles: int
    captures: int
    warcs: int
    copied: tuple[str, ...]
    """WARC files copied now; the others were there already."""
    bytes_copied: int
    problems: tuple[str, ...]
    """Problems: files that couldn't be copied or have changed since they were finished."""
    check: VerifyReport
    unrecorded: str | None = None
    """What couldn't be recorded in an archive on read-only media."""

    @property
    def ok(self) -> bool:
        """Whether everything is there and sound."""
        return not self.problems and self.check.ok


def backup(
    folder: ArchiveFolder,
    target: Path,
    *,
    now: datetime,
    quick: bool = False,
    progress: Progress | None = None,
) -> BackupReport:
    """Copy the archive into ``target``, which is new, empty or an earlier backup of it. Needs no lock.

    Args:
        folder: The archive.
        target: The folder of the copy. Files that it has already aren't copied again.
        now: The time noted in the copy.
        quick: Read only the files that are copied now; of those in earlier backups check size and last verdict only.
        progress: Called with a file's name, the bytes done, and the total.

    Raises:
        UsageError: the folder holds something else, or is inside the archive.
        ArchiveLocked: another backup is writing there.
        NotAnArchive: there is no archive.
        StorageError: the disk failed or has too little space.
    """
    folder.require()
    work = BackupWork(folder, ArchiveFolder(target), _manifest(folder, target), progress or (lambda *_: None), quick)
    work.target.make()
    with work.target.lock(what="backup"):
        try:
            captures, articles, warcs = _copy(work, now)
        except OSError as e:
            raise StorageError(f"can't copy to {target}: {e.strerror or e}") from e
        except sqlite3.DatabaseError as e:
            raise StorageError(f"can't copy {folder.database}: {e}") from e
    names = tuple(work.copied) if quick else ()
    check = (
        VerifyReport(files=()) if quick and not names else verify(work.target, now=now, names=names, progress=progress)
    )
    unrecorded = None
    try:
        note_backup(folder, target, now)
    except OSError as e:
        if e.errno != errno.EROFS and os.access(folder.root, os.W_OK):
            work.problems.append(f"can't note the backup in {folder.reports}: {e.strerror or e}")
        else:
            unrecorded = f"it is read-only: the backup isn't noted in {folder.reports}"
    return BackupReport(
        folder=target,
        made_at=now,
        articles=articles,
        captures=captures,
        warcs=warcs,
        copied=tuple(work.copied),
        bytes_copied=work.bytes_copied,
        problems=tuple(work.problems),
        unrecorded=unrecorded,
        check=check,
    )


def _manifest(folder: ArchiveFolder, target: Path) -> dict[str, dict[str, Any]]:
    """Return the manifest of an earlier backup in the folder.

    Raises:
        UsageError: the folder isn't suitable for a backup.
    """
    root, place = folder.root.resolve(), target.resolve()
    if place == root or root in place.parents:
        raise UsageError(f"{target} is inside the archive: a copy there would be lost with it")
    if place in root.parents:
        raise UsageError(f"{target} holds the archive itself: name a folder of its own")
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file: name a folder")
    if not target.is_dir() or not any(target.iterdir()):
        return {}
    try:
        manifest = json.loads((target / MANIFEST).read_text("utf-8"))
        return {str(name): dict(each) for name, each in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise UsageError(f"{target} isn't empty and no backup ({MANIFEST} isn't there): name another folder") from e


def _copy(work: BackupWork, now: datetime) -> tuple[int, int, int]:
    """Copy everything; return the numbers of captures, articles and WARC files in the copy."""
    new = work.target.root / (work.target.database.name + ".new")
    new.unlink(missing_ok=True)
    if not work.known:
        # from here on the folder is marked as a backup's, so that the next one can continue
        _note(work, now, {})
    _need_room(work)
    _copy_database(work, new)
    with closing(sqlite3.connect(new)) as rows:
        rows.row_factory = sqlite3.Row
        files = rows.execute("select * from warc_files order by name").fetchall()
        work.total = sum(row["size"] or 0 for row in files)
        for row in files:
            copy_warc(work, row)
        # in the copy all files are in one folder
        rows.execute("update warc_files set path = null, location = null, location_etag = null")
        rows.execute("delete from stored_objects")  # they are the archive's, and no copy of it may delete them
        still_open = {row["name"] for row in files if row["closed_at"] is None}
        _find_again(rows, work.sound)
        rows.commit()
    _copy_beside(work)
    _move_into_place(work, new)
    writer = ArchiveWriter(work.target.database)
    try:
        writer.run(lambda db: recover(work.target, db, now))
        # an earlier copy of a file that was still being written ended earlier, and had another digest
        writer.run(lambda db: write_manifest(work.target, db, changed=still_open.union(work.copied)))
        writer.run(lambda db: lease_queue.give_back(db, now=now))
        counts = writer.run(
            lambda db: tuple(
                db.execute(f"select count(*) from {table}").fetchone()[0]
                for table in ("captures", "articles", "warc_files")
            )
        )
        held = writer.run(lambda db: db.execute("select name, size, sha256 from warc_files").fetchall())
    finally:
        writer.close()
    _report_unknown(work, {row[0] for row in held})
    for path in torn_files(work.target):
        if not (work.source.warc / path.name).exists():
            path.unlink()  # the end of a record that was being written while it was copied; the archive has all of it
    _note(work, now, {row[0]: {"size": row[1], "sha256": row[2]} for row in held})
    return counts[0], counts[1], counts[2]


def _note(work: BackupWork, now: datetime, files: dict[str, dict[str, Any]]) -> None:
    manifest = {
        "made_at": iso(now),
        "archive": str(work.source.root.absolute()),
        "talkscraper": __version__,
        "files": files,
    }
    write_whole(work.target.root / MANIFEST, [json.dumps(manifest, indent=1).encode() + b"\n"])


def _need_room(work: BackupWork) -> None:
    """Check the free disk space in advance.

    Raises:
        StorageError: it is too small.
    """
    needed = work.source.database.stat().st_size if work.source.database.exists() else 0
    for path in finished_files(work.source):
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            needed += 0 if work.known.get(path.name, {}).get("size") == size else size
    free = shutil.disk_usage(work.target.root).free
    if free < needed + _MARGIN_BYTES:
        raise StorageError(f"{work.target.root} has {free >> 20} MiB free, and the copy needs {needed >> 20} MiB more")


def _copy_database(work: BackupWork, new: Path) -> None:
    """Copy the database as of one instant; writers aren't blocked."""
    if not work.source.database.is_file():
        ArchiveWriter(new).close()
        return
    uri = read_only_uri(work.source.database)
    with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(new)) as target:
        # inside a transaction every step reads the same snapshot, whatever is written meanwhile
        source.execute("begin")
        source.execute("select count(*) from sqlite_master").fetchone()

        def report(_status: int, left: int, total: int) -> None:
            work.progress(new.name, total - left, total)

        source.backup(target, pages=_PAGES, progress=report)
        source.rollback()
    work.bytes_copied += new.stat().st_size
    ArchiveWriter(new).close()  # the copy of an older archive gets today's tables; the archive itself isn't changed


def _find_again(rows: sqlite3.Connection, names: list[str]) -> None:
    """Remove the lost marks of captures whose finished file is in the copy."""
    rows.executemany(
        "update captures set lost_at = null, lost_why = null where warc_file = ? and lost_at is not null and not exists"
        " (select 1 from acceptances a join warc_files w on w.name = a.warc_file and w.sha256 = a.sha256"
        " where w.name = captures.warc_file)",
        [(name,) for name in names],
    )


def _copy_beside(work: BackupWork) -> None:
    """Copy what people wrote (sources.toml, alerts.toml, collections), what alerts told, receipts, and torn tails.

    What sources.toml only names isn't copied: these files hold secrets.
    """
    for pattern in WRITTEN:
        for path in sorted(work.source.root.glob(pattern)):
            if path.is_file() and not path.name.startswith("."):
                there = work.target.root / path.relative_to(work.source.root)
                there.parent.mkdir(exist_ok=True)
                copy_small(work, path, there)
    if work.source.reports.is_dir():
        for path in sorted(work.source.reports.glob("*.json")):
            copy_small(work, path, work.target.reports / path.name)
    for path in torn_files(work.source):
        copy_small(work, path, work.target.warc / path.name)


def _move_into_place(work: BackupWork, new: Path) -> None:
    """Rename all copies to their final names, the database last."""
    for temporary, place in work.renames:
        temporary.replace(place)
    sync_folder(work.target.warc)
    sync_folder(work.target.index)
    for suffix in ("-wal", "-shm"):
        # they belong to the old database and would corrupt the new one
        work.target.root.joinpath(work.target.database.name + suffix).unlink(missing_ok=True)
    sync_file(new)
    new.replace(work.target.database)
    sync_folder(work.target.root)


def _report_unknown(work: BackupWork, names: set[str]) -> None:
    """Report WARC files of earlier backups that the archive no longer has; they are kept."""
    for path in finished_files(work.target):
        if path.name not in names:
            work.problems.append(f"{path} is of an earlier backup, and the archive doesn't have it any more: it stays")
