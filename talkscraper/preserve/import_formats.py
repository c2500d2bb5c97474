"""Detection of a file's format from its bytes: WARC, ARC or WACZ, compressed or not; others are refused by name.

Of a folder, files are chosen by their names.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from talkscraper.errors import TalkscraperError
from talkscraper.warc.compression import GZIP_MAGIC, first_bytes
from talkscraper.warc.members import RawFile, opened
from talkscraper.warc.zips import DamagedZip, entries_of
from talkscraper.warc.zstd_frames import is_zstd, zstd_beginning

_PROBE = 64 * 1024
_NAMES = {
    b"\xfd7zXZ\0": "it is packed by xz: unpack it first ('xz -d')",
    b"BZh": "it is packed by bzip2: unpack it first ('bunzip2')",
    b"7z\xbc\xaf\x27\x1c": "it is a 7z archive: unpack it first",
    b"SQLite format 3\0": "it is a SQLite database, not a WARC",
    b"%PDF-": "it is a PDF, not a WARC",
}
WARC_ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz", ".arc.zst", ".wacz")


class NotImportable(TalkscraperError):
    """A file that can't be imported; the message gives the reason and a remedy."""


class Format(StrEnum):
    """The format of a file."""

    WARC = "warc"
    ARC = "arc"
    WACZ = "wacz"


def format_of(path: Path) -> Format:
    """Return the format of the file at ``path``.

    Raises:
        NotImportable: it can't be imported; the message says what it is, and what to do.
        StorageError: it can't be read.
    """
    if path.name.endswith(".open"):
        raise NotImportable(
            "it is being written, or its writer was killed: 'talkscraper repair' finishes a file of this archive;"
            " rename another program's to import it"
        )
    with opened(path) as handle:
        start = handle.read(_PROBE)
        if not start:
            raise NotImportable("the file is empty")
        if is_zstd(start):
            return _from_start(path, zstd_beginning(handle, _PROBE)) or _unknown_zstd()
        return _from_start(path, start) or _from_contents(RawFile(handle), start)


def _unknown_zstd() -> Format:
    raise NotImportable("it is packed by Zstandard, but there is no WARC or ARC at its beginning")


def _from_start(path: Path, start: bytes) -> Format | None:
    for magic, reason in _NAMES.items():
        if start.startswith(magic):
            raise NotImportable(reason)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path)
    if start[257:262] == b"ustar":
        raise NotImportable("it is a tar archive: unpack it first")
    if start.startswith(GZIP_MAGIC):
        start = first_bytes(start, _PROBE)
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if start.startswith(b"WARC/"):
        return Format.WARC
    if start.startswith(b"filedesc:"):
        return Format.ARC
    return None


def _from_contents(file: RawFile, start: bytes) -> Format:
    """Search a file without a valid beginning, which may be damaged, for records."""
    packed = start.startswith(GZIP_MAGIC)
    if file.next_member(0) is not None or (not packed and file.next_plain(0) is not None):
        return Format.WARC
    if packed:
        inside = first_bytes(start, _PROBE)
        if inside[257:262] == b"ustar":
            raise NotImportable("it is a tar archive: unpack it first")
        raise NotImportable("it is packed by gzip, but there is no WARC or ARC in it")
    lead = start.lstrip()[:200].lower()
    if lead.startswith((b"<!doctype", b"<html")):
        raise NotImportable("it is a web page, not a WARC")
    if lead.startswith(b"{") and b'"log"' in lead:
        raise NotImportable("it is a HAR file, not a WARC: 'har2warc' makes one of it")
    if not start.strip(b"\0"):
        raise NotImportable("there is nothing but zeros in it")
    raise NotImportable("it is neither WARC, ARC nor WACZ")


def _zip(path: Path) -> Format:
    try:
        with entries_of(path) as (_, entries):
            names = [entry.filename for entry in entries]
    except DamagedZip as e:
        raise NotImportable(f"it is a damaged ZIP ({e}): get it again") from e
    if any(is_inner_warc(name) for name in names):
        return Format.WACZ
    raise NotImportable("it is a ZIP without an archive/*.warc.gz, so no WACZ: unpack it first")


def is_inner_warc(name: str) -> bool:
    """Whether an entry of a WACZ is one of its WARC files (WACZ 1.1.1 §5.2)."""
    return name.startswith("archive/") and name.lower().endswith((".warc", ".warc.gz", ".warc.zst"))
