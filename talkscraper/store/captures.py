"""Rows of ``captures`` and ``warc_files``: positions of records on disk, written only after the bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from talkscraper.model import UNDATED, Capture, RecordType
from talkscraper.store import revisits
from talkscraper.store.database import first, from_iso, iso, select
from talkscraper.store.text_values import storable

if TYPE_CHECKING:
    from sqlite_utils import Database

NOT_TAKEN_DOWN = "not exists (select 1 from takedowns where takedowns.urlkey = captures.urlkey)"
"""SQL: captures that weren't taken down."""
MAX_ORIGINALS = 32
"""Maximum number of copies of one payload that are checked; if none of them is intact, the payload is written again."""
CAPTURE_COLUMNS = (
    "id", "url", "urlkey", "captured_at", "status", "mime", "payload_digest", "record_type", "truncated", "method",
    "warc_file", "warc_offset", "warc_length", "page_capture_id", "run_id", "source_id", "ip", "refers_to",
    "refers_to_url", "refers_to_date", "redirect_to", "etag", "last_modified", "asked_as",
)  # fmt: skip
"""What a row has from its record; the others are derived later."""
_NAMES = ", ".join(CAPTURE_COLUMNS)
_INSERT = f"insert into captures ({_NAMES}) values ({', '.join('?' * len(CAPTURE_COLUMNS))}) on conflict do nothing"


def open_warc_file(db: Database, name: str, opened_at: datetime | None, origin: str = "crawl") -> None:
    """Insert the row of a WARC file, before captures refer to it. Idempotent."""
    db.execute(
        "insert into warc_files (name, opened_at, origin) values (?, ?, ?) on conflict (name) do nothing",
        [name, iso(opened_at) if opened_at else None, origin],
    )


def reopen_warc_file(db: Database, name: str) -> None:
    """Mark a finished WARC file as being written again; what was finished is kept for recovery to check."""
    db.execute(
        "update warc_files set prefix_size = size, prefix_sha256 = sha256, size = null, sha256 = null, records = null,"
        " closed_at = null, verified_at = null, verdict = null where name = ? and closed_at is not null",
        [name],
    )


def close_warc_file(db: Database, name: str, size: int, sha256: str, records: int, closed_at: datetime) -> None:
    """Mark a WARC file as complete, with its size in bytes, its SHA-256 in base16, and its number of records."""
    db.execute(
        "update warc_files set size = ?, sha256 = ?, records = ?, closed_at = ?, prefix_size = null,"
        " prefix_sha256 = null, index_size = null where name = ?",
        [size, sha256, records, iso(closed_at), name],
    )


def latest_date(row: Mapping[str, Any] | sqlite3.Row | None, now: datetime) -> datetime:
    """Return when a WARC file was finished: the latest plausible time of its records. ``now`` if it isn't finished.

    A crawl's file was begun by the crawl's own clock, which may be ahead of the one that finished it after a crash.
    """
    if row is None:
        return now
    finished = from_iso(row["closed_at"]) if row["closed_at"] else now
    begun = from_iso(row["opened_at"]) if row["origin"] == "crawl" and row["opened_at"] else finished
    return max(finished, begun)


def latest_date_of(db: Database, name: str, now: datetime) -> datetime:
    """``latest_date`` of the file of this name."""
    return latest_date(first(db, "select * from warc_files where name = ?", [name]), now)


def add_captures(db: Database, captures: Sequence[Capture], until: datetime | None = None) -> int:
    """Insert rows for records that are on disk; return the number of new ones. A known record changes nothing.

    A revisit of a page that is an article counts as a look at that article, with the content it refers to; but not if
    it
    claims a time after ``until``, which is given for records from elsewhere.
    """
    added = db.conn.executemany(_INSERT, [_values(capture) for capture in captures]).rowcount
    for capture in captures:
        if capture.record_type is RecordType.REVISIT:
            revisits.inherit(db, capture.id, until)
    return max(0, added)


def correct_capture(db: Database, capture: Capture) -> None:
    """Correct the row of a record from the record itself; what was extracted from its page stays."""
    db.execute(
        f"update captures set {', '.join(f'{name} = ?' for name in CAPTURE_COLUMNS[1:])} where id = ?",
        [*_values(capture)[1:], storable(capture.id)],
    )


def find_originals(db: Database, payload_digest: str) -> list[Capture]:
    """Return complete 200 responses that claim this payload, for a new revisit to refer to; never a revisit.

    Those that a crawl of this archive wrote come before imported ones, each in order of time.
    """
    rows = select(
        db,
        "select captures.* from captures join warc_files on warc_files.name = warc_file"
        " where payload_digest = ? and record_type = 'response' and status = 200"
        " and captured_at is not null and lost_at is null"
        f" and truncated is null and method = 'GET' and {NOT_TAKEN_DOWN}"
        f" order by origin <> 'crawl', captured_at, captures.seq limit {MAX_ORIGINALS}",
        [payload_digest],
    )
    return [row_to_capture(row) for row in rows]


def by_id(connection: sqlite3.Connection, capture_id: str) -> Capture | None:
    """Return the capture with this WARC-Record-ID, with or without angle brackets; None if there is none.

    ``connection`` must return ``sqlite3.Row`` (as ``open_reader`` does).
    """
    bracketed = capture_id if capture_id.startswith("<") else f"<{capture_id}>"
    row = connection.execute("select * from captures where id in (?, ?)", [capture_id, bracketed]).fetchone()
    return row_to_capture(row) if row is not None else None


def row_to_capture(row: Mapping[str, Any] | sqlite3.Row) -> Capture:
    """Return a row of ``captures`` as a ``Capture``."""
    return Capture(
        id=row["id"],
        url=row["url"],
        urlkey=row["urlkey"],
        captured_at=from_iso(row["captured_at"]) if row["captured_at"] is not None else UNDATED,
        status=row["status"],
        mime=row["mime"],
        payload_digest=row["payload_digest"],
        record_type=RecordType(row["record_type"]),
        warc_file=row["warc_file"],
        warc_offset=row["warc_offset"],
        warc_length=row["warc_length"],
        truncated=row["truncated"],
        ip=row["ip"],
        method=row["method"],
        refers_to=row["refers_to"],
        refers_to_url=row["refers_to_url"],
        refers_to_date=from_iso(row["refers_to_date"]) if row["refers_to_date"] else None,
        page_capture_id=row["page_capture_id"],
        run_id=row["run_id"],
        source_id=row["source_id"],
        redirect_to=row["redirect_to"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        asked_as=row["asked_as"],
    )


def _values(capture: Capture) -> list[Any]:
    return [
        storable(capture.id),
        storable(capture.url),
        storable(capture.urlkey),
        iso(capture.captured_at) if capture.captured_at != UNDATED else None,
        capture.status,
        storable(capture.mime),
        storable(capture.payload_digest),
        capture.record_type.value,
        storable(capture.truncated),
        storable(capture.method),
        capture.warc_file,
        capture.warc_offset,
        capture.warc_length,
        storable(capture.page_capture_id),
        capture.run_id,
        capture.source_id,
        capture.ip,
        storable(capture.refers_to),
        storable(capture.refers_to_url),
        iso(capture.refers_to_date) if capture.refers_to_date else None,
        storable(capture.redirect_to),
        storable(capture.etag),
        storable(capture.last_modified),
        storable(capture.asked_as),
    ]
