"""Copy of an archive's WARC files for a backup: new or changed ones only, none replaced by a damaged one."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from talkscraper.archive_folder import OPEN_SUFFIX, ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.capture.warc_file import index_path
from talkscraper.preserve.archive_files import Progress, locate, sha256_of
from talkscraper.preserve.file_verdicts import WarcState

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
    source = locate(work.source, name, row["path"])
    temporary = there.with_name(name + ".tmp")
    try:
        copied = _copy_file(work, source, temporary, name)
    except FileNotFoundError:
        # it was finished, and renamed, between listing and copying
        source = locate(work.source, name, row["path"])
        try:
            copied = _copy_file(work, source, temporary, name)
        except FileNotFoundError:
            if finished:
                work.problems.append(f"{source} is missing")
            return
    if finished and sha256 is not None and copied != sha256:
        work.problems.append(_altered(source, copied, sha256))
        if there.exists():
            temporary.unlink()  # an earlier copy may be the good one
            return
    if finished and sha256 is not None and copied == sha256:
        work.sound.append(name)
    work.copied.append(name)
    if not finished and source.name.endswith(OPEN_SUFFIX):
        there.unlink(missing_ok=True)  # the shorter copy of the same file from the last backup
        there = there.with_name(name + OPEN_SUFFIX)
    work.renames.append((temporary, there))
    index = index_path(work.source, name)
    if finished and index.is_file():
        copy_small(work, index, index_path(work.target, name))
    else:
        index_path(work.target, name).unlink(missing_ok=True)


def _altered(source: Path, sha256: str, recorded: str) -> str:
    return f"{source} isn't the file that was finished: its SHA-256 is {sha256}, not {recorded}"


def _check_source(work: BackupWork, row: sqlite3.Row) -> None:
    """Report changes of a file that isn't copied again; the copy may be the only sound one by now."""
    name = row["name"]
    source = locate(work.source, name, row["path"])
    copy = f"; the copy {work.target.warc / name} is what was finished: put it back, then 'talkscraper repair'"
    try:
        size = source.stat().st_size
    except OSError:
        work.problems.append(f"{source} is missing{copy}")
        return
    if size != row["size"]:
        wrong = f"{source} isn't the file that was finished: it has {size} bytes, not {row['size']}"
        work.problems.append(wrong + copy)
    elif not work.quick:
        sha256 = sha256_of(source)
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
    index = index_path(work.source, name)
    if index.is_file():
        copy_small(work, index, index_path(work.target, name))
    return True


def _copy_file(work: BackupWork, source: Path, target: Path, name: str) -> str:
    """Copy a file with fsync, and return the SHA-256 of what was read."""
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
