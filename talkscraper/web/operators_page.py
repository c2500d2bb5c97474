"""The operators' page: sources, runs, completeness, disk, and what verify said."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from talkscraper.crawl import status as crawl_status
from talkscraper.crawl.completeness import completeness
from talkscraper.web.common import Table

DAYS = 14
FILES = 50


def show(table: Table) -> Response:
    """``/sources``."""
    now = datetime.now(UTC)
    rows = table.connection.execute(
        "select name, size, records, opened_at, closed_at, verified_at, verdict from warc_files "
        "order by coalesce(opened_at, closed_at) desc, name desc limit ?",
        [FILES],
    ).fetchall()
    return table.page(
        "sources.html",
        here="sources",
        report=crawl_status.status(table.folder, now=now, runs=20),
        days=completeness(table.folder, since=now.date() - timedelta(days=DAYS - 1), until=now.date()),
        span=DAYS,
        disk=shutil.disk_usage(table.folder.root),
        files=rows,
        file_count=table.connection.execute("select count(*) from warc_files").fetchone()[0],
        replay=table.replay,
        age=lambda moment: crawl_status.age(moment, now) + ("" if moment is None else " ago"),
    )
