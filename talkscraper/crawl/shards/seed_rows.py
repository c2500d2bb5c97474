"""What a shard's database begins with: the rows of the archive that the crawl of its sources reads; no articles."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import StorageError
from talkscraper.store.database import BUSY_TIMEOUT_S, iso, open_writer, read_only_uri
from talkscraper.store.requisites import LIFETIME

DUE_WITHIN = timedelta(days=1)
"""Addresses due within this time may be fetched by a run: what was last captured of them is needed."""
MAX_HOST_NOTES = 500
"""Number of hosts up to which the notes on all of them are copied."""
_OF_SOURCES = ("urls", "intake", "backfills", "backfill_urls")
_PAYLOAD = (
    "method = 'GET' and truncated is null and lost_at is null and payload_digest is not null"
    " and (record_type = 'revisit' or (record_type = 'response' and status = 200))"
)


def make_template(path: Path) -> None:
    """Write an empty database, of which each shard's is a copy.

    Raises:
        StorageError: the disk refuses.
    """
    with closing(open_writer(path)) as database:
        database.execute("pragma journal_mode = delete")


def seed_database(
    archive: ArchiveFolder, template: Path, target: Path, *, sources: Collection[str], run_id: int, now: datetime
) -> None:
    """Write the database of a shard in which these sources are crawled as a part of a run.

    Raises:
        StorageError: the disk refuses.
    """
    try:
        shutil.copyfile(template, target)
        with closing(sqlite3.connect(target.absolute().as_uri(), uri=True, timeout=BUSY_TIMEOUT_S)) as connection:
            connection.execute("attach ? as archive", [read_only_uri(archive.database)])
            connection.execute("pragma synchronous = off")
            with connection:
                _fill(connection, archive, list(sources), run_id, now)
    except (OSError, sqlite3.Error) as e:
        raise StorageError(f"can't write {target}: {e}") from e


def _fill(
    connection: sqlite3.Connection, archive: ArchiveFolder, sources: list[str], run_id: int, now: datetime
) -> None:
    marks = ", ".join("?" * len(sources))
    _copy(connection, "sources", f"id in ({marks})", sources)
    for table in _OF_SOURCES:
        _copy(connection, table, f"source_id in ({marks})", sources)
    _copy(connection, "backfill_pages", "backfill_id in (select id from main.backfills)")
    _copy(connection, "takedowns")
    _copy(connection, "request_days", "day >= ?", [iso(now)[:10]])
    _host_notes(connection, now)
    if run_id > 1:
        # so that the worker's run has the number of the run that it is a part of
        connection.execute(
            "insert into runs (id, started_at, finished_at, exit_code) values (?, ?, ?, 0)",
            [run_id - 1, iso(now), iso(now)],
        )
    # the captures to which new ones may refer, and requisites that needn't be fetched again
    _copy(connection, "captures", f"captured_at >= ? and source_id in ({marks})", [iso(now - LIFETIME), *sources])
    _copy(
        connection,
        "captures",
        "seq in (select (select old.seq from archive.captures old where old.url = urls.url"
        f" and {_PAYLOAD} order by captured_at desc, seq desc limit 1) from main.urls where next_due <= ?)",
        [iso(now + DUE_WITHIN)],
    )
    _copy(
        connection,
        "captures",
        "payload_digest in (select payload_digest from main.captures where record_type = 'revisit')"
        f" and record_type = 'response' and {_PAYLOAD}",
    )
    # articles aren't there: what is stored of a page counts when it is merged
    connection.execute(
        "update captures set run_id = null, article_id = null, gone_article_id = null, content_digest = null,"
        " page_kind = null, extractor = null"
    )
    _copy(connection, "warc_files", "name in (select warc_file from main.captures)")
    connection.execute("update warc_files set path = coalesce(path, ? || name)", [f"{archive.warc.absolute()}/"])


def _host_notes(connection: sqlite3.Connection, now: datetime) -> None:
    (count,) = connection.execute("select count(*) from archive.host_notes").fetchone()
    if count <= MAX_HOST_NOTES:
        _copy(connection, "host_notes")
        return
    known = {urlsplit(row[0]).hostname for row in connection.execute("select distinct url from captures")}
    known |= {urlsplit(row[0]).hostname for row in connection.execute("select url from urls where kind <> 'article'")}
    for host, blocked in connection.execute("select host, blocked_until from archive.host_notes").fetchall():
        name = urlsplit(host if "://" in host else f"http://{host}").hostname
        if name in known or (blocked or "") > iso(now):
            _copy(connection, "host_notes", "host = ?", [host])


def _copy(connection: sqlite3.Connection, table: str, where: str = "true", values: Collection[object] = ()) -> None:
    names = [f'"{row[1]}"' for row in connection.execute(f"pragma main.table_info({table})")]
    columns = ", ".join(names)
    connection.execute(
        f"insert or ignore into main.{table} ({columns}) select {columns} from archive.{table} where {where}",
        tuple(values),
    )
