"""The disk's floor: a run stops before the disk is full, not when it is, and no source takes all that is left."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import StorageError


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


def greedy(used: Mapping[str, int], *, room: int, left: int) -> list[str]:
    """Which sources must bring no more, so that there is something left for the others.

    Nobody is held as long as half of the room is free; then whoever used more than its even part of that half.

    Args:
        used: By source, for all of the run's sources, the bytes that it brought.
        room: Bytes above the floor when the run began.
        left: The same now.
    """
    if len(used) < 2 or left * 2 >= room:
        return []
    part = room / 2 / len(used)
    return [source_id for source_id, size in used.items() if size > part]
