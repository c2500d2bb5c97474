"""Data of the operators' page: sources, runs, completeness by day, and the verdicts on files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.monitor import status as crawl_status
from talkscraper.monitor.completeness import SourceDay, completeness
from talkscraper.monitor.run_report import BAD
from talkscraper.store.database import open_reader
from talkscraper.store.takedowns import hidden_keys
from talkscraper.urls.canonical import urlkey

DAYS = 14
RUNS = 20
FILES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOfSource:
    """One source in one run."""

    run_id: int
    name: str
    found: int
    fetched: int
    new: int
    revised: int
    failed: int
    diagnosis: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A WARC file and its last verdict."""

    name: str
    size: int | None
    records: int | None
    closed_at: str | None
    verified_at: str | None
    verdict: str | None

    @property
    def is_bad(self) -> bool:
        """Whether something was wrong with it."""
        return self.verified_at is not None and self.verdict not in SOUND


DONE = (0, 3, 4)
"""Exit codes of runs that did their work: done, done but for some source, stopped by a budget."""
SOUND = ("ok", "open")
"""Verdicts of ``verify`` on a file without faults."""
_IS_SOUND = "verdict in ('ok', 'open')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The contents of the operators' page."""

    at: datetime
    report: crawl_status.Status
    by_run: dict[int, list[RunOfSource]]
    days: tuple[date, ...]
    """The last ``DAYS`` days, newest first."""
    named: dict[tuple[str, str], SourceDay]
    """By source and day; a day on which a source named nothing is missing."""
    files: tuple[FileState, ...]
    """The newest files, and all with faults."""
    file_count: int
    bad_files: int
    unverified_files: int

    @property
    def troubled(self) -> list[crawl_status.SourceStatus]:
        """Sources whose last run had a bad diagnosis, with the explanation."""
        return [
            each for each in self.report.sources if not each.away and each.diagnosis and _word(each.diagnosis) in BAD
        ]

    @property
    def failed_runs(self) -> list[crawl_status.RunStatus]:
        """The newest finished run, if it failed as a whole; what failed of sources is ``troubled``."""
        newest = next((run for run in self.report.runs if run.finished_at), None)
        return [newest] if newest is not None and newest.exit_code not in (*DONE, None) else []

    @property
    def missing(self) -> int:
        """Number of addresses that were named in the last days and aren't archived."""
        return sum(each.named - each.archived for each in self.incomplete)

    @property
    def has_problems(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.bad_files or self.failed_runs or self.troubled or self.missing)

    @property
    def incomplete(self) -> list[SourceDay]:
        """Days of sources with missing articles."""
        return [each for each in self.named.values() if each.missing]


def _without(day: SourceDay, taken: frozenset[str]) -> SourceDay:
    """Return the day without taken-down addresses, which aren't shown anywhere."""
    missing = tuple(each for each in day.missing if urlkey(each.url) not in taken)
    return replace(day, named=day.named - (len(day.missing) - len(missing)), missing=missing) if taken else day


def _word(diagnosis: str) -> str:
    return diagnosis.partition(":")[0].strip()


def operations(folder: ArchiveFolder) -> Operations:
    """Read the contents of the page.

    Raises:
        NotAnArchive: there is no database yet.
    """
    now = datetime.now(UTC)
    report = crawl_status.status(folder, now=now, runs=RUNS)
    days = tuple(now.date() - timedelta(days=back) for back in range(DAYS))
    connection = open_reader(folder.database)
    try:
        oldest = min((run.id for run in report.runs), default=0)
        by_run: dict[int, list[RunOfSource]] = {}
        for row in connection.execute(
            "select run_id, coalesce(sources.name, source_id) as name, found, fetched, new, revised, failed, diagnosis "
            "from run_sources left join sources on sources.id = source_id where run_id >= ? order by run_id, name",
            [oldest],
        ):
            by_run.setdefault(row["run_id"], []).append(RunOfSource(**dict(row)))
        files = connection.execute(
            "select name, size, records, closed_at, verified_at, verdict from warc_files "
            f"order by verified_at is null or {_IS_SOUND}, coalesce(opened_at, closed_at) desc, name desc limit ?",
            [FILES],
        ).fetchall()
        counts = connection.execute(
            f"select count(*), sum(verified_at is not null and not {_IS_SOUND}), sum(verified_at is null) "
            "from warc_files"
        ).fetchone()
        taken = hidden_keys(connection)
    finally:
        connection.close()
    named = {
        (each.source_id, each.day): _without(each, taken)
        for each in completeness(folder, since=days[-1], until=days[0])
    }
    return Operations(
        at=now,
        report=report,
        by_run=by_run,
        days=days,
        named=named,
        files=tuple(FileState(**dict(row)) for row in files),
        file_count=counts[0],
        bad_files=counts[1] or 0,
        unverified_files=counts[2] or 0,
    )
