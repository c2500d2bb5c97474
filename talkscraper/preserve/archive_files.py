"""The files of an archive: finished WARCs, unfinished ones of a killed run, torn tails, indexes; and safe renaming."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import sync_folder
from talkscraper.capture.dedup import OPEN_SUFFIX
from talkscraper.capture.warc_file import CDXJ_SUFFIX, WARC_SUFFIX, index_name, index_path
from talkscraper.errors import StorageError

__all__ = [
    "CDXJ_SUFFIX",
    "MOVING_SUFFIX",
    "OPEN_SUFFIX",
    "REWRITE_SUFFIX",
    "TORN_SUFFIX",
    "WARC_SUFFIX",
    "finish_moves",
    "finished_files",
    "finished_names",
    "index_name",
    "index_names",
    "index_path",
    "locate",
    "locked",
    "move_files",
    "open_files",
    "sha256_of",
    "torn_files",
]

TORN_SUFFIX = ".torn"
"""Suffix of a torn tail that was cut off a WARC and kept for inspection."""
REWRITE_SUFFIX = ".rewrite"
"""Suffix of a WARC without taken-down records, before it replaces the old one."""
MOVING_SUFFIX = ".moving"
"""Suffix of a WARC that is being renamed to the name before the suffix."""
_COPY_BYTES = 4 * 1024 * 1024


def finished_files(folder: ArchiveFolder) -> list[Path]:
    """Return the finished WARC files in ``warc/``, sorted by name."""
    return [folder.warc / name for name in finished_names(folder)]


def finished_names(folder: ArchiveFolder) -> list[str]:
    """Return the names of ``finished_files``, sorted.

    Every run begins with these, and an archive of years has one for each hour, so no ``Path`` is created for each.
    """
    return _names(folder.warc, WARC_SUFFIX, ".warc")


def index_names(folder: ArchiveFolder) -> frozenset[str]:
    """Return the names of the CDXJ files in ``index/``."""
    return frozenset(_names(folder.index, CDXJ_SUFFIX))


def open_files(folder: ArchiveFolder) -> list[Path]:
    """Return the WARC files in ``warc/`` that are being written, or were when their run was killed."""
    return [folder.warc / name for name in _names(folder.warc, WARC_SUFFIX + OPEN_SUFFIX)]


def torn_files(folder: ArchiveFolder) -> list[Path]:
    """Return the torn tails that were set aside."""
    return [folder.warc / name for name in _names(folder.warc, TORN_SUFFIX)]


def _names(folder: Path, *suffixes: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith(suffixes) and entry.is_file())
    except FileNotFoundError:
        return []
    except OSError as e:
        raise StorageError(f"can't read {folder}: {e.strerror or e}") from e


def locate(folder: ArchiveFolder, name: str, path: str | None) -> Path:
    """Return the path of the WARC of a row of ``warc_files``; it may not exist.

    Raises:
        ArchiveError: the row names no file of an archive.
    """
    return folder.warc_place(name, path)


@contextmanager
def locked(path: Path) -> Iterator[int | None]:
    """Hold the lock that a file's writer holds while it writes; None if it is being written now.

    Raises:
        StorageError: the file can't be opened.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as e:
        raise StorageError(f"can't open {path}: {e.strerror or e}") from e
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield handle
    finally:
        os.close(handle)


def move_files(folder: ArchiveFolder, moves: Mapping[str, str]) -> None:
    """Rename WARC files in ``warc/``, given by their old names; two may exchange names. No file is ever overwritten.

    After a crash in between, ``finish_moves`` completes the renaming.
    """
    for old, new in moves.items():
        (folder.warc / old).rename(folder.warc / (new + MOVING_SUFFIX))
    sync_folder(folder.warc)
    finish_moves(folder)


def finish_moves(folder: ArchiveFolder) -> None:
    """Complete interrupted renamings whose target name is free."""
    moved = False
    for name in _names(folder.warc, MOVING_SUFFIX):
        target = folder.warc / name.removesuffix(MOVING_SUFFIX)
        if not target.exists():
            (folder.warc / name).rename(target)
            moved = True
    if moved:
        sync_folder(folder.warc)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in base16.

    Raises:
        StorageError: it can't be read.
    """
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as e:
        raise StorageError(f"can't read {path}: {e.strerror or e}") from e


def pieces_of(path: Path, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield the bytes of a file from ``start`` up to ``end``, some MiB at a time."""
    with path.open("rb") as handle:
        handle.seek(start)
        left = (path.stat().st_size if end is None else end) - start
        while left > 0 and (data := handle.read(min(left, _COPY_BYTES))):
            left -= len(data)
            yield data
