"""Content of a capture: status, headers and bytes, read from the WARC, revisits resolved (WARC/1.1 §6.7).

A revisit's own HTTP head is used if it has one; the payload comes from the record it refers to. A 304 confirms the
earlier response, so it shows that response's status and headers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ArchiveError, DamagedRecord, StorageError, StoreUnreachable
from talkscraper.model import Capture, RecordType
from talkscraper.object_store.remote_warc import PLACE_COLUMNS, RemoteWarc, WarcPlace, located, opened_ranges
from talkscraper.object_store.store_url import LOCAL, scheme_of
from talkscraper.store.captures import NOT_TAKEN_DOWN, row_to_capture
from talkscraper.store.database import iso
from talkscraper.store.federation import federated
from talkscraper.urls.canonical import urlkey
from talkscraper.warc.compression import GZIP_MAGIC, first_bytes
from talkscraper.warc.http import HttpHead, header, payload_pieces
from talkscraper.warc.reader import Record, read_record

_MAX_CHAIN = 4
"""Maximum depth: a revisit refers to a response, but a few archives have revisits of revisits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The response of a capture. ``close()`` frees the disk space of a large payload."""

    capture: Capture
    original: Capture
    """The capture whose record holds the payload: itself, except for a revisit."""
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    """As sent, with case and repetitions of names."""
    raw_head: bytes
    """Status line and headers, byte for byte; empty for a resource record."""
    record: Record
    """The record of ``original``."""
    body_start: int
    chunked: bool

    def get(self, name: str) -> str | None:
        """Return the first value of a header."""
        return header(self.headers, name)

    def chunks(self) -> Iterator[bytes]:
        """Yield the payload without transfer coding, still content-coded, in pieces."""
        for piece in payload_pieces(self.record.spool.chunks(self.body_start), chunked=self.chunked):
            yield bytes(piece)

    def payload(self) -> bytes:
        """Return the whole payload without transfer coding, still content-coded."""
        return b"".join(self.chunks())

    def close(self) -> None:
        """Free the record."""
        self.record.spool.close()


@federated("talkscraper.replay.several")
def warc_path(connection: sqlite3.Connection, folder: ArchiveFolder, name: str) -> WarcPlace:
    """Return where a WARC is, on disk or in a store: the name must be in ``warc_files``.

    Raises:
        ArchiveError: the archive has no such file.
        StorageError: it isn't where it should be.
    """
    row = connection.execute(f"select {PLACE_COLUMNS} from warc_files where name = ?", [name]).fetchone()
    if row is None:
        raise ArchiveError(f"the archive has no file {name[:120]!r}")
    places = [folder.warc_place(str(row["name"]))]
    if row["path"]:
        places.insert(0, folder.warc_place(str(row["name"]), str(row["path"])))
    for path in places:
        if path.is_file():
            _refuse_others(folder, path)
            return path
    there = located(folder, row)
    if isinstance(there, RemoteWarc):
        if scheme_of(there.location) == LOCAL:
            _refuse_content(there)
        return there
    raise StorageError(f"{places[-1]} is missing: 'talkscraper verify' says what else is")


def _refuse_others(folder: ArchiveFolder, path: Path) -> None:
    """Refuse a file that a manipulated row or link may lead to: files outside ``warc/`` must be WARC files."""
    inside = folder.warc.resolve()
    if path.parent.resolve() == inside:
        if path.resolve().parent != inside:
            raise ArchiveError(f"{path} leads out of {folder.warc}")
        return
    _refuse_content(path)


def _refuse_content(path: WarcPlace) -> None:
    """Refuse what doesn't begin like a WARC."""
    try:
        with opened_ranges(path) as handle:
            start = handle.read(4096)
    except OSError as e:
        raise StorageError(f"can't read {path}: {e}") from e
    if start.startswith(GZIP_MAGIC):
        start = first_bytes(start, 16)
        if not start:
            raise StorageError(f"can't read {path}: its first gzip member is damaged")
    if not start.startswith(b"WARC/"):
        raise ArchiveError(f"{path} doesn't begin like a WARC")


@federated("talkscraper.replay.several")
def record_of(connection: sqlite3.Connection, folder: ArchiveFolder, capture: Capture) -> Record:
    """Return the record of a capture, complete and with the id of the row.

    Raises:
        DamagedRecord: there is no complete record, or another one.
        StorageError: the file is missing or can't be read.
    """
    try:
        return _record_of(connection, folder, capture)
    except (DamagedRecord, StorageError) as e:
        row = connection.execute("select lost_at, lost_why from captures where id = ?", [capture.id]).fetchone()
        if row is None or row["lost_at"] is None:
            raise
        why = f"the capture of {capture.url} is lost ({row['lost_why']}; noted on {row['lost_at']})"
        raise DamagedRecord(why, file=capture.warc_file, offset=capture.warc_offset) from e


def _record_of(connection: sqlite3.Connection, folder: ArchiveFolder, capture: Capture) -> Record:
    try:
        path = warc_path(connection, folder, capture.warc_file)
        record = read_record(path, capture.warc_offset)
    except StoreUnreachable:
        raise
    except (ArchiveError, StorageError):
        # a run finished or continued the file, or joined it with others, just now
        row = connection.execute("select warc_file, warc_offset from captures where id = ?", [capture.id]).fetchone()
        if row is None:
            raise
        capture = replace(capture, warc_file=row["warc_file"], warc_offset=row["warc_offset"])
        path = warc_path(connection, folder, capture.warc_file)
        record = read_record(path, capture.warc_offset)
    if record.record_id and record.record_id != capture.id:
        record.spool.close()
        raise DamagedRecord(
            f"found record {record.record_id} where {capture.id} should be", file=path.name, offset=capture.warc_offset
        )
    return record


def load(
    connection: sqlite3.Connection, folder: ArchiveFolder, capture: Capture, record: Record | None = None
) -> Replayed:
    """Return the response of a capture; its record is read unless it is given, and closed with the response.

    Raises:
        DamagedRecord: its record, or the one it refers to, is incomplete or missing.
        StorageError: a file is missing or can't be read.
    """
    if record is None:
        record = record_of(connection, folder, capture)
    if capture.record_type is RecordType.REVISIT:
        return _load_revisit(connection, folder, capture, record)
    return _replayed(capture, capture, record)


def _load_revisit(connection: sqlite3.Connection, folder: ArchiveFolder, capture: Capture, revisit: Record) -> Replayed:
    own = revisit.http_head()[1]
    revisit.spool.close()
    original = capture
    for _ in range(_MAX_CHAIN):
        found = original_of(connection, original)
        if found is None:
            raise DamagedRecord(
                "the record that this revisit refers to isn't in the archive",
                file=capture.warc_file,
                offset=capture.warc_offset,
            )
        original = found
        if original.record_type is not RecordType.REVISIT:
            break
    shown = _replayed(capture, original, record_of(connection, folder, original))
    if own.status is None or own.status == 304:
        return shown
    return Replayed(
        capture=capture,
        original=original,
        status=own.status,
        reason=own.reason,
        headers=_with_coding_of(own.headers, shown.headers),
        raw_head=own_bytes(revisit_head=own, shown=shown),
        record=shown.record,
        body_start=shown.body_start,
        chunked=shown.chunked,
    )


def own_bytes(*, revisit_head: HttpHead, shown: Replayed) -> bytes:
    """Return a head for a revisit with a status of its own, compatible with the original's payload."""
    lines = [f"{revisit_head.version} {revisit_head.status} {revisit_head.reason}".rstrip()]
    lines += [f"{name}: {value}" for name, value in _with_coding_of(revisit_head.headers, shown.headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _with_coding_of(
    own: tuple[tuple[str, str], ...], original: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    # the payload has the original's coding, whatever the revisit's head says
    coding = ("content-encoding", "transfer-encoding")
    kept = tuple((name, value) for name, value in own if name.lower() not in coding)
    return kept + tuple((name, value) for name, value in original if name.lower() in coding)


@federated("talkscraper.replay.several")
def original_of(connection: sqlite3.Connection, capture: Capture) -> Capture | None:
    """Return the original of a revisit: by its id, by URL and date, else the first with the same digest."""
    attempts: list[tuple[str, list[str]]] = []
    if capture.refers_to is not None:
        attempts.append(("captures.id = ?", [capture.refers_to]))
    if capture.refers_to_url is not None and capture.refers_to_date is not None:
        attempts.append(
            (
                "captures.urlkey = ? and captures.captured_at = ? and record_type <> 'revisit'",
                [urlkey(capture.refers_to_url), iso(capture.refers_to_date)],
            )
        )
    if capture.payload_digest is not None:
        attempts.append(("captures.payload_digest = ? and record_type <> 'revisit'", [capture.payload_digest]))
    for condition, values in attempts:
        row = connection.execute(
            f"select * from captures where {condition} and id <> ? and {NOT_TAKEN_DOWN}"
            " order by lost_at is not null, captured_at is null, captured_at limit 1",
            [*values, capture.id],
        ).fetchone()
        if row is not None:
            return row_to_capture(row)
    return None


def _replayed(capture: Capture, original: Capture, record: Record) -> Replayed:
    if original.record_type is RecordType.RESOURCE:
        mime = record.headers.get("Content-Type") or "application/octet-stream"
        return Replayed(
            capture=capture,
            original=original,
            status=200,
            reason="OK",
            headers=(("Content-Type", mime),),
            raw_head=b"",
            record=record,
            body_start=0,
            chunked=False,
        )
    start, head = record.http_head()
    return Replayed(
        capture=capture,
        original=original,
        status=head.status or 200,
        reason=head.reason,
        headers=head.headers,
        raw_head=record.spool.read(start, start + head.size),
        record=record,
        body_start=start + head.size,
        chunked=head.chunked,
    )
