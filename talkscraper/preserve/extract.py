"""``extract``: derives all articles again from the captures, in the order of their capture, without the network.

Its progress is stored in the database with the rows themselves, so an interrupted pass is resumed where it stopped,
unless extractor or selectors have changed meanwhile, when all must be extracted again anyway.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import UsageError
from talkscraper.extraction.extractor import EXTRACTOR
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.derivation import Derivation, Derived, Progress
from talkscraper.model import Capture
from talkscraper.store.database import iso, open_reader
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

    from talkscraper.ingest.sharded_pages import ClusterWork, ShardedPages


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractReport:
    """The result of a pass."""

    pages: Derived
    resumed_after: int = 0
    """Number of pages that an earlier, interrupted pass had stored."""
    cluster: ClusterWork | None = None
    """What the workers of a cluster did, if there was one."""


def extract_again(
    folder: ArchiveFolder,
    *,
    clock: Callable[[], datetime],
    source: str | None = None,
    from_start: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    cluster: ShardedPages | None = None,
) -> ExtractReport:
    """Extract all pages of the archive again, or those of one source.

    Args:
        folder: The archive.
        clock: Returns the time, for rows that change.
        source: Only captures of this source.
        from_start: Ignore the progress of an interrupted pass.
        workers: Number of extractor processes.
        progress: Called with the number of pages extracted.
        cluster: Has the pages read by the workers of a cluster.

    Raises:
        ArchiveLocked: a run is active.
        ClusterError: the cluster is lost, or can't do its work.
        NotAnArchive: there is no database.
        StorageError: a write failed.
        UsageError: there is no such source.
    """
    folder.require()
    newsrooms = Newsrooms.of(folder)
    connection = open_reader(folder.database)
    try:
        check_source(connection, source)
        with folder.lock(what="extract"), ArchiveWriter(folder.database) as writer:
            key = _key(newsrooms, source)
            position = writer.run(_begun, key, from_start=from_start)
            done = position[2] if position is not None else 0

            def stored(db: Database, capture: Capture, count: int) -> None:
                db.execute(
                    "insert or replace into extractions (key, captured_at, capture_id, pages, noted_at)"
                    " values (?, ?, ?, ?, ?)",
                    [key, iso(capture.captured_at), capture.id, count, iso(clock())],
                )

            derivation = Derivation(
                folder, writer, connection, newsrooms, clock=clock, workers=workers, cluster=cluster
            )
            pages = derivation.run(
                source=source,
                after=position[:2] if position is not None else None,
                done=done,
                stored=stored,
                progress=progress,
            )
            writer.run(lambda db: db.execute("delete from extractions where key = ?", [key]))
            if cluster is not None:
                cluster.clean()
    finally:
        connection.close()
    work = cluster.work() if cluster is not None else None
    return ExtractReport(pages=pages, resumed_after=done, cluster=work)


def check_source(connection: sqlite3.Connection, source: str | None) -> None:
    """Check that the archive has captures of a source.

    Raises:
        UsageError: it has none.
    """
    if source is None or connection.execute("select 1 from sources where id = ?", [source]).fetchone():
        return
    known = ", ".join(row[0] for row in connection.execute("select id from sources order by id limit 20"))
    raise UsageError(f"the archive has no source {source[:80]!r} (it has {known or 'none'})")


def _begun(db: Database, key: str, *, from_start: bool) -> tuple[str, str, int] | None:
    """Return where the last pass of this kind stopped; passes with another extractor or selectors are discarded."""
    db.execute("delete from extractions where key <> ? or ?", [key, from_start])
    row = db.execute("select captured_at, capture_id, pages from extractions where key = ?", [key]).fetchone()
    return (row[0], row[1], row[2]) if row is not None else None


def _key(newsrooms: Newsrooms, source: str | None) -> str:
    selectors = {each.id: asdict(each.reading) for each in newsrooms.all()}
    digest = hashlib.sha256(json.dumps(selectors, sort_keys=True, default=str).encode()).hexdigest()[:16]
    return json.dumps({"source": source, "extractor": EXTRACTOR, "selectors": digest}, sort_keys=True)
