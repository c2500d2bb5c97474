"""A WARC with some of the archive's records: their blocks copied byte for byte, originals of revisits first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.model import Capture
from talkscraper.replay.all_captures import RecordPlace
from talkscraper.replay.package_selection import raw_member
from talkscraper.store import requisites
from talkscraper.version import __version__
from talkscraper.warc.copied_members import with_warcinfo
from talkscraper.warc.records import NewRecord, build_needs, build_warcinfo


def ordered(captures: Iterable[Capture]) -> list[Capture]:
    """Sort captures by time, so that a revisit's original comes before it."""
    return sorted(captures, key=lambda capture: (capture.captured_at, capture.warc_file, capture.warc_offset))


def new_warcinfo(name: str, made_at: datetime, note: str) -> NewRecord:
    """Return the first record of a package's WARC, not compressed yet, since the copied records name its id."""
    return build_warcinfo(
        date=made_at,
        filename=name,
        pairs=(
            ("software", f"talkscraper/{__version__}"),
            ("format", "WARC File Format 1.1"),
            ("description", note),
        ),
    )


def needs(connection: sqlite3.Connection, pages: Iterable[Capture], made_at: datetime) -> Iterator[bytes]:
    """Return records that list the requisites of pages captured for other pages, so that an import knows them."""
    for page in pages:
        shared = requisites.shared_of(connection, page)
        if shared:
            yield b"".join(build_needs(url=page.url, date=made_at, page=page.id, needed=shared).member())


def members(
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    captures: Iterable[Capture],
    *,
    warcinfo_id: str,
) -> Iterator[bytes]:
    """Yield each capture's record, with the id of the package's ``warcinfo``.

    Raises:
        TalkscraperError: a record can't be read.
    """
    for capture in ordered(captures):
        yield with_warcinfo(raw_member(connection, folder, capture), warcinfo_id)


def others(
    connection: sqlite3.Connection, folder: ArchiveFolder, places: Iterable[RecordPlace], warcinfo_id: str
) -> Iterator[bytes]:
    """Yield the records of requests and metadata."""
    for place in places:
        yield with_warcinfo(raw_member(connection, folder, place), warcinfo_id)
