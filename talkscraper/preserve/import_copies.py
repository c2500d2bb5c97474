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
from talkscraper.html.payload_format import looks_like_html
from talkscraper.model import UNDATED, RecordType
from talkscraper.preserve.archive_files import pieces_of
from talkscraper.preserve.findings import Finding
from talkscraper.preserve.import_formats import Format, NotImportable, is_inner_warc
from talkscraper.preserve.import_notes import ImportNote, Notes
from talkscraper.version import __version__
from talkscraper.warc.arc import ArcRecord, Skipped, iter_arc
from talkscraper.warc.compression import GZIP_MAGIC, first_bytes, new_packer
from talkscraper.warc.faults import Fault
from talkscraper.warc.headers import MAX_HEAD_BYTES, field_lines, head_size
from talkscraper.warc.http import MAX_LEAD_BYTES, final_head
from talkscraper.warc.members import MEMBER_START, MemberSource, RawFile, opened
from talkscraper.warc.record_dates import date_of_response
from talkscraper.warc.records import WARC_FIELDS, NewRecord, build_metadata, build_response
from talkscraper.warc.scan import Gap, Scan
from talkscraper.warc.zips import DamagedZip, entries_of
from talkscraper.warc.zstd_frames import DamagedFrames, is_zstd, unpacked

_READ = 1024 * 1024
MAX_FILEDESC_BYTES = 1024 * 1024
"""Maximum size of an ARC's own description; some hundred bytes are usual."""


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


def is_packed_by_zstd(path: Path) -> bool:
    """Whether a file is a ``.warc.zst``, whatever its name.

    Raises:
        StorageError: it can't be read.
    """
    with opened(path) as handle:
        return is_zstd(handle.read(4))


def rewrite(path: Path, form: Format, target: Path, *, sha256: str, notes: Notes) -> tuple[Finding, ...]:
    """Write a copy with one gzip member per record; return findings on damage that isn't in the copy.

    Args:
        path: A WARC or ARC, compressed or not.
        form: Its format.
        target: The copy, ``.warc.gz``.
        sha256: Of the file; the record ids of an ARC's records are derived from it.
        notes: What was read otherwise than written is counted here.

    Raises:
        StorageError: a write failed.
    """
    findings: list[Finding] = []
    plain = target.with_name(target.name + ".plain.tmp")
    try:
        with path.open("rb") as handle:
            start = handle.read(4)
            packed = start.startswith(GZIP_MAGIC) or is_zstd(start)
            if packed:
                unpack = _unpack_frames(handle, path.name) if is_zstd(start) else _unpack(RawFile(handle), path.name)
                with plain.open("wb") as out:
                    for piece in unpack:
                        if isinstance(piece, Finding):
                            findings.append(piece)
                        else:
                            out.write(piece)
        with (plain if packed else path).open("rb") as handle:
            if form is Format.WARC:
                pieces = _warc(handle, path.name, findings)
            else:
                pieces = _arc(handle, path, sha256, findings, notes)
            write_whole(target, pieces)
    except OSError as e:
        raise StorageError(f"can't copy {path}: {e.strerror or e}") from e
    finally:
        plain.unlink(missing_ok=True)
    return tuple(findings)


def _unpack_frames(handle: IO[bytes], name: str) -> Iterator[bytes | Finding]:
    for piece in unpacked(handle):
        if isinstance(piece, DamagedFrames):
            kind = Fault.TORN_TAIL if piece.torn else Fault.ZSTD
            yield Finding(file=name, kind=kind, message=piece.message, offset=piece.offset)
            yield b"\r\n"
        else:
            yield piece


def _unpack(file: RawFile, name: str) -> Iterator[bytes | Finding]:
    while file.position < file.size:
        offset = file.position
        source = MemberSource(file)
        yield from iter(source.read, b"")
        if not source.broken():
            continue
        following = file.find(MEMBER_START, offset + 1)
        while following is not None and not first_bytes(file.at(following, 4096), 64):
            following = file.find(MEMBER_START, following + 1)
        kind = Fault.TORN_TAIL if source.at_file_end and following is None else Fault.GZIP
        yield Finding(file=name, kind=kind, message=source.error or "not gzip", offset=offset)
        file.seek(file.size if following is None else following)
        yield b"\r\n"


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


def _arc(handle: IO[bytes], path: Path, sha256: str, findings: list[Finding], notes: Notes) -> Iterator[bytes]:
    for each in iter_arc(handle):
        if isinstance(each, Skipped):
            kind = Fault.TORN_TAIL if each.torn else Fault.RUBBISH
            message = "the file ends inside this record" if each.torn else f"{each.length} bytes that are no record"
            findings.append(Finding(file=path.name, kind=kind, message=message, offset=each.offset))
            continue
        record_id = f"<urn:uuid:{uuid5(NAMESPACE_URL, f'arc:{sha256}:{each.offset}')}>"
        try:
            if each.url.startswith("filedesc:"):
                yield from _description(each, path, sha256, record_id).member()
                yield from _filedesc(each, record_id).member()
            else:
                yield from _record(each, record_id, path.name, findings, notes).member()
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


def _filedesc(each: ArcRecord, about: str) -> NewRecord:
    """Return the ARC's own description, line and block as they are."""
    return build_metadata(
        url=each.url,
        date=each.date or UNDATED,
        block=each.line + each.block.read(0, MAX_FILEDESC_BYTES),
        content_type=each.mime or "text/plain",
        record_id=f"<urn:uuid:{uuid5(NAMESPACE_URL, about)}>",
        refers_to=about,
    )


def _record(each: ArcRecord, record_id: str, name: str, findings: list[Finding], notes: Notes) -> NewRecord:
    fields = (("WARC-IP-Address", each.ip),) if each.ip is not None else ()
    _, head = final_head(each.block.read(0, MAX_LEAD_BYTES))
    date = each.date or date_of_response(head)
    if date is None:
        message = "its date can't be read: it counts as a record without a date"
        findings.append(Finding(file=name, kind=Fault.FIELD, message=message, offset=each.offset))
    elif each.date is None:
        notes[ImportNote.DATE_OF_RESPONSE] += 1
    if head.version:
        return build_response(
            url=each.url,
            date=date or UNDATED,
            block=each.block,
            payload_digest=None,
            record_id=record_id,
            fields=fields,
            precise=True,
        )
    notes[ImportNote.HEADLESS] += 1
    mime = each.mime or ("text/html" if looks_like_html(each.block.read(0, 4096)) else "application/octet-stream")
    return NewRecord(
        record_type=RecordType.RESOURCE,
        record_id=record_id,
        date=date or UNDATED,
        target_uri=each.url,
        content_type=mime,
        block=each.block,
        fields=fields,
        precise=True,
    )
