"""``repair``: corrects what ``verify`` finds, as far as sound records allow; the rest is reported.

Records take precedence. What a killed run left is finished first (``recovery``); then rows, indexes and the files'
own rows are corrected from the records, then articles from the captures. Each step is a transaction; after a power
failure the next repair continues from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import NotFound
from talkscraper.frontier import lease_queue
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.derivation import Derivation, Derived
from talkscraper.ingest.site_signals import newest_capture, read_site_signals
from talkscraper.preserve import row_repair
from talkscraper.preserve.acceptance import accept
from talkscraper.preserve.archive_files import Progress, move_files
from talkscraper.preserve.article_check import DEFAULT_ARTICLES, wrong_articles
from talkscraper.preserve.backup_copies import take_from_backups
from talkscraper.preserve.file_checks import check_file, check_files, moves_of
from talkscraper.preserve.file_repair import FileRepair
from talkscraper.preserve.file_verdicts import FileVerdict, WarcState, note_verdicts
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.preserve.recovery import RecoveryReport, recover
from talkscraper.preserve.rederivation import rederived
from talkscraper.preserve.verify import check_across
from talkscraper.store.database import iso, open_reader
from talkscraper.store.warc_manifest import write_manifest
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A correction made by repair."""

    file: str
    """The WARC's name, or the database's table."""
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReport:
    """What was corrected, and what remains."""

    mended: tuple[Correction, ...]
    remaining: tuple[Finding, ...]
    """Damage, and any other finding that ``verify`` would still report."""
    notes: tuple[Finding, ...] = ()
    files: int = 0
    pages: Derived = field(default_factory=Derived)
    """Number of unread pages that were extracted now."""

    @property
    def ok(self) -> bool:
        """Whether ``verify`` would report nothing."""
        return not self.remaining


def repair(
    folder: ArchiveFolder,
    *,
    clock: Callable[[], datetime],
    progress: Progress | None = None,
    workers: int | None = None,
    accepted: Sequence[str] = (),
) -> RepairReport:
    """Repair the archive.

    Args:
        folder: The archive.
        clock: Returns the time, for new rows.
        progress: Called with the number of bytes checked.
        workers: Number of processes that check files, and then that extract pages.
        accepted: Names of files that differ from the finished ones and are accepted as they are.

    Raises:
        ArchiveLocked: a run is active.
        NotAnArchive: the folder isn't one.
        NotFound, UsageError: a file can't be accepted; nothing was done.
        StorageError: a write failed, or the database is too damaged to be opened.
    """
    folder.require()
    folder.make()
    with folder.lock(what="repair"), ArchiveWriter(folder.database) as writer:
        newsrooms = Newsrooms.of(folder)
        before = writer.run(newest_capture)
        mended = list(_recovered(writer.run(lambda db: recover(folder, db, clock()))))
        mended += writer.run(lambda db: list(_end_dead_runs(db, clock())))
        connection = open_reader(folder.database)
        try:
            for name in accepted:
                done = accept(folder, connection, writer, name, now=clock())
                mended.append(Correction(file=done.name, what=done.line()))
            found = check_files(folder, connection, workers=workers, progress=progress)
            moves = moves_of(folder, connection, found)
            if moves:
                move_files(folder, moves)
                mended += [
                    Correction(file=new, what=f"has its name again (it was called {old})") for old, new in moves.items()
                ]
                found = check_files(folder, connection, workers=workers, progress=progress)
            verdicts = {each.name: each for each in found}
            for name, what in take_from_backups(folder, connection, found):
                mended.append(Correction(file=name, what=what))
                verdicts[name] = check_file(folder, connection, name, progress)
            file_repair = FileRepair(folder, writer, newsrooms, clock=clock, progress=progress)
            for verdict in list(verdicts.values()):
                steps = file_repair.repair(verdict)
                if steps:
                    mended += _corrections(verdict.name, steps)
                    del verdicts[verdict.name]
                    with suppress(NotFound):  # deleted, since its import had only begun
                        verdicts[verdict.name] = check_file(folder, connection, verdict.name, progress)
            mended += _corrections("runs", writer.run(row_repair.add_runs, clock()))
            mended += _corrections("captures", writer.run(row_repair.forget_articles))
            read_site_signals(writer, connection, folder, newsrooms, after=before)
            derivation = Derivation(folder, writer, connection, newsrooms, clock=clock, workers=workers)
            forged = _wrong_articles(folder, workers)
            again = row_repair.derive_again(folder, writer, connection, newsrooms, derivation, forged, workers=workers)
            mended += _corrections("articles", again)
            pages = derivation.run(unread=True)
            mended += _corrections("articles", _extracted(pages))
            mended += _corrections("articles", writer.run(row_repair.settle_articles, clock()))
            mended += _corrections("articles_fts", writer.run(row_repair.rebuild_full_text))
            mended += _corrections("bitmaps", writer.run(row_repair.forget_bitmaps))
            mended += _corrections("article_days", writer.run(row_repair.correct_day_counts))
            across = list(check_across(folder, connection, clock()))
        finally:
            connection.close()
        writer.run(lambda db: note_verdicts(db.conn, list(verdicts.values()), clock(), what="repair"))
        sound = [each.name for each in verdicts.values() if each.verdict in (WarcState.OK, WarcState.MENDABLE)]
        if writer.run(lambda db: write_manifest(folder, db, changed=sound)):
            mended.append(Correction(file=folder.manifest.name, what="brought up to date"))
            across = [each for each in across if each.kind is not Kind.MANIFEST]
    findings = [finding for verdict in verdicts.values() for finding in _findings(verdict)] + across
    return RepairReport(
        mended=tuple(mended),
        remaining=tuple(each for each in findings if each.level is not Level.NOTE),
        notes=tuple(each for each in findings if each.level is Level.NOTE),
        files=len(verdicts),
        pages=pages,
    )


def _corrections(file: str, steps: Iterable[str]) -> list[Correction]:
    return [Correction(file=file, what=each) for each in steps]


def _wrong_articles(folder: ArchiveFolder, workers: int | None) -> list[str]:
    """Return articles that disagree with their revisions and captures, or, in a random sample, with their pages."""
    found = {each.article_id: None for each in wrong_articles(folder.database)}
    for each in rederived(folder, articles=DEFAULT_ARTICLES, workers=workers):
        if not isinstance(each, Finding) and each.finding.level is not Level.NOTE:
            found[each.article_id] = None
    return list(found)


def _findings(verdict: FileVerdict) -> Iterator[Finding]:
    yield from verdict.findings
    if verdict.uncounted:
        message = f"and {verdict.uncounted} more of the same kinds"
        yield Finding(file=verdict.name, kind=verdict.findings[0].kind, message=message)


def _recovered(report: RecoveryReport) -> Iterator[Correction]:
    for file in report.files:
        message = f"finished after its run was killed: {file.records} records"
        if file.torn_file is not None:
            message += f"; a torn tail of {file.torn_bytes} bytes was set aside in {file.torn_file}"
        if file.rows.added:
            message += f"; {file.rows.added} rows added"
        if file.rows.removed:
            message += f"; {len(file.rows.removed)} rows without a record removed"
        if file.rows.lost:
            message += f"; {len(file.rows.lost)} captures marked lost, {file.rows.urls_due} addresses due again"
        yield Correction(file=file.name, what=message)
    for name in report.indexes:
        yield Correction(file=name, what="written again")


def _end_dead_runs(db: Database, now: datetime) -> Iterator[Correction]:
    """Mark runs that died, and give back their leases."""
    died = db.execute(
        "update runs set finished_at = ?, exit_code = 1, reason = 'died' where finished_at is null", [iso(now)]
    ).rowcount
    if died:
        yield Correction(file="runs", what=f"{died} runs that died are marked so")
    leased = lease_queue.give_back(db, now=now)
    if leased:
        yield Correction(file="urls", what=f"{leased} addresses that a dead run held are due again")


def _extracted(pages: Derived) -> Iterator[str]:
    if pages.pages:
        stored = pages.new + pages.revised + pages.unchanged + pages.older
        yield f"{pages.pages} unread pages were extracted: {stored} of articles, {pages.new} of these new"
