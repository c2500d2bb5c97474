"""Selection of captures for a package: those of articles, their requisites, and the originals of revisits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import TalkscraperError
from talkscraper.model import Capture, RecordType
from talkscraper.object_store.remote_warc import opened_ranges
from talkscraper.replay.lookup import PLAYABLE
from talkscraper.replay.payload import original_of, warc_path
from talkscraper.store import requisites
from talkscraper.store.captures import NOT_TAKEN_DOWN, row_to_capture
from talkscraper.store.database import from_iso
from talkscraper.warc.compression import GZIP_MAGIC


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedPage:
    """An article as a page of a package."""

    capture: Capture
    title: str | None
    text: str
    article_id: str
    captured_at: datetime


def pages_of(connection: sqlite3.Connection, article_ids: Iterable[str]) -> Iterator[PackagedPage]:
    """Return each article's latest page; hidden and taken-down articles are left out."""
    for article_id in article_ids:
        row = connection.execute(
            "select articles.id as article_id, title, text, captures.* from articles "
            "join captures on captures.id = articles.capture_id "
            f"where articles.id = ? and articles.hidden_at is null and {NOT_TAKEN_DOWN}",
            [article_id],
        ).fetchone()
        if row is not None:
            yield PackagedPage(
                capture=row_to_capture(row),
                title=row["title"],
                text=row["text"],
                article_id=row["article_id"],
                captured_at=from_iso(row["captured_at"]),
            )


def with_requisites(connection: sqlite3.Connection, pages: Iterable[PackagedPage]) -> dict[str, Capture]:
    """Return the pages' captures by record id, with their requisites, redirects, and the originals of revisits.

    Requisites of an earlier capture of the same page count too, since unchanged ones aren't fetched again.
    """
    found: dict[str, Capture] = {}
    for page in pages:
        add_with_originals(connection, found, page.capture)
        for needed in requisites.of_page(connection, page.capture, where=f"{PLAYABLE} and {NOT_TAKEN_DOWN}"):
            add_with_originals(connection, found, needed)
        redirects = connection.execute(
            f"select captures.* from captures where urlkey = ? and status between 300 and 399 "
            f"and {PLAYABLE} and {NOT_TAKEN_DOWN}",
            [page.capture.urlkey],
        )
        for row in redirects.fetchall():
            add_with_originals(connection, found, row_to_capture(row))
    return found


def add_with_originals(connection: sqlite3.Connection, found: dict[str, Capture], capture: Capture) -> None:
    """Add a capture by its record id, with the originals of a revisit that aren't in it yet."""
    current: Capture | None = capture
    while current is not None and current.id not in found:
        found[current.id] = current
        current = original_of(connection, current) if current.record_type is RecordType.REVISIT else None


class Placed(Protocol):
    """What has a place in a WARC: a capture, or a record without a row."""

    @property
    def warc_file(self) -> str:
        """Name of the file."""

    @property
    def warc_offset(self) -> int:
        """Offset in bytes."""

    @property
    def warc_length(self) -> int:
        """Length in bytes."""


def raw_member(connection: sqlite3.Connection, folder: ArchiveFolder, capture: Placed) -> bytes:
    """Return the record's bytes from its file, as one gzip member.

    Raises:
        TalkscraperError: the file is missing, or the record isn't gzipped and can't be copied.
    """
    path = warc_path(connection, folder, capture.warc_file)
    with opened_ranges(path) as handle:
        # a length beyond the file's would otherwise be allocated
        left = handle.seek(0, 2) - capture.warc_offset
        handle.seek(capture.warc_offset)
        data = handle.read(max(0, min(capture.warc_length, left)))
    if len(data) != capture.warc_length:
        raise TalkscraperError(f"{path.name} ends before the record at byte {capture.warc_offset}")
    if data.startswith(GZIP_MAGIC):
        return data
    import gzip

    # from a plain WARC: the same record, compressed as a gzip member
    return gzip.compress(data, mtime=0)
