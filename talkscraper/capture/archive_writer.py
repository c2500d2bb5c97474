"""The WARC writer of an archive: files in the archive's folder, rows in its database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture import redaction
from talkscraper.capture.continuation import MAX_CONTINUED_BYTES, continued_file
from talkscraper.capture.warc_file import FinishedFile, index_path
from talkscraper.capture.warcinfo import CrawlInfo
from talkscraper.capture.writer import DAY_S, GIB, WarcWriter, utc_now
from talkscraper.model import Capture
from talkscraper.store import captures, takedowns
from talkscraper.store.database import first
from talkscraper.store.warc_manifest import write_manifest
from talkscraper.warc.cdxj import write_lines

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.access import SourceAccess
    from talkscraper.store.writer import ArchiveWriter

ORIGIN = "crawl"


def archive_writer(
    folder: ArchiveFolder,
    database: ArchiveWriter,
    *,
    run_id: int | None,
    user_agent: str | None = None,
    operator: str | None = None,
    robots: str | None = "obey",
    access: Mapping[str, SourceAccess] | None = None,
    clock: Callable[[], datetime] = utc_now,
    redact: Sequence[str] = redaction.DEFAULT,
    rotate_bytes: int = GIB,
    rotate_s: float = DAY_S,
) -> WarcWriter:
    """Return a ``WarcWriter`` that keeps its rows in ``database``; close it before the database."""

    def commit(records: Sequence[Capture]) -> None:
        database.run(captures.add_captures, records)

    def opened(name: str, opened_at: datetime) -> None:
        database.run(captures.open_warc_file, name, opened_at, ORIGIN)

    def closed(file: FinishedFile) -> None:
        database.run(captures.close_warc_file, file.name, file.size, file.sha256, file.records, file.closed_at)
        _leave_out_taken_down(folder, database, file.name)
        database.run(lambda db: write_manifest(folder, db))

    return WarcWriter(
        folder,
        commit=commit,
        run_id=run_id,
        opened=opened,
        closed=closed,
        continued=lambda now: continued_file(folder, database, now, max_bytes=min(rotate_bytes, MAX_CONTINUED_BYTES)),
        find_originals=lambda digest: database.look_up(captures.find_originals, digest),
        find_latest=lambda url: database.look_up(latest_with_payload, url),
        info=CrawlInfo(
            user_agent=user_agent,
            operator=operator,
            robots=robots,
            access=tuple(f"{source_id}: {each.describe()}" for source_id, each in (access or {}).items()),
            redacted=tuple(name for each in (access or {}).values() for name in each.redacted),
        ),
        clock=clock,
        rotate_bytes=rotate_bytes,
        rotate_s=rotate_s,
        redact=redact,
    )


def _leave_out_taken_down(folder: ArchiveFolder, database: ArchiveWriter, name: str) -> None:
    """Remove the index lines of pages that turned out, after capture, to have been taken down."""
    path = index_path(folder, name)
    lines = path.read_text("utf-8").splitlines()
    hidden = database.run(takedowns.any_of, [line.split(" ", 1)[0] for line in lines])
    if hidden:
        write_lines(path, [line for line in lines if line.split(" ", 1)[0] not in hidden])


def latest_with_payload(db: Database, url: str) -> Capture | None:
    """Return the latest complete 200 response for a URL, or the revisit of one: the content that a 304 confirms.

    A server answers 304 only to validators of a response that a crawl received, so an imported capture that came
    with validators doesn't count.
    """
    row = first(
        db,
        "select * from captures where url = ? and method = 'GET' and truncated is null and payload_digest is not null"
        " and (record_type = 'revisit' or (record_type = 'response' and status = 200))"
        " order by exists (select 1 from warc_files where name = warc_file and origin = 'crawl') desc,"
        " captured_at desc, seq desc limit 1",
        [url],
    )
    return captures.row_to_capture(row) if row is not None else None
