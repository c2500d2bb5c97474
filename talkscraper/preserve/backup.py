"""``backup``: a consistent copy of the archive while a crawl goes on, checked, and an archive in its own right.

The database is copied first, at one instant; the WARCs afterwards. Rows are written only after their records, and a
finished WARC never changes, so whatever is copied later holds every record that the copied rows name. Of a file that
is still being written the whole records are kept, and ``recovery`` finishes it in the copy as it would after a kill.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import sync_folder, write_whole
from talkscraper.errors import StorageError, UsageError
from talkscraper.frontier import lease_queue
from talkscraper.preserve.archive_files import OPEN_SUFFIX, finished_files, index_path, locate, sha256_of, torn_files
from talkscraper.preserve.check.verdicts import WarcState
from talkscraper.preserve.check.verify import VerifyReport, verify
from talkscraper.preserve.copies import note_backup
from talkscraper.preserve.recovery import recover
from talkscraper.store.database import iso
from talkscraper.store.writer import ArchiveWriter
from talkscraper.version import __version__

MANIFEST = "backup.json"
"""In the copy: when it was made, of which archive, and each WARC with its size and SHA-256."""
_PIECE = 4 * 1024 * 1024
_PAGES = 4096
_MARGIN_BYTES = 64 * 1024 * 1024

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What was copied, and whether the copy is sound."""

    folder: Path
    made_at: datetime
    articles: int
    captures: int
    warcs: int
    copied: tuple[str, ...]
    """WARCs that were copied now; the others were there already."""
    bytes_copied: int
    problems: tuple[str, ...]
    """What couldn't be copied, or isn't as it was when it was finished."""
    check: VerifyReport

    @property
    def ok(self) -> bool:
        """Whether everything is there and sound."""
        return not self.problems and self.check.ok


@dataclass(slots=True)
class _Work:
    """One backup while it is made."""

    source: ArchiveFolder
    target: ArchiveFolder
    known: dict[str, dict[str, Any]]
    """WARCs of the last backup into this folder."""
    progress: Progress
    quick: bool = False
    """Don't read files that aren't copied again."""
    total: int = 0
    done: int = 0
    copied: list[str] = field(default_factory=list)
    bytes_copied: int = 0
    problems: list[str] = field(default_factory=list)
    sound: list[str] = field(default_factory=list)
    """WARCs of which the copy is what was finished."""
    renames: list[tuple[Path, Path]] = field(default_factory=list)
    """Copies under temporary names, and their names; they take them together, when all are there."""


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
        target: The folder of the copy. What it has already isn't copied again.
        now: The time noted in the copy.
        quick: Check only the files that were copied now, not those of earlier backups, nor what became of these in the
            archive beyond their size and their last verdict.
        progress: Told a file's name, the bytes that were done, and all there are.

    Raises:
        UsageError: the folder holds something else, or lies inside of the archive.
        ArchiveLocked: another backup is writing there.
        NotAnArchive: there is no archive.
        StorageError: the disk refuses, or has too little room.
    """
    folder.require()
    work = _Work(folder, ArchiveFolder(target), _manifest(folder, target), progress or (lambda *_: None), quick)
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
    try:
        note_backup(folder, target, now)
    except OSError as e:
        work.problems.append(f"can't note the backup in {folder.reports}: {e.strerror or e}")
    return BackupReport(
        folder=target,
        made_at=now,
        articles=articles,
        captures=captures,
        warcs=warcs,
        copied=tuple(work.copied),
        bytes_copied=work.bytes_copied,
        problems=tuple(work.problems),
        check=check,
    )


def _manifest(folder: ArchiveFolder, target: Path) -> dict[str, dict[str, Any]]:
    """What an earlier backup left in the folder.

    Raises:
        UsageError: it is no place for a backup.
    """
    root, place = folder.root.resolve(), target.resolve()
    if place == root or root in place.parents:
        raise UsageError(f"{target} lies inside of the archive: a copy on the same spot saves nothing")
    if place in root.parents:
        raise UsageError(f"{target} holds the archive itself: name a folder of its own")
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file: name a folder")
    if not target.is_dir() or not any(target.iterdir()):
        return {}
    try:
        told = json.loads((target / MANIFEST).read_text("utf-8"))
        return {str(name): dict(each) for name, each in told["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise UsageError(f"{target} isn't empty and no backup ({MANIFEST} isn't there): name another folder") from e


def _copy(work: _Work, now: datetime) -> tuple[int, int, int]:
    """Everything into the copy; returns how many captures, articles and WARCs it has."""
    new = work.target.root / (work.target.database.name + ".new")
    new.unlink(missing_ok=True)
    if not work.known:
        # whatever happens from here on, the folder is a backup's, and the next one goes on
        _note(work, now, {})
    _need_room(work)
    _copy_database(work, new)
    with closing(sqlite3.connect(new)) as rows:
        rows.row_factory = sqlite3.Row
        files = rows.execute("select * from warc_files order by name").fetchall()
        work.total = sum(row["size"] or 0 for row in files)
        for row in files:
            _copy_warc(work, row)
        # in the copy all files lie together
        rows.execute("update warc_files set path = null")
        _find_again(rows, work.sound)
        rows.commit()
    _copy_beside(work)
    _take_places(work, new)
    writer = ArchiveWriter(work.target.database)
    try:
        writer.run(lambda db: recover(work.target, db, now))
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
    _strangers(work, {row[0] for row in held})
    for path in torn_files(work.target):
        if not (work.source.warc / path.name).exists():
            path.unlink()  # the end of a record that was being written when it was copied; the archive has all of it
    _note(work, now, {row[0]: {"size": row[1], "sha256": row[2]} for row in held})
    return counts[0], counts[1], counts[2]


def _note(work: _Work, now: datetime, files: dict[str, dict[str, Any]]) -> None:
    manifest = {
        "made_at": iso(now),
        "archive": str(work.source.root.absolute()),
        "talkscraper": __version__,
        "files": files,
    }
    write_whole(work.target.root / MANIFEST, [json.dumps(manifest, indent=1).encode() + b"\n"])


def _need_room(work: _Work) -> None:
    """Refuse a disk that is too small before it is full.

    Raises:
        StorageError: it is.
    """
    needed = work.source.database.stat().st_size if work.source.database.exists() else 0
    for path in finished_files(work.source):
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            needed += 0 if work.known.get(path.name, {}).get("size") == size else size
    free = shutil.disk_usage(work.target.root).free
    if free < needed + _MARGIN_BYTES:
        raise StorageError(f"{work.target.root} has {free >> 20} MiB free, and the copy needs {needed >> 20} MiB more")


def _copy_database(work: _Work, new: Path) -> None:
    """The database as it is at one instant; writers aren't kept waiting."""
    if not work.source.database.is_file():
        ArchiveWriter(new).close()
        return
    uri = f"{work.source.database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(new)) as target:
        # inside of a transaction every step reads the same instant, whatever is written meanwhile
        source.execute("begin")
        source.execute("select count(*) from sqlite_master").fetchone()

        def tell(_status: int, left: int, total: int) -> None:
            work.progress(new.name, total - left, total)

        source.backup(target, pages=_PAGES, progress=tell)
        source.rollback()
    work.bytes_copied += new.stat().st_size


def _copy_warc(work: _Work, row: sqlite3.Row) -> None:
    name, sha256 = row["name"], row["sha256"]
    finished = row["closed_at"] is not None
    there = work.target.warc / name
    if finished and _is_there(work, name, there, row):
        work.sound.append(name)
        _look_at_source(work, row)
        work.done += row["size"]
        work.progress(name, work.done, work.total)
        return
    source = locate(work.source, name, row["path"])
    temporary = there.with_name(name + ".tmp")
    try:
        told = _copy_file(work, source, temporary, name)
    except FileNotFoundError:
        # it was finished, and lost its .open, between two looks
        source = locate(work.source, name, row["path"])
        try:
            told = _copy_file(work, source, temporary, name)
        except FileNotFoundError:
            if finished:
                work.problems.append(f"{source} is missing")
            return
    if finished and sha256 is not None and told != sha256:
        work.problems.append(_altered(source, told, sha256))
        if there.exists():
            temporary.unlink()  # an earlier copy may be the good one
            return
    if finished and sha256 is not None and told == sha256:
        work.sound.append(name)
    work.copied.append(name)
    if not finished and source.name.endswith(OPEN_SUFFIX):
        there.unlink(missing_ok=True)  # the shorter copy of the same file that the last backup made
        there = there.with_name(name + OPEN_SUFFIX)
    work.renames.append((temporary, there))
    index = index_path(work.source, name)
    if finished and index.is_file():
        _copy_small(work, index, index_path(work.target, name))
    else:
        index_path(work.target, name).unlink(missing_ok=True)


def _altered(source: Path, sha256: str, recorded: str) -> str:
    return f"{source} isn't the file that was finished: its SHA-256 is {sha256}, not {recorded}"


def _look_at_source(work: _Work, row: sqlite3.Row) -> None:
    """Name what became of a file that isn't copied again; the copy may be the only sound one by now."""
    name = row["name"]
    source = locate(work.source, name, row["path"])
    copy = f"; the copy {work.target.warc / name} is what was finished: put it back, then 'talkscraper repair'"
    try:
        size = source.stat().st_size
    except OSError:
        work.problems.append(f"{source} is missing{copy}")
        return
    if size != row["size"]:
        told = f"{source} isn't the file that was finished: it has {size} bytes, not {row['size']}"
        work.problems.append(told + copy)
    elif not work.quick:
        sha256 = sha256_of(source)
        if sha256 != row["sha256"]:
            work.problems.append(_altered(source, sha256, row["sha256"]) + copy)
    elif row["verdict"] in (WarcState.DAMAGED, WarcState.MISSING):
        work.problems.append(f"{source} was called {row['verdict']} by the last verify or repair{copy}")


def _is_there(work: _Work, name: str, there: Path, row: sqlite3.Row) -> bool:
    """Whether the last backup has this very file; only its index may have changed since (a takedown)."""
    known = work.known.get(name, {})
    if row["sha256"] is None or known.get("sha256") != row["sha256"] or not there.is_file():
        return False
    if there.stat().st_size != row["size"]:
        return False
    index = index_path(work.source, name)
    if index.is_file():
        _copy_small(work, index, index_path(work.target, name))
    return True


def _find_again(rows: sqlite3.Connection, names: list[str]) -> None:
    """What is lost in the archive isn't lost in the copy, where the copy has the file that was finished."""
    rows.executemany(
        "update captures set lost_at = null, lost_why = null where warc_file = ? and lost_at is not null and not exists"
        " (select 1 from acceptances a join warc_files w on w.name = a.warc_file and w.sha256 = a.sha256"
        " where w.name = captures.warc_file)",
        [(name,) for name in names],
    )


def _copy_file(work: _Work, source: Path, target: Path, name: str) -> str:
    """Copy, wait for the disk, and return the SHA-256 of what was read."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("wb") as writing:
        while data := reading.read(_PIECE):
            writing.write(data)
            digest.update(data)
            work.done += len(data)
            work.bytes_copied += len(data)
            work.progress(name, work.done, max(work.total, work.done))
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def _copy_beside(work: _Work) -> None:
    """The newsrooms, the receipts of takedowns, and torn tails."""
    if work.source.sources_toml.is_file():
        _copy_small(work, work.source.sources_toml, work.target.sources_toml)
    if work.source.reports.is_dir():
        for path in sorted(work.source.reports.glob("*.json")):
            _copy_small(work, path, work.target.reports / path.name)
    for path in torn_files(work.source):
        _copy_small(work, path, work.target.warc / path.name)


def _copy_small(work: _Work, source: Path, target: Path) -> None:
    """A file that may have changed since the last backup: written only where it differs."""
    try:
        data = source.read_bytes()
    except FileNotFoundError:
        return  # an index is replaced by whoever takes something down right now; recovery makes it again
    if target.is_file() and target.read_bytes() == data:
        return
    write_whole(target, [data])
    work.bytes_copied += len(data)


def _take_places(work: _Work, new: Path) -> None:
    """All copies take their names, the database last."""
    for temporary, place in work.renames:
        temporary.replace(place)
    sync_folder(work.target.warc)
    sync_folder(work.target.index)
    for suffix in ("-wal", "-shm"):
        # of the old database; with the new one they would be another one's
        work.target.root.joinpath(work.target.database.name + suffix).unlink(missing_ok=True)
    with new.open("rb") as handle:
        os.fsync(handle.fileno())
    new.replace(work.target.database)
    sync_folder(work.target.root)


def _strangers(work: _Work, names: set[str]) -> None:
    """WARCs of earlier backups that the archive doesn't have any more: kept, and told."""
    for path in finished_files(work.target):
        if path.name not in names:
            work.problems.append(f"{path} is of an earlier backup, and the archive doesn't have it any more: it stays")
