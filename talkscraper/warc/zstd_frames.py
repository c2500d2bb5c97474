"""Reader of ``.warc.zst``: Zstandard frames, one a record or fewer, with an optional dictionary in the first frame.

https://iipc.github.io/warc-specifications/specifications/warc-zstd/: the dictionary is the content of a skippable frame
(RFC 8878 §3.1.2) with the magic number 0x184D2A5D at the file's beginning, itself compressed or not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from talkscraper.warc.compression import MAX_OUT_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
MAX_DICTIONARY_BYTES = 64 * 1024 * 1024
"""Maximum size of a dictionary; 1 MiB is usual."""
_SKIPPABLE = b"\x2a\x4d\x18"
"""The last three bytes of the magic number of a skippable frame; the first is 0x50 to 0x5f."""
_DICTIONARY_MAGIC = b"\x5d" + _SKIPPABLE
_TRAINED = b"\x37\xa4\x30\xec"
_FEED_BYTES = 128 * 1024
_PROBE_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedFrames:
    """Bytes of a file that don't decompress."""

    offset: int
    length: int
    message: str
    torn: bool
    """Whether the file ends inside a frame."""


def is_zstd(start: bytes) -> bool:
    """Whether a file that begins so is Zstandard."""
    return start.startswith(ZSTD_MAGIC) or _is_skippable(start)


def zstd_beginning(handle: IO[bytes], count: int) -> bytes:
    """Return up to ``count`` decompressed bytes of a file's beginning; none if it is damaged."""
    first = next(unpacked(handle), b"")
    return first[:count] if isinstance(first, bytes) else b""


def unpacked(handle: IO[bytes]) -> Iterator[bytes | DamagedFrames]:
    """Yield the content of all frames of a file, a MiB at most at a time; after damage the next frame is searched."""
    size = handle.seek(0, 2)
    dictionary, offset = None, 0
    while offset < size:
        handle.seek(offset)
        magic = handle.read(8)
        if _is_skippable(magic):
            length = int.from_bytes(magic[4:8], "little")
            if len(magic) < 8 or offset + 8 + length > size:
                yield DamagedFrames(
                    offset=offset, length=size - offset, message="the file ends inside a skippable frame", torn=True
                )
                return
            if magic[:4] == _DICTIONARY_MAGIC and dictionary is None:
                dictionary = _dictionary(handle.read(length)) if length <= MAX_DICTIONARY_BYTES else None
                if dictionary is None:
                    yield DamagedFrames(offset=offset, length=length + 8, message="its dictionary is none", torn=False)
            offset += 8 + length
            continue
        frame = _Frame(handle, offset, dictionary)
        yield from frame
        if frame.error is None:
            offset = frame.end
            continue
        following = _next_frame(handle, offset + 1, size, dictionary)
        yield DamagedFrames(
            offset=offset, length=following - offset, message=frame.error, torn=frame.torn and following == size
        )
        offset = following


class _Frame:
    """Decompresses one frame; afterwards ``end`` or ``error``."""

    def __init__(self, handle: IO[bytes], offset: int, dictionary: zstd.ZstdDict | None) -> None:
        self._handle = handle
        self._unpacker = zstd.ZstdDecompressor(zstd_dict=dictionary)
        self.end = offset
        self.error: str | None = None
        self.torn = False

    def __iter__(self) -> Iterator[bytes]:
        self._handle.seek(self.end)
        unpacker = self._unpacker
        try:
            while not unpacker.eof:
                data = self._handle.read(_FEED_BYTES) if unpacker.needs_input else b""
                if unpacker.needs_input and not data:
                    self.error, self.torn = "the file ends inside this frame", True
                    return
                self.end += len(data)
                if out := unpacker.decompress(data, MAX_OUT_BYTES):
                    yield out
            self.end -= len(unpacker.unused_data)
        except (zstd.ZstdError, MemoryError) as e:
            self.error = f"this Zstandard frame is damaged ({e})"


def _next_frame(handle: IO[bytes], start: int, size: int, dictionary: zstd.ZstdDict | None) -> int:
    """Return where the next frame with a record begins; the file's end if there is none."""
    position, kept = start, b""
    while True:
        handle.seek(position)
        data = kept + handle.read(_FEED_BYTES)
        base = position - len(kept)
        found = -1
        while (found := data.find(ZSTD_MAGIC, found + 1)) >= 0:
            handle.seek(base + found)
            probe = handle.read(_PROBE_BYTES)
            try:
                if zstd.ZstdDecompressor(zstd_dict=dictionary).decompress(probe, 64).startswith(b"WARC/"):
                    return base + found
            except zstd.ZstdError:
                continue
        position = base + len(data)
        kept = data[-3:]
        if position >= size:
            return size


def _dictionary(content: bytes) -> zstd.ZstdDict | None:
    """Return the dictionary in a frame's content; None if there is none."""
    try:
        if content.startswith(ZSTD_MAGIC):
            unpacker = zstd.ZstdDecompressor()
            content = unpacker.decompress(content, MAX_DICTIONARY_BYTES)
            if not unpacker.eof:
                return None
        return zstd.ZstdDict(content, is_raw=not content.startswith(_TRAINED)) if content else None
    except (zstd.ZstdError, ValueError):
        return None


def _is_skippable(start: bytes) -> bool:
    return len(start) >= 4 and start[0] & 0xF0 == 0x50 and start[1:4] == _SKIPPABLE
