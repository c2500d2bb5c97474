"""Rights signals of whole sites, from robots.txt and tdmrep.json: noted by a crawl, or read from captures."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.discovery import rights
from talkscraper.discovery.rights import Signal
from talkscraper.errors import StoreUnreachable, TalkscraperError
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.page_reader import payload_of
from talkscraper.model import Capture
from talkscraper.pool import WorkerPool
from talkscraper.sources.model import Source
from talkscraper.sources.robots_rules import robots_text
from talkscraper.store.captures import row_to_capture
from talkscraper.store.signals import note_signals
from talkscraper.store.source_rows import write_source
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

_ROBOTS = "/robots.txt"


def store_site_signals(
    db: Database, source: Source, found: Sequence[Signal], *, capture: Capture | None, now: datetime
) -> None:
    """Store the signals of a source's site, with the times at which each was first and last captured.

    ``capture`` is None for rules that were read earlier: signals already known stay as they are.
    """
    write_source(db, source)
    if capture is None:
        found = [each for each in found if not _is_known(db, each)]
    capture_id, seen_at = (capture.id, capture.captured_at) if capture is not None else (None, now)
    note_signals(db, source.id, found, capture_id=capture_id, seen_at=seen_at)


def _is_known(db: Database, signal: Signal) -> bool:
    row = db.execute(
        "select 1 from signals where url = ? and signal = ? and value = ?", [signal.url, signal.signal, signal.value]
    ).fetchone()
    return row is not None


def read_site_signals(
    writer: ArchiveWriter,
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    newsrooms: Newsrooms,
    *,
    after: int,
    files: Sequence[str] = (),
) -> None:
    """Store the signals in captured robots.txt and tdmrep.json of sources; unreadable ones are skipped.

    Read are captures whose ``seq`` is above ``after``, and those in ``files``. Do so before pages are stored: the
    signals decide whose text may be kept.
    """
    site_files = list(_site_files(connection, newsrooms, after, files))
    if not site_files:
        return
    with WorkerPool(1) as pool:
        for capture, source in site_files:
            try:
                payload = payload_of(connection, folder, capture)
                found = (
                    rights.of_robots(robots_text(payload.body, payload.content_type), capture.url)
                    if urlsplit(capture.url).path == _ROBOTS
                    else pool.ask(capture.url, rights.OF_TDMREP, payload.body, capture.url).result()
                )
            except StoreUnreachable:
                raise
            except TalkscraperError:
                continue
            if found:
                writer.run(store_site_signals, source, found, capture=capture, now=capture.captured_at)


def _site_files(
    connection: sqlite3.Connection, newsrooms: Newsrooms, after: int, files: Sequence[str]
) -> Iterator[tuple[Capture, Source]]:
    """Yield the captures of robots.txt and tdmrep.json on the own hosts of sources, in the order of capture."""
    rows = connection.execute(
        "select * from captures where seq in (select seq from captures where seq > ?"
        " union select seq from captures where warc_file in (select value from json_each(?)))"
        " and status between 200 and 299 and method = 'GET'"
        " and (url like '%/robots.txt' or url like '%/.well-known/tdmrep.json') and captured_at is not null"
        " order by captured_at, id",
        [after, json.dumps(files)],
    ).fetchall()
    for capture in map(row_to_capture, rows):
        source = newsrooms.of_capture(capture.source_id, capture.url)
        if source is None or not newsrooms.owns(source.id, capture.url):
            continue
        if urlsplit(capture.url).path in (_ROBOTS, rights.WELL_KNOWN):
            yield capture, source


def newest_capture(db: Database) -> int:
    """Return the ``seq`` of the row of ``captures`` that was inserted last; 0 if there is none."""
    return int(db.execute("select coalesce(max(seq), 0) from captures").fetchone()[0])


def reservation_of(db: Database, source: Source | None, url: str) -> Signal | None:
    """Return the reservation of a source's site that covers a page, as stored so far; None if there is none."""
    if source is None:
        return None
    rows = db.execute(
        "select scope, url, signal, value from signals one where source_id = ? and (scope = 'site' or scope = 'robots'"
        # of a robots.txt the latest version applies
        " and not exists (select 1 from signals later where later.url = one.url and later.signal = one.signal"
        " and later.last_seen_at > one.last_seen_at))",
        [source.id],
    ).fetchall()
    entries = [Signal(scope=row[0], url=row[1], signal=row[2], value=row[3]) for row in rows]
    return rights.reservation(entries, url)
