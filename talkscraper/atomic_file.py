"""Files that are replaced whole or not at all: written under a temporary name beside, synced, renamed."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from talkscraper.errors import StorageError

TEMPORARY_SUFFIX = ".tmp"
"""What a process that dies leaves in an archive ends so, and the next run's recovery removes it."""
MAX_PREFIX = 40
"""Characters of a file's name that its temporary name begins with: the name itself may be as long as can be."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write to; it becomes ``path`` when all went well, and is removed when not.

    Raises:
        StorageError: the disk refuses; the old file, if any, is untouched.
    """
    try:
        with _beside(path) as part:
            yield part
    except OSError as e:
        raise StorageError(f"can't write {path}: {e.strerror or e}") from e


def write_whole(path: Path, pieces: Iterable[bytes], *, mode: int | None = None) -> str:
    """Write a file whole or not at all, and have its name survive a power cut. Returns its SHA-256 in base16.

    Args:
        path: The file; it may be there.
        pieces: Its bytes.
        mode: Its permissions; None: those that a new file gets.

    Raises:
        OSError: the disk refuses; nothing is left behind.
    """
    digest = hashlib.sha256()
    with _beside(path) as part:
        with part.open("wb") as handle:
            for piece in pieces:
                handle.write(piece)
                digest.update(piece)
        if mode is not None:
            part.chmod(mode)
    sync_folder(path.parent)
    return digest.hexdigest()


def sync_file(path: Path) -> None:
    """Make what was written to a file survive a power cut. It isn't opened for writing: its mode may forbid that."""
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    part = path.with_name(f"{path.name[:MAX_PREFIX]}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    try:
        yield part
        sync_file(part)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
