"""Copy of an archive's WARC files for a backup: new or changed ones only, none replaced by a damaged one."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from talkscraper.archive_folder import OPEN_SUFFIX, ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.capture.warc_file import index_path
from talkscraper.errors import ObjectMissing, StorageError, StoreUnreachable
from talkscraper.object_store.remote_warc import RemoteWarc, WarcPlace
from talkscraper.preserve.archive_files import Progress, locate, sha256_of
from talkscraper.preserve.file_verdicts import WarcState
from talkscraper.store.database import open_reader

_PIECE = 4 * 1024 * 1024


@dataclass(slots=True)
class BackupWork:
    """The state of a backup in progress."""

    source: ArchiveFolder
    target: ArchiveFolder
    known: dict[str, dict[str, Any]]
    """WARC files of the last backup in this folder."""
    progress: Progress
    quick: bool = False
    """Whether files that aren't copied again are left unread."""
    total: int = 0
    done: int = 0
    copied: list[str] = field(default_factory=list)
    bytes_copied: int = 0
    problems: list[str] = field(default_factory=list)
    sound: list[str] = field(default_factory=list)
    """WARC files whose copy is identical with the finished file."""
    renames: list[tuple[Path, Path]] = field(default_factory=list)
    """Copies under temporary names, with their final names; they are renamed together at the end."""


def copy_warc(work: BackupWork, row: sqlite3.Row) -> None:
    """Copy the WARC of a row of ``warc_files`` and its index under temporary names, unless the last backup has it."""
    name, sha256 = row["name"], row["sha256"]
    finished = row["closed_at"] is not None
    there = work.target.warc / name
    if finished and _is_there(work, name, there, row):
        work.sound.append(name)
        _check_source(work, row)
        work.done += row["size"]
        work.progress(name, work.done, work.total)
        return
    source = locate(work.source, name, row)
    temporary = there.with_name(name + ".tmp")
    # of a file that a run has continued since, what was finished is copied: the rows of the copy are as old
    size = row["size"] if finished else None
    try:
        copied = _copy_file(work, source, temporary, name, size)
    except (FileNotFoundError, ObjectMissing):
        # it was finished or continued, and renamed, between listing and copying
        source = locate(work.source, name, row)
        try:
            copied = _copy_file(work, source, temporary, name, size)
        except (FileNotFoundError, ObjectMissing):
            if finished:
                work.problems.append(f"{source} is missing")
            return
    if finished and sha256 is not None and copied != sha256:
        work.problems.append(_altered(source, copied, sha256))
        if there.exists():
            temporary.unlink()  # an earlier copy may be the good one
            return
    if finished and sha256 is not None and copied == sha256:
        longer = _longer(work, row)
        if longer is not None:
            work.problems.append(f"{longer}; what was finished is in the copy")
        work.sound.append(name)
    work.copied.append(name)
    if not finished and source.name.endswith(OPEN_SUFFIX):
        there.unlink(missing_ok=True)  # the shorter copy of the same file from the last backup
        there = there.with_name(name + OPEN_SUFFIX)
    work.renames.append((temporary, there))
    if finished and index_path(work.source, name).is_file():
        _copy_index(work, row)
    else:
        index_path(work.target, name).unlink(missing_ok=True)


def _longer(work: BackupWork, row: sqlite3.Row) -> str | None:
    """Return what is wrong with the size of a file that no run has continued since the database was copied."""
    source = locate(work.source, row["name"], row)
    if isinstance(source, RemoteWarc):
        return None  # all of it was read
    try:
        size = source.stat().st_size
    except OSError:
        return None  # renamed just now
    if row["size"] in (None, size) or _is_continued(work, row):
        return None
    return f"{source} isn't the file that was finished: it has {size} bytes, not {row['size']}"


def _is_continued(work: BackupWork, row: sqlite3.Row) -> bool:
    """Whether a run has continued a file since its row was copied."""
    with closing(open_reader(work.source.database)) as connection:
        now = connection.execute(
            "select sha256, prefix_sha256 from warc_files where name = ?", [row["name"]]
        ).fetchone()
    if now is None:
        return False
    return now["prefix_sha256"] == row["sha256"] or now["sha256"] not in (None, row["sha256"])


def _altered(source: WarcPlace, sha256: str, recorded: str) -> str:
    return f"{source} isn't the file that was finished: its SHA-256 is {sha256}, not {recorded}"


def _check_source(work: BackupWork, row: sqlite3.Row) -> None:
    """Report changes of a file that isn't copied again; the copy may be the only sound one by now."""
    name = row["name"]
    source = locate(work.source, name, row)
    copy = f"; the copy {work.target.warc / name} is what was finished: put it back, then 'talkscraper repair'"
    if isinstance(source, RemoteWarc):
        try:
            source.require_unchanged()
        except StoreUnreachable:
            raise
        except StorageError as e:
            work.problems.append(f"{e}{copy}")
        return
    try:
        size = source.stat().st_size
    except OSError:
        work.problems.append(f"{source} is missing{copy}")
        return
    if size != row["size"] and not _is_continued(work, row):
        wrong = f"{source} isn't the file that was finished: it has {size} bytes, not {row['size']}"
        work.problems.append(wrong + copy)
    elif not work.quick:
        sha256 = sha256_of(source, 0, row["size"])
        if sha256 != row["sha256"]:
            work.problems.append(_altered(source, sha256, row["sha256"]) + copy)
    elif row["verdict"] in (WarcState.DAMAGED, WarcState.MISSING):
        work.problems.append(f"{source} was called {row['verdict']} by the last verify or repair{copy}")


def _is_there(work: BackupWork, name: str, there: Path, row: sqlite3.Row) -> bool:
    """Whether the last backup has the identical file; only its index may have changed since (after a takedown)."""
    known = work.known.get(name, {})
    if row["sha256"] is None or known.get("sha256") != row["sha256"] or not there.is_file():
        return False
    if there.stat().st_size != row["size"]:
        return False
    if index_path(work.source, name).is_file():
        _copy_index(work, row)
    return True


def _copy_index(work: BackupWork, row: sqlite3.Row) -> None:
    """Copy the index of a finished file; that of a file continued since lists more, and the copy writes its own."""
    index = index_path(work.target, row["name"])
    copy_small(work, index_path(work.source, row["name"]), index)
    source = locate(work.source, row["name"], row)
    if isinstance(source, RemoteWarc):
        return
    try:
        size = source.stat().st_size
    except OSError:
        return
    if size != row["size"]:
        index.unlink(missing_ok=True)


def _copy_file(work: BackupWork, source: WarcPlace, target: Path, name: str, size: int | None) -> str:
    """Copy a file, or its first ``size`` bytes, with fsync, and return the SHA-256 of what was read."""
    digest = hashlib.sha256()
    left = sys.maxsize if size is None else size
    with source.open("rb") as reading, target.open("wb") as writing:
        while data := reading.read(min(_PIECE, left)):
            left -= len(data)
            writing.write(data)
            digest.update(data)
            work.done += len(data)
            work.bytes_copied += len(data)
            work.progress(name, work.done, max(work.total, work.done))
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def copy_small(work: BackupWork, source: Path, target: Path) -> None:
    """Copy a file that may have changed since the last backup, if it differs."""
    try:
        data = source.read_bytes()
    except FileNotFoundError:
        return  # a concurrent takedown replaces the index; recovery writes it again
    if target.is_file() and target.read_bytes() == data:
        return
    write_whole(target, [data])
    work.bytes_copied += len(data)
