"""``verify``: every record, digest, index line and row held against each other, with a verdict per file.

Reads only, but for the verdicts, which are written when nobody else is writing.

A revisit's payload digest names the payload of another record, so it is held against that record's, not against the
revisit's empty block. A record that was cut off when it was captured says so, and is sound.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from talkscraper.errors import ArchiveLocked, NotFound, StorageError
from talkscraper.folder import ArchiveFolder
from talkscraper.preserve.check import crosschecks
from talkscraper.preserve.check.checking import Checked, FileCheck, Known, worst
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.preserve.places import OPEN_SUFFIX, finished_files, index_path, locate, locked, open_files, torn_files
from talkscraper.preserve.reconciling import hidden_keys
from talkscraper.store.database import iso, open_reader

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes that were read of it, and its size."""


class Verdict(StrEnum):
    """How a file stands."""

    OK = "ok"
    DAMAGED = "damaged"
    """Bytes are lost or wrong."""
    MENDABLE = "mendable"
    """Its records are sound; its index or rows aren't, or nobody finished it. ``repair`` mends it."""
    MISSING = "missing"
    OPEN = "open"
    """It is being written right now, and wasn't looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """One file."""

    name: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    uncounted: int = 0
    records: int = 0
    captures: int = 0
    truncated: int = 0
    undigested: int = 0
    size: int = 0
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """The whole archive."""

    files: tuple[FileVerdict, ...]
    findings: tuple[Finding, ...] = ()
    """What concerns no single file."""
    disputes: tuple[Finding, ...] = ()
    """Where a second reader, if one was asked, doesn't agree."""
    noted: bool = False
    """Whether the verdicts were written into ``warc_files``."""

    @property
    def ok(self) -> bool:
        """Whether there is nothing to mend, nothing lost, and nothing that a second reader disputes."""
        return not self.disputes and all(finding.level is Level.NOTE for finding in self.all_findings())

    def all_findings(self) -> Iterator[Finding]:
        """Those of the files, then the others."""
        for file in self.files:
            yield from file.findings
        yield from self.findings

    @property
    def bytes_read(self) -> int:
        """Of all WARCs."""
        return sum(file.size for file in self.files)


def verify(
    folder: ArchiveFolder,
    *,
    now: datetime,
    names: Sequence[str] = (),
    second_reader: bool = False,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check the archive, or only the WARCs in ``names``; the verdicts are noted in ``warc_files`` where possible.

    With ``second_reader``, warcio reads each finished file too, and must find the same records.

    Raises:
        NotAnArchive: there is no database yet.
        NotFound: a name that the archive doesn't have.
        StorageError: a file or folder can't be read.
    """
    folder.require()
    connection = open_reader(folder.database)
    try:
        files = check_files(folder, connection, names=names, progress=progress)
        findings = () if names else tuple(_archive_findings(folder, connection))
        disputes = tuple(_disputes(folder, connection, names)) if second_reader else ()
    finally:
        connection.close()
    return VerifyReport(files=tuple(files), findings=findings, disputes=disputes, noted=_note(folder, files, now))


def _disputes(folder: ArchiveFolder, connection: sqlite3.Connection, names: Sequence[str]) -> Iterator[Finding]:
    from talkscraper.preserve.check.second_reader import disputes

    for name, path in _chosen(folder, connection, names):
        if path.exists() and not path.name.endswith(OPEN_SUFFIX):
            yield from disputes(path, name)


def check_foreign(path: Path, *, progress: Progress | None = None) -> FileVerdict:
    """Check a WARC that is in no archive: its records only.

    Raises:
        StorageError: it can't be read.
    """
    known = Known(name=path.name, recorded=False)
    return _verdict(_checked(path, known, progress))


def check_files(
    folder: ArchiveFolder,
    connection: sqlite3.Connection,
    *,
    names: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[FileVerdict]:
    """The WARCs of the archive, or only those in ``names``, one by one.

    Raises:
        NotFound: a name that the archive doesn't have.
        StorageError: a file or folder can't be read.
    """
    return [_file(folder, connection, name, path, progress) for name, path in _chosen(folder, connection, names)]


def check_across(folder: ArchiveFolder, connection: sqlite3.Connection) -> Iterator[Finding]:
    """What concerns no single file: the database itself, rows that lead nowhere, torn tails that lie about."""
    yield from crosschecks.database(folder.database)
    yield from crosschecks.across(connection)
    for path in torn_files(folder):
        message = f"a torn tail of {path.stat().st_size} bytes that repair set aside"
        yield Finding(file=path.name, kind=Kind.TORN_FILE, message=message, level=Level.NOTE)


def _chosen(folder: ArchiveFolder, connection: sqlite3.Connection, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Names and places of the WARCs to check: those of the database, and whatever else lies in ``warc/``."""
    rows = connection.execute("select name, path from warc_files order by name").fetchall()
    places = {row["name"]: locate(folder, row["name"], row["path"]) for row in rows}
    for path in finished_files(folder):
        places.setdefault(path.name, path)
    for path in open_files(folder):
        places.setdefault(path.name.removesuffix(".open"), path)
    unknown = [name for name in names if name not in places]
    if unknown:
        raise NotFound(f"the archive has no WARC {unknown[0]!r}")
    for name in sorted(places):
        if not names or name in names:
            yield name, places[name]


def _file(
    folder: ArchiveFolder, connection: sqlite3.Connection, name: str, path: Path, progress: Progress | None
) -> FileVerdict:
    row = connection.execute("select * from warc_files where name = ?", [name]).fetchone()
    if not path.exists():
        lost = connection.execute("select count(*) from captures where warc_file = ?", [name]).fetchone()[0]
        message = f"{path} is missing, with {lost} captures"
        return FileVerdict(
            name=name,
            verdict=Verdict.MISSING,
            findings=(Finding(file=name, kind=Kind.MISSING_FILE, message=message),),
        )
    if path.name.endswith(".open"):
        with locked(path) as handle:
            if handle is None:
                message = "it is being written right now"
                note = Finding(file=name, kind=Kind.UNFINISHED, message=message, level=Level.NOTE)
                return FileVerdict(name=name, verdict=Verdict.OPEN, findings=(note,))
            return _unfinished(_checked(path, _known(folder, connection, name, row), progress))
    if row is None or row["closed_at"] is None:
        return _unfinished(_checked(path, _known(folder, connection, name, row), progress), recorded=row is not None)
    return _verdict(_checked(path, _known(folder, connection, name, row), progress))


def _known(folder: ArchiveFolder, connection: sqlite3.Connection, name: str, row: sqlite3.Row | None) -> Known:
    finished = row is not None and row["closed_at"] is not None
    deleted = connection.execute("select distinct urlkey from takedowns where depth <> 'hide'").fetchall()
    return Known(
        name=name,
        rows={each["id"]: each for each in connection.execute("select * from captures where warc_file = ?", [name])},
        size=row["size"] if row is not None else None,
        sha256=row["sha256"] if row is not None else None,
        index=index_path(folder, name) if finished else None,
        ours=True if row is not None and row["origin"] == "crawl" else None,
        hidden=hidden_keys(connection),
        deleted=frozenset(each[0] for each in deleted),
        recorded=finished,
        elsewhere=lambda record_id: _elsewhere(connection, name, record_id),
    )


def _elsewhere(connection: sqlite3.Connection, name: str, record_id: str) -> bool:
    """Whether another file holds the record that the row of this id stands for, as copies of WARCs do."""
    row = connection.execute("select 1 from captures where id = ? and warc_file <> ?", [record_id, name]).fetchone()
    return row is not None


def _checked(path: Path, known: Known, progress: Progress | None) -> Checked:
    if progress is None:
        return FileCheck(path, known).run()
    size, done = path.stat().st_size, 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress(known.name, done, size)

    return FileCheck(path, known, advance=advance).run()


def _verdict(checked: Checked, findings: tuple[Finding, ...] = ()) -> FileVerdict:
    findings = (*findings, *checked.findings)
    level = worst(findings)
    verdicts = {Level.DAMAGE: Verdict.DAMAGED, Level.MENDABLE: Verdict.MENDABLE, Level.NOTE: Verdict.OK}
    return FileVerdict(
        name=checked.name,
        verdict=verdicts[level],
        findings=findings,
        uncounted=checked.uncounted,
        records=checked.records,
        captures=checked.captures,
        truncated=checked.truncated,
        undigested=checked.undigested,
        size=checked.size,
        sha256=checked.sha256,
    )


def _unfinished(checked: Checked, *, recorded: bool = True) -> FileVerdict:
    """A file that repair has yet to finish: a torn tail is what it expects."""
    expected = (Kind.TORN_TAIL, Kind.ZERO_TAIL, Kind.EMPTY)
    mended = tuple(
        replace(finding, level=Level.MENDABLE) if finding.kind in expected else finding for finding in checked.findings
    )
    message = "the run that wrote it was killed" if recorded else "the database doesn't know this file"
    kind = Kind.UNFINISHED if recorded else Kind.UNKNOWN_FILE
    own = Finding(file=checked.name, kind=kind, message=message, level=Level.MENDABLE)
    return _verdict(replace(checked, findings=mended), (own,))


def _archive_findings(folder: ArchiveFolder, connection: sqlite3.Connection) -> Iterator[Finding]:
    yield from check_across(folder, connection)
    try:
        with folder.lock(what="verify"):
            yield from crosschecks.leases(connection)
    except ArchiveLocked:
        return


def _note(folder: ArchiveFolder, files: Sequence[FileVerdict], now: datetime) -> bool:
    """Write the verdicts where nobody else is writing; True when they are written."""
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


def note_verdicts(connection: sqlite3.Connection, files: Sequence[FileVerdict], now: datetime) -> None:
    """Write the verdicts into ``warc_files``; hold the archive's lock."""
    connection.executemany(
        "update warc_files set verified_at = ?, verdict = ? where name = ?",
        [(iso(now), str(file.verdict), file.name) for file in files if file.verdict != Verdict.OPEN],
    )
