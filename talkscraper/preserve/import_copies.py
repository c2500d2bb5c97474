"""Copies of imported files in the archive's warc/: unchanged, or with one gzip member per record.

A record's own bytes are never changed: its head and block are compressed as they are, one gzip member each. Only ARC
records get new heads in WARC format. The same file always gives the same copy, including record ids.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from uuid import NAMESPACE_URL, uuid5

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.errors import StorageError
from talkscraper.model import UNDATED, RecordType
from talkscraper.preserve.archive_files import pieces_of
from talkscraper.preserve.findings import Finding
from talkscraper.preserve.import_formats import Format, NotImportable, is_inner_warc
from talkscraper.version import __version__
from talkscraper.warc.arc import ArcRecord, Skipped, iter_arc
from talkscraper.warc.compression import GZIP_MAGIC, first_bytes, new_packer
from talkscraper.warc.faults import Fault
from talkscraper.warc.headers import MAX_HEAD_BYTES, field_lines, head_size
from talkscraper.warc.members import MEMBER_START, MemberSource, RawFile
from talkscraper.warc.records import WARC_FIELDS, NewRecord, build_response
from talkscraper.warc.scan import Gap, Scan
from talkscraper.warc.zips import DamagedZip, entries_of

_READ = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A WARC inside a WACZ."""

    package: Path
    entry: zipfile.ZipInfo
    """The ZIP entry; its name isn't unique in a ZIP."""
    name: str
    """The preferred name in the archive."""
    size: int

    @contextmanager
    def unpacked(self, folder: ArchiveFolder) -> Iterator[Path]:
        """Unpack the file while the context is active.

        Raises:
            NotImportable: the ZIP is damaged here.
            StorageError: there is too little disk space.
        """
        room_for(folder, self.size)
        # a generated name: that in the package may exceed the maximum length
        temporary = folder.warc / f"{os.getpid()}-{self.entry.header_offset}.inner.tmp"
        try:
            self._unpack(temporary)
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _unpack(self, target: Path) -> None:
        try:
            with entries_of(self.package) as (package, _), package.open(self.entry) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out, _READ)
        except DamagedZip as e:
            raise NotImportable(f"{self.entry.filename} in it is damaged ({e}): get it again") from e
        except OSError as e:
            raise StorageError(f"can't unpack {self.package}: {e.strerror or e}") from e


def inner_warcs(path: Path) -> list[Inner]:
    """Return the WARC files in a WACZ, named after both."""
    with entries_of(path) as (_, entries):
        warcs = [entry for entry in entries if is_inner_warc(entry.filename)]
    stem = path.name.removesuffix(".wacz")
    return [
        Inner(
            package=path,
            entry=entry,
            name=f"{stem}-{PurePosixPath(entry.filename).name}",
            size=entry.file_size,
        )
        for entry in warcs
    ]


def room_for(folder: ArchiveFolder, size: int) -> None:
    """Check that there is enough disk space for a copy.

    Raises:
        StorageError: there isn't.
    """
    free = shutil.disk_usage(folder.root).free
    if size > free:
        raise StorageError(f"{folder.root}: {size // 2**20} MiB are needed and {free // 2**20} MiB are free: make room")


def copy_whole(path: Path, target: Path) -> None:
    """Copy a file byte for byte, atomically.

    Raises:
        StorageError: a write failed.
    """
    try:
        write_whole(target, pieces_of(path))
    except OSError as e:
        raise StorageError(f"can't copy {path}: {e.strerror or e}") from e


def rewrite(path: Path, form: Format, target: Path, *, sha256: str) -> tuple[Finding, ...]:
    """Write a copy with one gzip member per record; return findings on damage that isn't in the copy.

    Args:
        path: A WARC or ARC, compressed or not.
        form: Its format.
        target: The copy, ``.warc.gz``.
        sha256: Of the file; the record ids of an ARC's records are derived from it.

    Raises:
        StorageError: a write failed.
    """
    findings: list[Finding] = []
    plain = target.with_name(target.name + ".plain.tmp")
    try:
        with path.open("rb") as handle:
            packed = handle.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            if packed:
                with plain.open("wb") as out:
                    findings += _unpack(RawFile(handle), out, path.name)
        with (plain if packed else path).open("rb") as handle:
            pieces = _warc(handle, path.name, findings) if form is Format.WARC else _arc(handle, path, sha256, findings)
            write_whole(target, pieces)
    except OSError as e:
        raise StorageError(f"can't copy {path}: {e.strerror or e}") from e
    finally:
        plain.unlink(missing_ok=True)
    return tuple(findings)


def _unpack(file: RawFile, out: IO[bytes], name: str) -> Iterator[Finding]:
    while file.position < file.size:
        offset = file.position
        source = MemberSource(file)
        for data in iter(source.read, b""):
            out.write(data)
        if not source.broken():
            continue
        following = file.find(MEMBER_START, offset + 1)
        while following is not None and not first_bytes(file.at(following, 4096), 64):
            following = file.find(MEMBER_START, following + 1)
        kind = Fault.TORN_TAIL if source.at_file_end and following is None else Fault.GZIP
        yield Finding(file=name, kind=kind, message=source.error or "not gzip", offset=offset)
        file.seek(file.size if following is None else following)
        out.write(b"\r\n")


def _warc(handle: IO[bytes], name: str, findings: list[Finding]) -> Iterator[bytes]:
    damaged = bool(findings)
    for each in Scan(handle, digests=False):
        if isinstance(each, Gap):
            # damage ends in an incomplete record, which was reported
            if not damaged:
                findings.append(Finding(file=name, kind=each.fault, message=each.message, offset=each.offset))
            continue
        packer = new_packer()
        handle.seek(each.offset)
        start = handle.read(min(each.length, MAX_HEAD_BYTES + 4))
        head = start[: head_size(start)]
        yield packer.compress(head)
        handle.seek(each.offset + len(head))
        left = each.block_size
        while left and (data := handle.read(min(left, _READ))):
            left -= len(data)
            if packed := packer.compress(data):
                yield packed
        yield packer.compress(b"\r\n\r\n") + packer.flush()


def _arc(handle: IO[bytes], path: Path, sha256: str, findings: list[Finding]) -> Iterator[bytes]:
    for each in iter_arc(handle):
        if isinstance(each, Skipped):
            kind = Fault.TORN_TAIL if each.torn else Fault.RUBBISH
            message = "the file ends inside this record" if each.torn else f"{each.length} bytes that are no record"
            findings.append(Finding(file=path.name, kind=kind, message=message, offset=each.offset))
            continue
        record_id = f"<urn:uuid:{uuid5(NAMESPACE_URL, f'arc:{sha256}:{each.offset}')}>"
        try:
            if each.date is None:
                message = "its date can't be read: it counts as a record without a date"
                findings.append(Finding(file=path.name, kind=Fault.FIELD, message=message, offset=each.offset))
            made = (
                _description(each, path, sha256, record_id)
                if each.url.startswith("filedesc:")
                else _record(each, record_id)
            )
            yield from made.member()
        finally:
            each.block.close()


def _description(each: ArcRecord, path: Path, sha256: str, record_id: str) -> NewRecord:
    pairs = (
        ("software", f"ARC import by talkscraper {__version__}"),
        ("format", "WARC File Format 1.1"),
        ("description", f"made of the ARC file {path.name}, SHA-256 {sha256}"),
    )
    return NewRecord(
        record_type=RecordType.WARCINFO,
        record_id=record_id,
        date=each.date or UNDATED,
        content_type=WARC_FIELDS,
        block=field_lines(pairs),
        fields=(("WARC-Filename", path.name),),
    )


def _record(each: ArcRecord, record_id: str) -> NewRecord:
    fields = (("WARC-IP-Address", each.ip),) if each.ip is not None else ()
    if each.block.read(0, 5) == b"HTTP/":
        return build_response(
            url=each.url,
            date=each.date or UNDATED,
            block=each.block,
            payload_digest=None,
            record_id=record_id,
            fields=fields,
        )
    return NewRecord(
        record_type=RecordType.RESOURCE,
        record_id=record_id,
        date=each.date or UNDATED,
        target_uri=each.url,
        content_type=each.mime or "application/octet-stream",
        block=each.block,
        fields=fields,
    )
