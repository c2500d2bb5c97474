"""A host's delay holds for all processes of this user on this machine: one small file per host says whose turn it is.

A process reserves its turn under the file's lock and waits outside of it; one that dies has at worst wasted a turn.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import tempfile
import time
from pathlib import Path

from talkscraper.errors import StorageError

_LONGEST_WAIT_S = 600.0
"""A reservation further ahead is a clock that jumped, and is ignored."""
_FORMAT = struct.Struct("<d")


def default_directory() -> Path:
    """Where the host files of this user lie."""
    return Path(tempfile.gettempdir()) / f"talkscraper-{os.getuid()}" / "hosts"


class HostLeases:
    """Turns per host, shared through files in ``directory`` (made where missing, for this user only)."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or default_directory()
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = self._directory.stat().st_uid
        except OSError as e:
            raise StorageError(f"can't make {self._directory}: {e.strerror}") from e
        if owner != os.getuid():
            raise StorageError(f"{self._directory} belongs to another user: remove it, or set TMPDIR")

    def reserve(self, host: str, delay: float) -> float:
        """Take the host's next turn and return how many seconds it is away (0.0: now).

        Blocks for the moment that another process writes its reservation; call it in a thread.
        """
        path = self._directory / hashlib.sha256(host.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as e:
            raise StorageError(f"can't open {path}: {e.strerror}") from e
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            now = time.time()
            held = os.pread(handle, _FORMAT.size, 0)
            free_at = _FORMAT.unpack(held)[0] if len(held) == _FORMAT.size else now
            if not now <= free_at <= now + _LONGEST_WAIT_S:
                free_at = now
            os.pwrite(handle, _FORMAT.pack(free_at + delay), 0)
        except OSError as e:
            raise StorageError(f"can't write {path}: {e.strerror}") from e
        finally:
            os.close(handle)
        return float(free_at - now)
