"""Per-host delays across all processes of this user on this machine: one small file per host holds its last request.

It says when that was, and how long its process leaves the host alone after it. The next one also keeps its own delay,
which may be longer: they may be of two sources.

A process takes a turn under the file's lock when the turn has come, and reserves none: one that is late, or was stopped
meanwhile, would use its reservation when others have used theirs.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from talkscraper.errors import StorageError

_MAX_WAIT_S = 600.0
"""Maximum number of seconds ahead of a valid turn; beyond that the clock has jumped, and it is ignored."""
_FORMAT = struct.Struct("<dd")
"""When the host is free again, and when the last request was sent."""


def default_directory() -> Path:
    """Return the folder of this user's host files."""
    return Path(tempfile.gettempdir()) / f"talkscraper-{os.getuid()}" / "hosts"


def _make_private(folder: Path, *, parents: bool) -> None:
    """Create a folder accessible to this user only, or restrict an existing one of the same user.

    Raises:
        StorageError: the disk failed, or the folder belongs to another user.
    """
    try:
        folder.mkdir(mode=0o700, parents=parents, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and found.st_mode & 0o022:
            folder.chmod(0o700)
    except OSError as e:
        raise StorageError(f"can't make {folder}: {e.strerror}") from e
    if not stat.S_ISDIR(found.st_mode):
        raise StorageError(f"{folder} is a link: remove it, or set TMPDIR")
    if found.st_uid != os.getuid():
        raise StorageError(f"{folder} belongs to another user: remove it, or set TMPDIR")


class HostLeases:
    """Turns per host, shared through files in ``directory`` (created if missing, for this user only)."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or default_directory()
        shared = self._directory == default_directory()
        # the folder's name is predictable and its parent writable by others: neither it nor its files may be theirs
        for folder in (self._directory.parent, self._directory) if shared else (self._directory,):
            _make_private(folder, parents=not shared)

    def take(self, host: str, delay: float) -> float:
        """Take the host's turn if it has come, and return 0.0; else return in how many seconds it may be tried again.

        Blocks while another process writes; call it in a thread.
        """
        with self._held(host) as handle:
            now = time.time()
            held = os.pread(handle, _FORMAT.size, 0)
            free_at, last = _FORMAT.unpack(held) if len(held) == _FORMAT.size else (now, now - delay)
            if last <= now:
                free_at = max(free_at, last + delay)
            if now < free_at <= now + _MAX_WAIT_S:
                return float(free_at - now)
            os.pwrite(handle, _FORMAT.pack(now + delay, now), 0)
            return 0.0

    def sent(self, host: str, delay: float) -> None:
        """Let the delay begin now, when the request of a turn is sent: connecting, or a busy machine, took its time."""
        with self._held(host) as handle:
            now = time.time()
            os.pwrite(handle, _FORMAT.pack(now + delay, now), 0)

    @contextmanager
    def _held(self, host: str) -> Iterator[int]:
        """Hold the lock of a host's file.

        Raises:
            StorageError: the file can't be opened, read or written.
        """
        path = self._directory / hashlib.sha256(host.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as e:
            raise StorageError(f"can't open {path}: {e.strerror}") from e
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        except OSError as e:
            raise StorageError(f"can't write {path}: {e.strerror}") from e
        finally:
            os.close(handle)
