"""The disk's floor: a run stops before the disk is full, not when it is."""

from __future__ import annotations

import shutil

from talkscraper.errors import StorageError
from talkscraper.folder import ArchiveFolder


def free_bytes(folder: ArchiveFolder) -> int:
    """Free bytes on the archive's disk for this user."""
    try:
        return shutil.disk_usage(folder.root).free
    except OSError as e:
        raise StorageError(f"can't ask how much is free on {folder.root}: {e.strerror}") from e


def disk_floor(folder: ArchiveFolder, free: int, floor: int) -> StorageError:
    """The error of a disk that is too full to go on."""
    return StorageError(
        f"{folder.root}: only {free // 2**20} MiB free, and --min-free is {floor // 2**20} MiB: "
        "make room, or lower --min-free"
    )
