"""Everything that an archive has of some articles, or of all: each capture, with the requests and metadata about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.model import Capture
from talkscraper.replay.package_selection import PackagedPage, add_with_originals
from talkscraper.replay.payload import warc_path
from talkscraper.store import requisites
from talkscraper.store.captures import NOT_TAKEN_DOWN, row_to_capture
from talkscraper.warc.members import opened
from talkscraper.warc.scan import Gap, Scan

WHOLE = f"captures.lost_at is null and {NOT_TAKEN_DOWN}"
_ABOUT = frozenset({"request", "metadata"})
_FRONTS = "('homepage', 'listing')"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlace:
    """Where a record without a row lies: a request, or metadata about a capture."""

    warc_file: str
    warc_offset: int
    warc_length: int


def every_capture(connection: sqlite3.Connection) -> dict[str, Capture]:
    """Return all captures of the archive that may be shown, by record id."""
    rows = connection.execute(f"select captures.* from captures where {WHOLE}")
    return {row["id"]: row_to_capture(row) for row in rows}


def captures_of_articles(connection: sqlite3.Connection, pages: Sequence[PackagedPage]) -> dict[str, Capture]:
    """Return all captures of the pages' articles, by record id.

    Those of each revision and address, redirects, requisites, and the front pages and listings of their sources.
    """
    found: dict[str, Capture] = {}
    sources: set[str] = set()
    for page in pages:
        rows = connection.execute(
            f"select captures.* from captures where {WHOLE} and (article_id = ? or urlkey in"
            " (select urlkey from captures where article_id = ?) or redirect_to in"
            " (select url from captures where article_id = ?))",
            [page.article_id] * 3,
        ).fetchall()
        for capture in map(row_to_capture, rows):
            add_with_originals(connection, found, capture)
            if capture.source_id is not None:
                sources.add(capture.source_id)
            for needed in requisites.of_page(connection, capture, where=WHOLE):
                add_with_originals(connection, found, needed)
    for source in sorted(sources):
        rows = connection.execute(
            f"select captures.* from captures where {WHOLE} and source_id = ? and asked_as in {_FRONTS}", [source]
        ).fetchall()
        for capture in map(row_to_capture, rows):
            add_with_originals(connection, found, capture)
    return found


def records_about(
    connection: sqlite3.Connection, folder: ArchiveFolder, captures: Iterable[Capture]
) -> Iterator[RecordPlace]:
    """Yield the places of requests and metadata of captures; each file that holds some is read once.

    Raises:
        StorageError: a file can't be read.
    """
    ordered = sorted(captures, key=attrgetter("warc_file", "warc_offset"))
    for name, group in groupby(ordered, key=attrgetter("warc_file")):
        yield from _about(connection, folder, name, {each.id for each in group})


def _about(
    connection: sqlite3.Connection, folder: ArchiveFolder, name: str, wanted: Collection[str]
) -> Iterator[RecordPlace]:
    named: set[str] = set()
    places: list[tuple[str, frozenset[str], RecordPlace]] = []
    with opened(warc_path(connection, folder, name)) as handle:
        for seen in Scan(handle, digests=False):
            if isinstance(seen, Gap) or not seen.length:
                continue
            related = seen.headers.get_all("WARC-Concurrent-To")
            if seen.record_id in wanted:
                # some writers name the request in the response
                named.update(related)
            elif seen.record_type in _ABOUT:
                about = frozenset((*related, *seen.headers.get_all("WARC-Refers-To")))
                place = RecordPlace(warc_file=name, warc_offset=seen.offset, warc_length=seen.length)
                places.append((seen.record_id, about, place))
    for record_id, about, place in places:
        if record_id in named or not about.isdisjoint(wanted):
            yield place
