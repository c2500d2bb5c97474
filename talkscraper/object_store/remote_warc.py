"""A WARC that lies in a store, read like a ``Path``; and ``located``, which decides where a WARC of a row is read.

Two ways to read it. ``open`` is for reading all of it: what the store sends now, whatever it is, in large pieces and
past the cache; so ``verify`` sees what is there. ``open_ranges`` is for single records: by blocks through the cache,
and only of an object that is still what was put there, by its size and its tag, else by the SHA-256 of all of it.
"""

from __future__ import annotations

import io
import os
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ArchiveError, ObjectMissing, ObjectReplaced, StorageError
from talkscraper.object_store.block_cache import BLOCK_BYTES, cache_of
from talkscraper.object_store.store import PIECE_BYTES, StoredObject, read_range, sha256_of_object, stat_object
from talkscraper.object_store.store_url import fault_of

PLACE_COLUMNS = "name, path, location, location_etag, size, sha256"
"""Columns of ``warc_files`` that ``located`` needs."""
TRUSTED_S = 30.0
"""Number of seconds for which an object counts as unchanged once it was looked at."""
_AHEAD_BLOCKS = 8
"""Maximum number of blocks that are read at once of a file that is read forward."""
_RANGE_BUFFER = 64 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_lock = threading.Lock()
_looked_at: dict[tuple[str, str], _Look] = {}
"""What was found when an object was last looked at, by its URL and SHA-256."""
_last_block: dict[str, int] = {}
"""The block of each object that was read last."""
_MAX_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found when an object was looked at."""

    at: float
    found: StoredObject
    wrong: str | None


@dataclass(frozen=True, slots=True)
class RemoteStat:
    """Size of an object, under the name that ``os.stat`` has for it."""

    st_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteWarc:
    """A finished WARC in a store. Making the object touches nothing."""

    name: str
    location: str
    size: int
    sha256: str
    etag: str | None
    root: Path
    """The archive's folder, for the cache."""

    def __str__(self) -> str:
        return self.location

    def exists(self) -> bool:
        """Whether the store has it.

        Raises:
            StorageError: the store can't be reached, which says nothing about the file.
        """
        try:
            stat_object(self.location)
        except ObjectMissing:
            return False
        return True

    def stat(self) -> RemoteStat:
        """Return its size in the store.

        Raises:
            ObjectMissing, StorageError: it isn't there, or can't be reached.
        """
        return RemoteStat(stat_object(self.location).size)

    def open(self, _mode: str = "rb") -> io.BufferedReader:
        """Open it to be read from start to end, past the cache.

        Raises:
            ObjectMissing, StorageError: it isn't there, or can't be reached.
        """
        return io.BufferedReader(_Stream(self.location, stat_object(self.location)), PIECE_BYTES)

    def open_ranges(self) -> io.BufferedReader:
        """Open it for reading single records, through the cache; nothing is asked of the store yet."""
        return io.BufferedReader(_Blocks(self), _RANGE_BUFFER)

    def forget_cached(self) -> None:
        """Remove its blocks from the cache: one that passed its digest has been read from the store in a bad hour."""
        cache_of(self.root).forget(self.sha256)

    def require_unchanged(self) -> StoredObject:
        """Refuse an object that isn't what was put there; return what the store tells of it.

        Raises:
            ObjectMissing, StorageError: it is another one, or missing, or can't be reached.
        """
        look = self._look()
        if look.wrong is not None:
            copy = "a copy of it in warc/ is read instead"
            raise StorageError(f"{self.location} isn't the file that was finished: {look.wrong}; {copy}")
        return look.found

    def difference(self) -> str | None:
        """Return how the object differs from what was put there; None if it doesn't.

        Raises:
            ObjectMissing, StorageError: it is missing, or can't be reached.
        """
        return self._look().wrong

    def look_again(self) -> None:
        """Let the object be looked at again before it is read: it was replaced."""
        with _lock:
            _looked_at.pop((self.location, self.sha256), None)

    def _look(self) -> _Look:
        key = (self.location, self.sha256)
        with _lock:
            before = _looked_at.get(key)
        if before is not None and time.monotonic() - before.at < TRUSTED_S:
            return before
        found = stat_object(self.location)
        look = _Look(at=time.monotonic(), found=found, wrong=self._difference(found))
        with _lock:
            if len(_looked_at) >= _MAX_REMEMBERED:
                _looked_at.clear()
            _looked_at[key] = look
        return look

    def _difference(self, found: StoredObject) -> str | None:
        """Return what is wrong with an object of which the store tells this."""
        if found.size != self.size:
            return f"it has {found.size} bytes, but had {self.size} when it was put there"
        if self.etag is not None and found.etag == self.etag:
            return None
        # touched, or copied to another store: its bytes decide
        sha256 = sha256_of_object(self.location, self.size, expected=found)
        if sha256 == self.sha256:
            return None
        return f"its SHA-256 is {sha256}, but was {self.sha256} when it was put there"


WarcPlace = Path | RemoteWarc
"""Where a WARC is read."""


class _Stream(io.RawIOBase):
    """An object as the store sends it."""

    def __init__(self, location: str, found: StoredObject) -> None:
        self._location = location
        self._found = found
        self._size = found.size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        data = self._read(self._position, wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _read(self, start: int, wanted: int) -> bytes | memoryview:
        """Return up to ``wanted`` bytes, at least one."""
        return read_range(self._location, start, start + wanted, self._found)


class _Blocks(_Stream):
    """An object by blocks that are kept in the cache."""

    def __init__(self, warc: RemoteWarc) -> None:
        super().__init__(warc.location, StoredObject(size=warc.size, etag=warc.etag))
        self._warc = warc
        self._cache = cache_of(warc.root)
        self._number = -1
        self._block = b""

    def _read(self, start: int, wanted: int) -> memoryview:
        number, at = divmod(start, BLOCK_BYTES)
        if number != self._number:
            self._block = self._fetched(number)
            self._number = number
        return memoryview(self._block)[at : at + wanted]

    def _fetched(self, number: int) -> bytes:
        warc = self._warc
        length = min(BLOCK_BYTES, warc.size - number * BLOCK_BYTES)
        with _lock:
            forward = _last_block.get(warc.location) == number - 1
            if len(_last_block) >= _MAX_REMEMBERED:
                _last_block.clear()
            _last_block[warc.location] = number
        data = self._cache.get(warc.sha256, number)
        if data is not None and len(data) == length:
            return data
        found = warc.require_unchanged()
        start, count = number * BLOCK_BYTES, 1
        if forward:
            while count < _AHEAD_BLOCKS and not self._cache.has(warc.sha256, number + count):
                count += 1
        end = min(start + count * BLOCK_BYTES, warc.size)
        try:
            data = read_range(warc.location, start, end, found)
        except ObjectReplaced:
            warc.look_again()
            data = read_range(warc.location, start, end, warc.require_unchanged())
        for each in range(0, len(data), BLOCK_BYTES):
            self._cache.put(warc.sha256, number + each // BLOCK_BYTES, data[each : each + BLOCK_BYTES])
        return data[:BLOCK_BYTES]


def located(folder: ArchiveFolder, row: Mapping[str, Any] | Any) -> WarcPlace:
    """Return where the WARC of a row of ``warc_files`` is read: on disk if it is there, else in its store.

    The row has the ``PLACE_COLUMNS``.

    Raises:
        ArchiveError: the row names no file of an archive.
    """
    local = folder.warc_place(str(row["name"]), str(row["path"]) if row["path"] else None)
    if not row["location"] or local.exists():
        return local
    return in_store(folder, row)


def in_store(folder: ArchiveFolder, row: Mapping[str, Any] | Any) -> RemoteWarc:
    """Return the object of a row of ``warc_files`` that has a location, whether the file is on disk too or not.

    Raises:
        ArchiveError: the row names no object.
    """
    location = row["location"]
    sound = row["size"] is not None and _SHA256.fullmatch(str(row["sha256"]))
    if fault_of(str(location)) or not sound:
        raise ArchiveError(f"the database says of {row['name'][:100]!r} that it lies in a store, but names none")
    return RemoteWarc(
        name=str(row["name"]),
        location=str(location),
        size=int(row["size"]),
        sha256=str(row["sha256"]),
        etag=row["location_etag"],
        root=folder.root,
    )


def opened_ranges(place: WarcPlace) -> io.BufferedReader:
    """Open a WARC for reading single records.

    Raises:
        OSError, StorageError: it can't be read.
    """
    return place.open_ranges() if isinstance(place, RemoteWarc) else place.open("rb")
