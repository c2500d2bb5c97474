"""Blocks of WARCs from a store, kept on disk: bounded in size, for several processes at a time.

A block is a file of its SHA-256 and its bytes, written under another name and renamed, so that it is whole or not
there; one that doesn't match its digest is thrown away and read from the store again. The least recently used ones go
first. What can't be written (read-only media, a full disk) isn't kept, which only costs time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from talkscraper.errors import UsageError
from talkscraper.whole_numbers import whole_number

SIZE_VARIABLE = "TALKSCRAPER_CACHE_MB"
FOLDER_VARIABLE = "TALKSCRAPER_CACHE"
DEFAULT_CACHE_MB = 1024
MAX_CACHE_MB = 1 << 30
FOLDER = "cache"
"""Name of the cache's folder in the archive."""
BLOCK_BYTES = 1024 * 1024
_DIGEST = hashlib.sha256().digest_size
_KEPT_SHARE = 0.9
"""Share of the maximum size that is left after an eviction."""
_LOOKS = 16
"""The cache's size is looked up each time that a process has written this fraction of the maximum size."""
_lock = threading.Lock()
_written: dict[Path, int] = {}
"""Number of bytes that this process has written since it looked the size up, by folder."""


class BlockCache:
    """The blocks in one folder."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Keep up to ``max_bytes`` in ``folder``; nothing with 0."""
        self._folder = folder
        self._max_bytes = max_bytes

    def get(self, key: str, number: int) -> bytes | None:
        """Return a block of the file ``key``; None if it isn't there, or is damaged."""
        if not self._max_bytes:
            return None
        path = self._path(key, number)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(memoryview(data)[_DIGEST:]).digest() != data[:_DIGEST]:
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)  # the access time isn't kept on every disk
        return data[_DIGEST:]

    def has(self, key: str, number: int) -> bool:
        """Whether a block is there, sound or not."""
        return bool(self._max_bytes) and self._path(key, number).exists()

    def put(self, key: str, number: int, data: bytes) -> None:
        """Keep a block."""
        if not self._max_bytes:
            return
        path = self._path(key, number)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(hashlib.sha256(data).digest() + data)
            part.replace(path)
        except OSError:
            with suppress(OSError):
                part.unlink()
            return
        with _lock:
            written = _written.get(self._folder)
            _written[self._folder] = (self._max_bytes if written is None else written) + len(data)
            due = _written[self._folder] >= self._max_bytes // _LOOKS
            if due:
                _written[self._folder] = 0
        if due and not self._evict():
            with _lock:
                _written[self._folder] = self._max_bytes  # another process may have listed them before this one came

    def forget(self, key: str) -> None:
        """Remove all blocks of a file."""
        shutil.rmtree(self._folder / key, ignore_errors=True)

    def _path(self, key: str, number: int) -> Path:
        return self._folder / key / str(number)

    def _evict(self) -> bool:
        """Remove the blocks that were used longest ago, if there are too many; False if another process does."""
        with suppress(OSError), self._alone() as alone:
            if not alone:
                return False
            found = sorted(self._blocks())
            size = sum(each[1] for each in found)
            if size <= self._max_bytes:
                return True
            for _used, length, path in found:
                if size <= self._max_bytes * _KEPT_SHARE:
                    break
                with suppress(OSError):
                    path.unlink()
                    size -= length
        return True

    def _blocks(self) -> Iterator[tuple[int, int, Path]]:
        """Yield when each block was used, its size and its path; empty folders are removed."""
        for place in self._folder.iterdir():
            if not place.is_dir():
                continue
            with suppress(OSError):
                place.rmdir()  # if it is empty
                continue
            with suppress(OSError), os.scandir(place) as entries:
                for entry in entries:
                    with suppress(OSError):
                        state = entry.stat(follow_symlinks=False)
                        yield state.st_mtime_ns, state.st_size, Path(entry.path)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(handle)


def cache_of(root: Path) -> BlockCache:
    """Return the cache of the archive at ``root``, as the environment wants it.

    Raises:
        UsageError: the environment names no size.
    """
    text = os.environ.get(SIZE_VARIABLE, "").strip()
    size = whole_number(text) if text else DEFAULT_CACHE_MB
    if size is None or size > MAX_CACHE_MB:
        raise UsageError(f"{SIZE_VARIABLE} is {text[:20]!r}: write a number of megabytes, 0 for no cache")
    chosen = os.environ.get(FOLDER_VARIABLE, "").strip()
    return BlockCache(Path(chosen) if chosen else root / FOLDER, size * 1024 * 1024)
