"""The files of an archive and their names: WARCs, finished or left unfinished by a killed run, torn tails, indexes."""

from __future__ import annotations

import errno
import fcntl
import getpass
import hashlib
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from talkscraper.archive_folder import INDEX_SUFFIX, OPEN_SUFFIX, ArchiveFolder, index_name
from talkscraper.atomic_file import sync_folder
from talkscraper.capture.warc_file import WARC_SUFFIX
from talkscraper.errors import StorageError
from talkscraper.object_store.remote_warc import WarcPlace, located
from talkscraper.warc.members import opened

if TYPE_CHECKING:
    from sqlite3 import Row

    from sqlite_utils import Database

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes done, and their total."""

TORN_SUFFIX = ".torn"
"""Suffix of a torn tail that was cut off a WARC and kept for inspection."""
REWRITE_SUFFIX = ".rewrite"
"""Suffix of a WARC without taken-down records, before it replaces the old one."""
MOVING_SUFFIX = ".moving"
"""Suffix of a WARC that is being renamed to the name before the suffix."""
JOINING_SUFFIX = ".joining"
"""Suffix of the empty file beside a WARC that is being joined from others."""
_MARGIN_BYTES = 64 * 1024 * 1024
_COPY_BYTES = 4 * 1024 * 1024
_STEM = re.compile(r"^(.*?)((?:\.warc|\.arc)?(?:\.gz|\.zst)?)$", re.DOTALL)
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]+")
MAX_STEM_BYTES = 150
"""Maximum length in bytes: file systems allow 255, including a digest in front of the suffix and the suffix of an
unfinished file.
"""


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
    return frozenset(_names(folder.index, INDEX_SUFFIX))


def open_files(folder: ArchiveFolder) -> list[Path]:
    """Return the WARC files in ``warc/`` that are being written, or were when their run was killed."""
    return [folder.warc / name for name in _names(folder.warc, WARC_SUFFIX + OPEN_SUFFIX)]


def is_listed(path: Path) -> bool:
    """Whether ``finished_files`` or ``open_files`` lists this file, if it is in ``warc/``."""
    return path.name.endswith((WARC_SUFFIX, ".warc", WARC_SUFFIX + OPEN_SUFFIX)) and path.is_file()


def torn_files(folder: ArchiveFolder) -> list[Path]:
    """Return the torn tails that were set aside."""
    return [folder.warc / name for name in _names(folder.warc, TORN_SUFFIX)]


def joining_names(folder: ArchiveFolder) -> list[str]:
    """Return the names of WARC files whose joining from others isn't finished."""
    return [name.removesuffix(JOINING_SUFFIX) for name in _names(folder.warc, JOINING_SUFFIX)]


def require_room(folder: Path, needed: int, what: str) -> None:
    """Refuse what the disk has no room for.

    Raises:
        StorageError: it hasn't.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + _MARGIN_BYTES:
        raise StorageError(f"{what} needs {needed} bytes in {folder}, and {free} are free")


def _names(folder: Path, *suffixes: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith(suffixes) and entry.is_file())
    except FileNotFoundError:
        return []
    except OSError as e:
        raise StorageError(f"can't read {folder}: {e.strerror or e}") from e


def locate(folder: ArchiveFolder, name: str, row: Mapping[str, Any] | Row | None) -> WarcPlace:
    """Return where the WARC ``name`` is, by its row of ``warc_files``, if any; it may not exist.

    Raises:
        ArchiveError: the row names no file of an archive.
    """
    return located(folder, row) if row is not None else folder.warc_place(name)


@contextmanager
def locked(path: Path) -> Iterator[int | None]:
    """Hold the lock that a file's writer holds while it writes; None if it is being written now.

    Raises:
        StorageError: the file can't be opened.
    """
    try:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as e:
            if e.errno not in (errno.EROFS, errno.EACCES):
                raise
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # on read-only media
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


def sha256_of(path: WarcPlace, start: int = 0, end: int | None = None) -> str:
    """Return the SHA-256 of a file, or of its part from ``start`` up to ``end``, in base16.

    Raises:
        StorageError: it can't be read.
    """
    with opened(path) as handle:
        handle.seek(start)
        if end is None:
            return hashlib.file_digest(handle, "sha256").hexdigest()
        digest = hashlib.sha256()
        for data in next_bytes(handle, end - start):
            digest.update(data)
        return digest.hexdigest()


def pieces_of(path: WarcPlace, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield the bytes of a file from ``start`` up to ``end``, some MiB at a time."""
    with path.open("rb") as handle:
        handle.seek(start)
        yield from next_bytes(handle, (path.stat().st_size if end is None else end) - start)


def next_bytes(handle: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield the next ``size`` bytes of an open file, as far as it has them, some MiB at a time."""
    left = size
    while left > 0 and (data := handle.read(min(left, _COPY_BYTES))):
        left -= len(data)
        yield data


def unused_report(folder: ArchiveFolder, what: str, moment: datetime) -> Path:
    """Return a path in ``reports/`` that no file has, for the receipt of what was done at a moment."""
    stem, number = f"{what}-{moment:%Y%m%d%H%M%S}", 0
    while (path := folder.reports / f"{stem}{f'-{number}' if number else ''}.json").exists():
        number += 1
    return path


# --- names of imported files ------------------------------------------------------------------------------------------


def free_name(db: Database, folder: ArchiveFolder, wanted: str, sha256: str) -> str:
    """Return ``wanted``, or with the beginning of the file's digest if another file has the name, or its index."""
    stem, ending = _possible_name(wanted)
    for candidate in (stem, *(f"{stem}-{sha256[:length]}" for length in (8, 16, 64))):
        if _is_free(db, folder, name := candidate + ending):
            return name
    raise ValueError(f"every name for {wanted!r} is taken")


def free_name_without_digest(db: Database, folder: ArchiveFolder, wanted: str) -> str | None:
    """Return what ``free_name`` returns for a file of any digest; None if that depends on it."""
    name = "".join(_possible_name(wanted))
    return name if _is_free(db, folder, name) else None


def _possible_name(wanted: str) -> tuple[str, str]:
    stem, ending = split(_NOT_IN_NAMES.sub("_", wanted))
    return stem.encode()[:MAX_STEM_BYTES].decode("utf-8", "ignore") or "file", ending


def _is_free(db: Database, folder: ArchiveFolder, name: str) -> bool:
    return not _is_taken(db, name) and not (folder.warc / name).exists()


def _is_taken(db: Database, name: str) -> bool:
    """Whether a file of the archive has this name, or one with the same index name."""
    stem = index_name(name).removesuffix(INDEX_SUFFIX)
    names = [name, *(stem + ending for ending in ("", ".gz", ".warc", ".warc.gz"))]
    # looked up, not listed: an import of thousands of files does this for each
    return db.execute("select 1 from warc_files where name in (?, ?, ?, ?, ?)", names).fetchone() is not None


def split(name: str) -> tuple[str, str]:
    """Split a file's name before ``.warc`` or ``.arc``, compressed (``.gz``, ``.zst``) or not."""
    match = _STEM.match(name)
    assert match is not None
    return match[1], match[2]


def is_inside(folder: ArchiveFolder, path: Path) -> bool:
    """Whether a file is in the archive's own warc/."""
    return path.parent.resolve() == folder.warc.resolve()


def person() -> str:
    """Return the user and the machine that run this, for records of what was done."""
    name = "unknown"
    with suppress(KeyError, OSError, ImportError):  # a container may have no user of this number
        name = getpass.getuser()
    return f"{name}@{socket.gethostname()}"
