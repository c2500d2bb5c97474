"""Data of a record's page: its position, its headers, and whether its digests are right."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import DamagedRecord, StorageError
from talkscraper.model import Capture, RecordType
from talkscraper.replay import lookup
from talkscraper.replay.payload import Replayed, load, record_of
from talkscraper.warc.digests import Hasher


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordShown:
    """A capture and its record as now on disk."""

    capture: Capture
    warc_headers: tuple[tuple[str, str], ...]
    http_head: str
    status: int | None
    payload_size: int | None
    recomputed: str | None
    """The payload's digest, computed now."""
    original: Capture | None
    """For a revisit: the capture that holds the payload."""
    verdict: str | None
    """The last verdict on its file."""
    verified_at: str | None
    article_id: str | None
    damage: str | None
    """Why the record can't be read, or None."""

    @property
    def holds(self) -> bool | None:
        """Whether the payload has the digest that the record declares; None if that can't be determined."""
        if self.recomputed is None or self.capture.payload_digest is None:
            return None
        return self.recomputed.lower() == self.capture.payload_digest.lower()


def record(connection: sqlite3.Connection, folder: ArchiveFolder, record_id: str) -> RecordShown:
    """Return the record of a capture, or the error if it is damaged.

    Raises:
        NotFound: there is no such capture.
    """
    capture = lookup.by_id(connection, record_id)
    file = connection.execute(
        "select verdict, verified_at from warc_files where name = ?", [capture.warc_file]
    ).fetchone()
    article = connection.execute("select article_id from captures where id = ?", [capture.id]).fetchone()
    headers: tuple[tuple[str, str], ...] = ()
    head, size, digest, damage, status = "", None, None, None, capture.status
    original: Capture | None = None
    try:
        own = record_of(connection, folder, capture)
        headers = own.headers.pairs
        shown = load(connection, folder, capture, own)
        original = shown.original if capture.record_type is RecordType.REVISIT else None
        head, status = shown.raw_head.decode("latin-1"), shown.status
        size, digest = _measured(shown)
        shown.close()
    except (DamagedRecord, StorageError) as e:
        damage = str(e)
    return RecordShown(
        capture=capture,
        warc_headers=headers,
        http_head=head,
        status=status,
        payload_size=size,
        recomputed=digest,
        original=original,
        verdict=file["verdict"] if file else None,
        verified_at=file["verified_at"] if file else None,
        article_id=article["article_id"] if article else None,
        damage=damage,
    )


def _measured(shown: Replayed) -> tuple[int, str]:
    hasher = Hasher()
    for chunk in shown.chunks():
        hasher.update(chunk)
    return hasher.size, hasher.digest()
