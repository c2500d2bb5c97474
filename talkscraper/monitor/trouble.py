"""What ``crawl --quiet`` prints of a run: what an operator must act on, and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.errors import ArchiveError
from talkscraper.monitor import alarms
from talkscraper.monitor.run_report import CAPPED, MAX_ARCHIVE
from talkscraper.store.database import from_iso, open_reader

if TYPE_CHECKING:
    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.monitor.run_report import RunReport

LONG_RUN = timedelta(hours=12)
"""A run that holds the archive for longer is trouble; a shorter one only makes the next start later."""


def alarm_lines(report: RunReport) -> list[str]:
    """Return the lines about the sources in alarm of a run."""
    looked_at = sum(each.diagnosis not in ("idle", "stopped") for each in report.sources)
    return alarms.lines(alarms.of_run(report), looked_at=looked_at)


def troubles(report: RunReport) -> list[str]:
    """Return one line for each thing that went wrong in a run; a budget that ended it is none, but ``max_archive``."""
    lines = alarm_lines(report)
    if report.reason == MAX_ARCHIVE:
        lines.append(CAPPED[MAX_ARCHIVE])
    full = [each.source_id for each in report.sources if each.capped and "disk" in each.capped.split(", ")]
    if full:
        lines.append(f"the disk is nearly full: less was fetched of {alarms.listed(full)}")
    if report.error is not None:
        lines.append(f"the run ended with an error: {report.error}")
    return lines


def is_overdue(folder: ArchiveFolder, now: datetime | None = None) -> bool:
    """Whether the run that holds the archive has held it for longer than any run should."""
    try:
        with closing(open_reader(folder.database)) as connection:
            row = connection.execute("select max(started_at) from runs where finished_at is null").fetchone()
    except (ArchiveError, sqlite3.Error):
        return False
    return row[0] is not None and (now or datetime.now(UTC)) - from_iso(row[0]) > LONG_RUN
