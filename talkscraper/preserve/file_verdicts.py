"""Verdicts on WARC files, from the file itself, its index and rows, and what was recorded when it was finished."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from talkscraper.archive_folder import OPEN_SUFFIX, ArchiveFolder
from talkscraper.capture.warc_file import index_path
from talkscraper.object_store.remote_warc import WarcPlace
from talkscraper.preserve.archive_files import Progress, locate, locked, person
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.preserve.prefix import changed_prefix
from talkscraper.preserve.warc_check import CheckedFile, ExpectedFile, FileCheck, worst
from talkscraper.store import requisites
from talkscraper.store.captures import latest_date
from talkscraper.store.database import iso
from talkscraper.store.file_slices import require_whole
from talkscraper.store.takedowns import hidden_keys, taken_down_keys
from talkscraper.warc.faults import Fault
from talkscraper.warc.scan import Scanner, scanned

_ATTEMPTS = 3
"""Number of times that a file is judged while runs finish or continue it."""
MAX_LINE = 500
"""Maximum number of characters of a finding in the history of verdicts."""


class WarcState(StrEnum):
    """The state of a file."""

    OK = "ok"
    DAMAGED = "damaged"
    """Bytes are lost or wrong."""
    MENDABLE = "mendable"
    """Its records are sound, but its index or rows aren't, or it is unfinished. ``repair`` corrects this."""
    MISSING = "missing"
    OPEN = "open"
    """It is being written now, and wasn't checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict(CheckedFile):
    """The result of checking one file, and its state."""

    verdict: WarcState


def check_foreign(path: Path, *, progress: Progress | None = None) -> FileVerdict:
    """Check the records of a WARC that is in no archive.

    Raises:
        StorageError: it can't be read.
    """
    known = ExpectedFile(name=path.name, latest=datetime.now(UTC), recorded=False)
    return _verdict(_checked(path, known, progress))


def judge(
    folder: ArchiveFolder,
    connection: sqlite3.Connection,
    name: str,
    path: WarcPlace,
    progress: Progress | None,
    scanner: Scanner = scanned,
) -> FileVerdict:
    """Return the verdict on a WARC of the archive; ``path`` is where it was when the files were listed.

    A run may finish it meanwhile, or continue it: then it is judged again. ``scanner`` is used for the first judgement.

    Raises:
        StorageError: it can't be read.
    """
    for _ in range(_ATTEMPTS):
        row = _row(connection, name)
        verdict = _judge(folder, connection, name, _place_of(folder, name, row, path), row, progress, scanner)
        scanner = scanned
        if verdict.verdict in (WarcState.OK, WarcState.OPEN) or state_of(connection, name) == _state_of(row):
            break
    return verdict


def _row(connection: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute("select * from warc_files where name = ?", [name]).fetchone()
    return row


def state_of(connection: sqlite3.Connection, name: str) -> tuple[object, ...] | None:
    """Return what changes in a file's row when a run finishes or continues it; None without a row."""
    return _state_of(_row(connection, name))


def _state_of(row: sqlite3.Row | None) -> tuple[object, ...] | None:
    return (row["size"], row["sha256"], row["closed_at"], row["prefix_sha256"]) if row is not None else None


def _place_of(folder: ArchiveFolder, name: str, row: sqlite3.Row | None, path: WarcPlace) -> WarcPlace:
    """Return where the file is now: a run renames it when it finishes or continues it."""
    if isinstance(path, Path) and path.exists():
        return path
    return locate(folder, name, row)


def _judge(
    folder: ArchiveFolder,
    connection: sqlite3.Connection,
    name: str,
    path: WarcPlace,
    row: sqlite3.Row | None,
    progress: Progress | None,
    scanner: Scanner,
) -> FileVerdict:
    if not path.exists():
        lost = connection.execute("select count(*) from captures where warc_file = ?", [name]).fetchone()[0]
        message = f"{path} is missing, with {lost} captures"
        return FileVerdict(
            name=name,
            verdict=WarcState.MISSING,
            findings=(Finding(file=name, kind=Kind.MISSING_FILE, message=message),),
        )
    if isinstance(path, Path) and path.name.endswith(OPEN_SUFFIX):
        with locked(path) as handle:
            if handle is None:
                message = "it is being written right now"
                note = Finding(file=name, kind=Kind.UNFINISHED, message=message, level=Level.NOTE)
                return FileVerdict(name=name, verdict=WarcState.OPEN, findings=(note,))
            checked = _checked(path, _known(folder, connection, name, row), progress)
            return _unfinished(_with_prefix(checked, row, path))
    if row is None or row["closed_at"] is None:
        checked = _checked(path, _known(folder, connection, name, row), progress)
        return _unfinished(_with_prefix(checked, row, path), recorded=row is not None)
    checked = _checked(path, _known(folder, connection, name, row), progress, scanner)
    return _verdict(_with_acceptance(connection, checked))


def _with_prefix(checked: CheckedFile, row: sqlite3.Row | None, path: WarcPlace) -> CheckedFile:
    """Report a change of what was finished before a run continued the file."""
    changed = changed_prefix(row, path)
    if changed is None:
        return checked
    return replace(checked, findings=(Finding(file=checked.name, kind=Kind.SHA256, message=changed), *checked.findings))


def _with_acceptance(connection: sqlite3.Connection, checked: CheckedFile) -> CheckedFile:
    """Reduce accepted damage to notes: the bytes are the accepted ones, and their faults are known."""
    row = connection.execute(
        "select accepted_at, accepted_by from acceptances where warc_file = ? and sha256 = ? order by id desc limit 1",
        [checked.name, checked.sha256],
    ).fetchone()
    if row is None or checked.altered:
        return checked
    message = f"it isn't what was finished, and was accepted as it is on {row[0]} by {row[1]}"
    own = Finding(file=checked.name, kind=Kind.ACCEPTED, message=message, level=Level.NOTE)
    rest = tuple(replace(each, level=Level.NOTE) if each.level is Level.DAMAGE else each for each in checked.findings)
    return replace(checked, findings=(own, *rest))


def _known(folder: ArchiveFolder, connection: sqlite3.Connection, name: str, row: sqlite3.Row | None) -> ExpectedFile:
    finished = row is not None and row["closed_at"] is not None
    return ExpectedFile(
        name=name,
        latest=latest_date(row, datetime.now(UTC)),
        rows={each["id"]: each for each in connection.execute("select * from captures where warc_file = ?", [name])},
        size=row["size"] if row is not None else None,
        sha256=row["sha256"] if row is not None else None,
        index=index_path(folder, name) if finished else None,
        ours=True if row is not None and row["origin"] == "crawl" else None,
        hidden=hidden_keys(connection),
        deleted=taken_down_keys(connection),
        recorded=finished,
        accepted=frozenset(
            each[0] for each in connection.execute("select sha256 from acceptances where warc_file = ?", [name])
        ),
        elsewhere=lambda record_id: _elsewhere(connection, name, record_id),
        unpaired=lambda pairs: requisites.missing(connection, pairs),
    )


def _elsewhere(connection: sqlite3.Connection, name: str, record_id: str) -> bool:
    """Whether another file holds the record of this row, as copies of WARCs do."""
    require_whole(connection, "a record of another file")
    row = connection.execute("select 1 from captures where id = ? and warc_file <> ?", [record_id, name]).fetchone()
    return row is not None


def _checked(
    path: WarcPlace, known: ExpectedFile, progress: Progress | None, scanner: Scanner = scanned
) -> CheckedFile:
    if progress is None:
        return FileCheck(path, known, scanner=scanner).run()
    size, done = path.stat().st_size, 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress(known.name, done, size)

    return FileCheck(path, known, advance=advance, scanner=scanner).run()


def _verdict(checked: CheckedFile, findings: tuple[Finding, ...] = ()) -> FileVerdict:
    checked = replace(checked, findings=(*findings, *checked.findings))
    verdicts = {Level.DAMAGE: WarcState.DAMAGED, Level.MENDABLE: WarcState.MENDABLE, Level.NOTE: WarcState.OK}
    values = {each.name: getattr(checked, each.name) for each in fields(checked)}
    return FileVerdict(verdict=verdicts[worst(checked.findings)], **values)


def _unfinished(checked: CheckedFile, *, recorded: bool = True) -> FileVerdict:
    """Return the verdict on a file that repair has yet to finish: it may have a torn tail."""
    expected = (Fault.TORN_TAIL, Fault.ZERO_TAIL, Fault.EMPTY)
    mended = tuple(
        replace(finding, level=Level.MENDABLE) if finding.kind in expected else finding for finding in checked.findings
    )
    message = "the run that wrote it was killed" if recorded else "the database doesn't know this file"
    kind = Kind.UNFINISHED if recorded else Kind.UNKNOWN_FILE
    own = Finding(file=checked.name, kind=kind, message=message, level=Level.MENDABLE)
    return _verdict(replace(checked, findings=mended), (own,))


def note_verdicts(
    connection: sqlite3.Connection, files: Sequence[FileVerdict], now: datetime, *, what: str = "verify"
) -> None:
    """Store the verdicts in ``warc_files``, and in their history; the caller holds the archive's lock.

    ``what`` is the command that gave them.
    """
    by = person()
    connection.executemany(
        "insert into verdicts (warc_file, verified_at, verified_by, command, verdict, size, sha256, findings, worst)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (file.name, iso(now), by, what, str(file.verdict), file.size, file.sha256, *_summary(file))
            for file in files
            if file.verdict != WarcState.OPEN
        ],
    )
    connection.executemany(
        "update warc_files set verified_at = ?, verdict = ? where name = ?",
        [(iso(now), str(file.verdict), file.name) for file in files if file.verdict != WarcState.OPEN],
    )


def _summary(file: FileVerdict) -> tuple[int, str | None]:
    """Return the number of a file's findings that are no notes, and the first of the worst ones."""
    faults = [each for each in file.findings if each.level is not Level.NOTE]
    first = next((each for each in faults if each.level is Level.DAMAGE), faults[0] if faults else None)
    return len(faults) + file.uncounted, first.line()[:MAX_LINE] if first is not None else None
