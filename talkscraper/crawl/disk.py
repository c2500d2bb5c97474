"""Disk limits: a run stops before the disk is full, and no source uses up all the remaining space."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import StorageError


def free_bytes(folder: ArchiveFolder) -> int:
    """Return the number of bytes on the archive's disk that are free for this user."""
    try:
        return shutil.disk_usage(folder.root).free
    except OSError as e:
        raise StorageError(f"can't ask how much is free on {folder.root}: {e.strerror}") from e


def disk_floor(folder: ArchiveFolder, free: int, floor: int) -> StorageError:
    """Return the error that ends a run whose disk has too little free space."""
    return StorageError(
        f"{folder.root}: only {free // 2**20} MiB free, and --min-free is {floor // 2**20} MiB: "
        "make room, or lower --min-free"
    )


def greedy(used: Mapping[str, int], *, room: int, left: int) -> list[str]:
    """Return the ids of the sources that must not fetch more, so that space is left for the others.

    None is stopped while half of the room is free; after that, every source that used more than an equal share of the
    other half.

    Args:
        used: Bytes received by each of the run's sources, by source id.
        room: Bytes free above the floor when the run began.
        left: Bytes free above the floor now.
    """
    if len(used) < 2 or left * 2 >= room:
        return []
    part = room / 2 / len(used)
    return [source_id for source_id, size in used.items() if size > part]
