"""``verify``: records, digests, index lines and rows compared with each other, with a verdict per file.

It only reads, except that the verdicts are stored if nobody else is writing.

A revisit's payload digest identifies the payload of another record, so it is compared with that record's, not with the
revisit's empty block. A record that was cut off during capture is marked as such, and is sound.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ArchiveLocked, StorageError
from talkscraper.preserve.archive_files import OPEN_SUFFIX, torn_files
from talkscraper.preserve.check import archive_check
from talkscraper.preserve.check.articles import DEFAULT_ARTICLES, article_findings
from talkscraper.preserve.check.file_checks import check_files, chosen
from talkscraper.preserve.check.verdicts import FileVerdict, Progress, note_verdicts
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.store.database import open_reader


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """The result for the whole archive."""

    files: tuple[FileVerdict, ...]
    findings: tuple[Finding, ...] = ()
    """Findings that concern no single file."""
    disputes: tuple[Finding, ...] = ()
    """Disagreements of the second reader, if one was used."""
    noted: bool = False
    """Whether the verdicts were stored in ``warc_files``."""

    @property
    def ok(self) -> bool:
        """Whether nothing is to be repaired or lost, and a second reader agrees."""
        return not self.disputes and all(finding.level is Level.NOTE for finding in self.all_findings())

    def all_findings(self) -> Iterator[Finding]:
        """The findings of the files, then the others."""
        for file in self.files:
            yield from file.findings
        yield from self.findings

    @property
    def bytes_read(self) -> int:
        """Number of bytes read of all WARC files."""
        return sum(file.size for file in self.files)


def verify(
    folder: ArchiveFolder,
    *,
    now: datetime,
    names: Sequence[str] = (),
    second_reader: bool = False,
    workers: int | None = None,
    articles: int = DEFAULT_ARTICLES,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check the archive, or only the WARC files in ``names``; the verdicts are stored in ``warc_files`` if possible.

    With ``second_reader``, warcio reads each finished file too, and must find the same records. The rows of all
    articles are checked; for a sample of ``articles`` (``ALL_ARTICLES``: all) the page is extracted again and compared.
    At most ``workers`` processes share the work, by default one for each processor.

    Raises:
        NotAnArchive: there is no database yet.
        NotFound: the archive has no file of that name.
        StorageError: a file or folder can't be read.
    """
    folder.require()
    connection = open_reader(folder.database)
    try:
        files = check_files(folder, connection, names=names, workers=workers, progress=progress)
        findings = () if names else tuple(_archive_findings(folder, connection, now))
        if not names and articles:
            findings = (*findings, *_rederived(folder, findings, articles=articles, workers=workers))
        disputes = tuple(_disputes(folder, connection, names)) if second_reader else ()
    finally:
        connection.close()
    return VerifyReport(files=tuple(files), findings=findings, disputes=disputes, noted=_note(folder, files, now))


def _rederived(
    folder: ArchiveFolder, findings: Sequence[Finding], *, articles: int, workers: int | None
) -> Iterator[Finding]:
    """Yield findings of extracting pages again, but for articles that were reported already."""
    from talkscraper.preserve.check.rederivation import rederived  # loads what reads pages

    try:
        for each in rederived(folder, articles=articles, workers=workers):
            finding = each if isinstance(each, Finding) else each.finding
            if not _is_told(finding, findings):
                yield finding
    except sqlite3.DatabaseError as e:
        message = f"its articles can't be read: {e}"
        yield Finding(file=folder.database.name, kind=Kind.DATABASE, message=message)


def _disputes(folder: ArchiveFolder, connection: sqlite3.Connection, names: Sequence[str]) -> Iterator[Finding]:
    from talkscraper.preserve.check.second_reader import disputes

    for name, path in chosen(folder, connection, names):
        if path.exists() and not path.name.endswith(OPEN_SUFFIX):
            yield from disputes(path, name)


def _is_told(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether the same article was reported already."""
    who = finding.message.partition("): ")[0]
    return finding.level is not Level.NOTE and any(each.message.startswith(who + "): ") for each in others)


def check_across(folder: ArchiveFolder, connection: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    """Return findings that concern no single file: the database, rows with missing references, torn tails."""
    yield from archive_check.database(folder.database)
    yield from archive_check.across(connection)
    yield from article_findings(folder.database, now)
    for path in torn_files(folder):
        message = f"a torn tail of {path.stat().st_size} bytes that repair set aside"
        yield Finding(file=path.name, kind=Kind.TORN_FILE, message=message, level=Level.NOTE)


def _archive_findings(folder: ArchiveFolder, connection: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    yield from check_across(folder, connection, now)
    try:
        with folder.lock(what="verify"):
            yield from archive_check.leases(connection)
    except ArchiveLocked:
        return


def _note(folder: ArchiveFolder, files: Sequence[FileVerdict], now: datetime) -> bool:
    """Store the verdicts if nobody else is writing; return whether they were stored."""
    try:
        with folder.lock(what="verify"):
            connection = sqlite3.connect(folder.database, timeout=10)
            try:
                with connection:
                    note_verdicts(connection, files, now)
            finally:
                connection.close()
    except ArchiveLocked:
        return False
    except (sqlite3.OperationalError, StorageError):
        # an archive on a read-only disk can be verified too
        return False
    return True
