"""Shards: files with the extractions of some pages, made by a worker, read by the one process that stores them.

A shard is written under a temporary name and renamed, so it is whole or isn't there, and its own SHA-256 ends it. It
holds compressed JSON, one piece for each page, and where these are. A page is known by its capture's id and the digest
of all that its extraction depends on: a shard that a crash left behind is used again as far as that is unchanged.

    {"format": …}⏎ piece … piece index (all zlib) · offset of the index (8 bytes) · SHA-256 (32 bytes)
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from talkscraper.atomic_file import TEMPORARY_SUFFIX, replacing
from talkscraper.errors import StorageError

SHARD_SUFFIX = ".shard"
VERIFY_SHARDS = "verify"
"""Folder among the shards with those of pages that are extracted again to be compared."""
FORMAT = "talkscraper-shard/1"
MAX_PIECE = 256 * 1024 * 1024
"""Maximum size of a piece in bytes, unpacked: many times that of a page."""
_HEAD = json.dumps({"format": FORMAT}).encode() + b"\n"
_TRAILER = struct.Struct(">Q32s")
_READ = 1024 * 1024
_LEVEL = 1


class DamagedShard(Exception):
    """A shard that isn't what was written: its pages are extracted again."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The result for one page, as it is stored: compressed JSON, or nothing for a page that isn't an article's."""

    capture_id: str
    inputs: str
    """Digest of everything that the result depends on."""
    packed: bytes


def pack(capture_id: str, inputs: str, text: str) -> Piece:
    """Return the piece for a page; ``text`` is its extraction as JSON, or empty."""
    return Piece(capture_id, inputs, zlib.compress(text.encode("ascii"), _LEVEL) if text else b"")


def write_shard(path: Path, pieces: Iterable[Piece]) -> None:
    """Write a shard, whole or not at all.

    Raises:
        StorageError: the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    index: dict[str, tuple[str, int, int]] = {}
    digest = hashlib.sha256()
    with replacing(path) as part, part.open("wb") as out:

        def put(data: bytes) -> None:
            out.write(data)
            digest.update(data)

        put(_HEAD)
        for each in pieces:
            index[each.capture_id] = (each.inputs, out.tell(), len(each.packed))
            put(each.packed)
        offset = out.tell()
        put(zlib.compress(json.dumps(index, separators=(",", ":")).encode("ascii"), _LEVEL))
        out.write(_TRAILER.pack(offset, digest.digest()))


class Shard:
    """An open shard, checked; close it."""

    def __init__(self, path: Path) -> None:
        """Open the shard.

        Raises:
            DamagedShard: it isn't what was written, or isn't there.
        """
        self.path = path
        try:
            self._handle: IO[bytes] = path.open("rb")
        except OSError as e:
            raise DamagedShard(f"{path}: {e.strerror or e}") from e
        try:
            self._index = _checked_index(self._handle)
        except (OSError, ValueError, zlib.error, struct.error) as e:
            self._handle.close()
            raise DamagedShard(f"{path}: {e}") from e

    def holds(self, capture_id: str, inputs: str) -> bool:
        """Whether it has the result of this page, from these inputs."""
        found = self._index.get(capture_id)
        return found is not None and found[0] == inputs

    def piece(self, capture_id: str) -> Piece:
        """Return the piece of a page that it holds.

        Raises:
            DamagedShard: it can't be read.
        """
        inputs, offset, length = self._index[capture_id]
        try:
            self._handle.seek(offset)
            packed = self._handle.read(length)
        except OSError as e:
            raise DamagedShard(f"{self.path}: {e.strerror or e}") from e
        return Piece(capture_id, inputs, packed)

    def text(self, capture_id: str) -> bytes:
        """Return the JSON of a page that it holds; empty if there is no extraction.

        Raises:
            DamagedShard: it can't be read.
        """
        packed = self.piece(capture_id).packed
        if not packed:
            return b""
        try:
            return _unpacked(packed)
        except (zlib.error, ValueError) as e:
            raise DamagedShard(f"{self.path}: {e}") from e

    def close(self) -> None:
        """Close the file."""
        self._handle.close()


def shards_in(folder: Path, prefix: str = "") -> Iterator[Path]:
    """Yield the shards in a folder whose names begin so."""
    with suppress(OSError):
        yield from sorted(each for each in folder.glob(f"*{SHARD_SUFFIX}") if each.name.startswith(prefix))


def remove_shards(folder: Path) -> None:
    """Remove all shards of a folder, and temporary ones that a killed worker left; then the folder, if it is empty."""
    with suppress(OSError):
        for each in folder.iterdir():
            if each.name.endswith((SHARD_SUFFIX, TEMPORARY_SUFFIX)):
                each.unlink(missing_ok=True)
        folder.rmdir()


def remove_every_shard(folder: Path) -> None:
    """Remove the shards of pages, of whatever command; those of crawls stay. Hold the archive's lock."""
    for place in (folder / VERIFY_SHARDS, folder):
        remove_shards(place)


def remove_shard(path: Path) -> None:
    """Remove a shard that isn't needed any more; one that can't be removed stays."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _checked_index(handle: IO[bytes]) -> dict[str, tuple[str, int, int]]:
    size = handle.seek(0, 2)
    if size < len(_HEAD) + _TRAILER.size:
        raise ValueError("too short")
    handle.seek(size - _TRAILER.size)
    offset, expected = _TRAILER.unpack(handle.read(_TRAILER.size))
    handle.seek(0)
    if handle.read(len(_HEAD)) != _HEAD:
        raise ValueError(f"no {FORMAT}")
    digest, left = hashlib.sha256(_HEAD), size - _TRAILER.size - len(_HEAD)
    while left and (data := handle.read(min(left, _READ))):
        digest.update(data)
        left -= len(data)
    if digest.digest() != expected:
        raise ValueError("its digest is another")
    handle.seek(offset)
    index = json.loads(_unpacked(handle.read(size - _TRAILER.size - offset)))
    return {str(key): (str(inputs), int(place), int(length)) for key, (inputs, place, length) in index.items()}


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(packed, MAX_PIECE)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("a piece that is too long, or cut off")
    return data


def made(folder: Path) -> Path:
    """Return the folder, made if it isn't there.

    Raises:
        StorageError: it can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StorageError(f"can't make {folder}: {e.strerror or e}") from e
    return folder


def without_empty(folder: Path) -> None:
    """Remove the folder if it is empty."""
    with suppress(OSError):
        folder.rmdir()
