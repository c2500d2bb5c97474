"""ZIP files: a writer whose files can be read by byte ranges, and a reader that doesn't trust its input.

Entries are stored, not compressed. The local header of an entry has the same extra fields as the central directory:
replay tools compute from the directory alone where the bytes of an entry begin. Python's ``zipfile`` decides about
the ZIP64 field (sizes of 4 GiB and more) separately for the two.
"""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

ZIP64_FROM = 0xFFFFFFFF
"""Sizes and offsets that exceed 32 bits are in a ZIP64 field."""
MAX_NAME_BYTES = 240
"""Maximum length of an entry's name: an unpacker must be able to create a file of that name."""

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")
_UTF8 = 0x800
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45
_UNIX = 3 << 8
_FILE_MODE = 0o100644
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class DamagedZip(Exception):
    """The ZIP or an entry of it can't be read; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: bytes
    offset: int
    size: int
    crc: int
    zip64: bool


class ZipWriter:
    """Writes a ZIP of stored entries to a seekable file; ``close`` writes the directory."""

    def __init__(self, handle: IO[bytes], made_at: datetime) -> None:
        """``made_at`` is the time of all entries."""
        self._handle = handle
        self._time = made_at.hour << 11 | made_at.minute << 5 | made_at.second // 2
        self._date = (min(max(made_at.year, 1980), 2107) - 1980) << 9 | made_at.month << 5 | made_at.day
        self._entries: list[_Entry] = []
        self._names: set[bytes] = set()

    def put(self, name: str, pieces: Iterable[bytes], *, at_most: int) -> int:
        """Add an entry; return its size in bytes.

        Args:
            name: its path.
            pieces: its bytes.
            at_most: maximum of their number, which decides in advance about the ZIP64 field.

        Raises:
            ValueError: the name is taken or too long, or ``pieces`` exceeds ``at_most``.
            OSError: a write failed.
        """
        encoded = name.encode()
        if len(encoded) > MAX_NAME_BYTES or encoded in self._names:
            raise ValueError(f"no entry of a ZIP can be named {name!r}")
        self._names.add(encoded)
        zip64, offset = at_most >= ZIP64_FROM, self._handle.tell()
        entry = _Entry(encoded, offset, 0, 0, zip64)
        self._handle.write(self._local(entry))
        size = crc = 0
        for piece in pieces:
            self._handle.write(piece)
            crc = zlib.crc32(piece, crc)
            size += len(piece)
        if size > at_most:
            raise ValueError(f"{name} has {size} bytes, not at most {at_most}")
        entry = _Entry(encoded, offset, size, crc, zip64)
        self._entries.append(entry)
        end = self._handle.tell()
        self._handle.seek(offset)
        self._handle.write(self._local(entry))
        self._handle.seek(end)
        return size

    def close(self) -> None:
        """Write the directory.

        Raises:
            OSError: a write failed.
        """
        start = self._handle.tell()
        for entry in self._entries:
            self._handle.write(self._central(entry))
        end = self._handle.tell()
        number, size = len(self._entries), end - start
        if max(start, size) >= ZIP64_FROM or number >= 0xFFFF:
            self._handle.write(
                _END64.pack(b"PK\6\6", 44, _UNIX | _ZIP64_VERSION, _ZIP64_VERSION, 0, 0, number, number, size, start)
            )
            self._handle.write(_LOCATOR64.pack(b"PK\6\7", 0, end, 1))
        short = min(number, 0xFFFF)
        self._handle.write(_END.pack(b"PK\5\6", 0, 0, short, short, min(size, ZIP64_FROM), min(start, ZIP64_FROM), 0))

    def _local(self, entry: _Entry) -> bytes:
        extra = struct.pack("<2H2Q", 1, 16, entry.size, entry.size) if entry.zip64 else b""
        size = ZIP64_FROM if entry.zip64 else entry.size
        version = _ZIP64_VERSION if entry.zip64 else _PLAIN_VERSION
        head = _LOCAL.pack(
            b"PK\3\4", version, _UTF8, 0, self._time, self._date, entry.crc, size, size, len(entry.name), len(extra)
        )
        return head + entry.name + extra

    def _central(self, entry: _Entry) -> bytes:
        size, offset, long = entry.size, entry.offset, b""
        if entry.zip64:
            long, size = struct.pack("<2Q", size, size), ZIP64_FROM
        if offset >= ZIP64_FROM:
            # its local header has no such field, and readers of this one consult that header
            long, offset = long + struct.pack("<Q", offset), ZIP64_FROM
        extra = struct.pack("<2H", 1, len(long)) + long if long else b""
        version = _ZIP64_VERSION if extra else _PLAIN_VERSION
        head = _CENTRAL.pack(
            b"PK\1\2", _UNIX | version, version, _UTF8, 0, self._time, self._date, entry.crc, size, size,
            len(entry.name), len(extra), 0, 0, 0, _FILE_MODE << 16, offset,
        )  # fmt: skip
        return head + entry.name + extra


@contextmanager
def entries_of(path: Path) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """Open a ZIP and return it with its files in the order of the directory; names may repeat.

    Raises:
        DamagedZip: it can't be read, also while it is open.
        OSError: the file can't be read.
    """
    try:
        with zipfile.ZipFile(path) as package:
            yield package, [entry for entry in package.infolist() if not entry.is_dir()]
    except _DAMAGE as e:
        raise DamagedZip(str(e)) from e
    except OSError as e:
        if e.errno == errno.EINVAL:  # an offset before the file's beginning, as in damaged directories
            raise DamagedZip("its directory names a place that isn't in it") from e
        raise
