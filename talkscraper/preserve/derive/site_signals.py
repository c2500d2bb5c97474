"""Rights signals of whole sites, from captures of robots.txt and tdmrep.json, stored as a crawl does."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.discovery import rights
from talkscraper.discovery.rights import Signal
from talkscraper.errors import TalkscraperError
from talkscraper.model import Capture
from talkscraper.pool import WorkerPool
from talkscraper.preserve.derive.attribution import Newsrooms
from talkscraper.preserve.derive.page_reader import payload_of
from talkscraper.sources.model import Source
from talkscraper.store.captures import row_to_capture
from talkscraper.store.signals import note_signals
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

_ROBOTS = "/robots.txt"


def note_site_wishes(
    writer: ArchiveWriter,
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    newsrooms: Newsrooms,
    files: Sequence[str],
) -> None:
    """Store the rights signals in robots.txt and tdmrep.json of sources in these WARC files; skip unreadable ones."""
    with WorkerPool(1) as pool:
        _note_all(writer, connection, folder, newsrooms, files, pool)


def _note_all(
    writer: ArchiveWriter,
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    newsrooms: Newsrooms,
    files: Sequence[str],
    pool: WorkerPool,
) -> None:
    for name in files:
        rows = connection.execute(
            "select * from captures where warc_file = ? and status = 200 and record_type = 'response'"
            " and method = 'GET' and (url like '%/robots.txt' or url like '%/.well-known/tdmrep.json')",
            [name],
        ).fetchall()
        for capture in map(row_to_capture, rows):
            source = newsrooms.of_capture(capture.source_id, capture.url)
            path = urlsplit(capture.url).path
            if source is None or path not in (_ROBOTS, rights.WELL_KNOWN):
                continue
            try:
                body = payload_of(connection, folder, capture).body
                found = (
                    rights.of_robots(body.decode("utf-8", "replace"), capture.url)
                    if path == _ROBOTS
                    else pool.ask(capture.url, rights.OF_TDMREP, body, capture.url).result()
                )
            except TalkscraperError:
                continue
            if found:
                writer.run(_note, newsrooms, source.id, capture, found)


def _note(db: Database, newsrooms: Newsrooms, source_id: str, capture: Capture, found: list[Signal]) -> None:
    newsrooms.write(db, source_id, capture.url)
    note_signals(db, source_id, found, capture_id=capture.id, seen_at=capture.captured_at)


def reserved(db: Database, source: Source | None, url: str, *, on_page: bool) -> bool:
    """Whether a source's policy heeds reservations, and the page itself or its site reserves the rights of it."""
    if source is None or not source.obeys_reservations:
        return False
    if on_page:
        return True
    rows = db.execute(
        "select scope, url, signal, value from signals one where source_id = ? and (scope = 'site' or scope = 'robots'"
        # for a robots.txt the latest version applies
        " and not exists (select 1 from signals later where later.url = one.url and later.signal = one.signal"
        " and later.last_seen_at > one.last_seen_at))",
        [source.id],
    ).fetchall()
    entries = [Signal(scope=row[0], url=row[1], signal=row[2], value=row[3]) for row in rows]
    return rights.reservation(entries, url) is not None
