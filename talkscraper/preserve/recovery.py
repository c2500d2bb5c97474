"""Recovery after a killed run, at the start of every crawl and by ``repair``. Hold the archive's lock.

Power may fail after every step, and the next recovery continues from there: a torn tail is saved before it is cut off,
an index is written before the file gets its final name, and the rows are committed last. A finished file whose row
isn't marked finished was left by an interrupted recovery, and is processed again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.archive_folder import OPEN_SUFFIX, ArchiveFolder, index_name
from talkscraper.atomic_file import sync_folder, write_whole
from talkscraper.capture.warc_file import index_path
from talkscraper.errors import StorageError
from talkscraper.ingest.attribution import Attribution, Newsrooms
from talkscraper.preserve.archive_files import (
    REWRITE_SUFFIX,
    TORN_SUFFIX,
    finish_moves,
    finished_names,
    index_names,
    locked,
    open_files,
    pieces_of,
    sha256_of,
)
from talkscraper.preserve.capture_rows import FileContents, survey
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.preserve.joined_files import finish_joinings
from talkscraper.preserve.prefix import changed_prefix, finish_as_recorded, row_of
from talkscraper.preserve.receipts import apply_receipts
from talkscraper.preserve.reconciliation import Reconciled, captures_of, reconcile, write_index
from talkscraper.store import captures
from talkscraper.store.warc_manifest import write_manifest
from talkscraper.warc.scan import Gap

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredFile:
    """A WARC that was finished after its run had died."""

    name: str
    records: int
    kept_bytes: int
    torn_bytes: int
    """Size of the torn tail that was cut off and set aside."""
    torn_file: str | None
    rows: Reconciled


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryReport:
    """What recovery found and did; all empty if the last run ended normally."""

    files: tuple[RecoveredFile, ...] = ()
    indexes: tuple[str, ...] = ()
    """Number of missing indexes that were written."""
    findings: tuple[Finding, ...] = ()
    """Findings that it couldn't correct or that aren't its task."""

    def __bool__(self) -> bool:
        return bool(self.files or self.indexes or self.findings)


def recover(folder: ArchiveFolder, db: Database, now: datetime) -> RecoveryReport:
    """Recover from a killed run. Call it in a transaction, before anything is fetched.

    Unlocked ``*.open`` files are finished: the good prefix is kept, a torn tail set aside in ``*.torn``, rows past the
    cut marked lost (their addresses are due again), rows of records without one added. Missing indexes are written.

    Raises:
        StorageError: a write failed.
    """
    files: list[RecoveredFile] = []
    findings: list[Finding] = []
    try:
        apply_receipts(folder, db)
        _finish_rewrites(folder, db)
        finish_joinings(folder, db)
        finish_moves(folder)
        _put_back_renamed(folder, db)
        for path in open_files(folder):
            result = _recover_open(folder, db, path, now)
            if isinstance(result, Finding):
                findings.append(result)
            elif result is not None:
                files.append(result)
        for path in _unrecorded(folder, db):
            result = _record_finished(folder, db, path, now)
            if isinstance(result, Finding):
                findings.append(result)
            else:
                files.append(result)
        indexes = tuple(_missing_indexes(folder, db))
        write_manifest(folder, db)
        _sweep(folder)
    except OSError as e:
        raise StorageError(f"can't repair {folder.root}: {e.strerror or e}") from e
    return RecoveryReport(files=tuple(files), indexes=indexes, findings=tuple(findings))


def _recover_open(folder: ArchiveFolder, db: Database, path: Path, now: datetime) -> RecoveredFile | Finding | None:
    name = path.name.removesuffix(OPEN_SUFFIX)
    final = path.with_name(name)
    if final.exists():
        return Finding(
            file=name,
            kind=Kind.UNFINISHED,
            message=f"both {final.name} and {path.name} are there: one must be moved away",
        )
    with locked(path) as handle:
        if handle is None:
            return Finding(file=name, kind=Kind.UNFINISHED, level=Level.NOTE, message="it is being written right now")
        known = row_of(db, name)
        changed = changed_prefix(known, path)
        if changed is not None:
            path.rename(final)
            sync_folder(folder.warc)
            return _leave_changed(db, name, changed, now)
        seen = survey(path, name, latest=captures.latest_date(known, now))
        origin = "crawl" if known is not None else _attribute(folder, seen)
        torn_file = _set_torn_tail_aside(path, handle, name, seen)
        if not seen.records:
            # no complete record was ever written
            path.unlink()
            sync_folder(folder.warc)
            rows = reconcile(db, name, (), proven=False, now=now)
            db.execute(
                "delete from warc_files where name = ? and not exists (select 1 from captures where warc_file = name)",
                [name],
            )
        else:
            captures.open_warc_file(db, name, seen.begun_at, origin)
            rows = _with_index(folder, db, name, seen, now)
            path.rename(final)
            sync_folder(folder.warc)
            captures.close_warc_file(db, name, seen.good_end, sha256_of(final), seen.records, now)
    return RecoveredFile(
        name=name,
        records=seen.records,
        kept_bytes=seen.good_end,
        torn_bytes=seen.size - seen.good_end,
        torn_file=torn_file,
        rows=rows,
    )


def _leave_changed(db: Database, name: str, changed: str, now: datetime) -> Finding:
    """Finish a continued file as it was recorded, so that the change stays told until somebody accepts it."""
    finish_as_recorded(db, name, now)
    return Finding(file=name, kind=Kind.SHA256, message=f"a run that continued it died, and {changed}")


def _attribute(folder: ArchiveFolder, seen: FileContents) -> str:
    """Decide on the sources of a file's captures that the database doesn't have; return the file's origin.

    Raises:
        SourcesError: sources.toml is invalid.
    """
    attribution = Attribution(Newsrooms.of(folder), ours=seen.describer.ours)
    seen.captures[:] = [attribution.of(each) if each.source_id is not None else each for each in seen.captures]
    if attribution.refused:
        logger.warning(
            "%s: %d of its records name a source on whose hosts they aren't: they aren't taken for its",
            seen.describer.name,
            attribution.refused,
        )
    return attribution.origin


def _set_torn_tail_aside(path: Path, handle: int, name: str, seen: FileContents) -> str | None:
    """Copy the torn tail into a separate file, then cut it off; return the name of that file."""
    cut = seen.good_end
    if cut == seen.size:
        return None
    aside = path.with_name(name + TORN_SUFFIX)
    number = 1
    while aside.exists() and sha256_of(aside) != sha256_of(path, cut):
        number += 1
        aside = path.with_name(f"{name}.{number}{TORN_SUFFIX}")
    if not aside.exists():
        write_whole(aside, pieces_of(path, cut))
    os.ftruncate(handle, cut)
    os.fsync(handle)
    return aside.name


def _with_index(folder: ArchiveFolder, db: Database, name: str, seen: FileContents, now: datetime) -> Reconciled:
    """Reconcile the rows, then write the index."""
    rows = reconcile(db, name, seen.captures, _inside(seen), needs=seen.needs, proven=False, now=now)
    write_index(folder, db, name, seen.captures)
    return rows


def _inside(seen: FileContents) -> list[Gap]:
    """Return the gaps that stay in the file."""
    return [gap for gap in seen.gaps if gap.offset < seen.good_end]


def _unrecorded(folder: ArchiveFolder, db: Database) -> Iterator[Path]:
    """Return finished files whose row is missing, or isn't marked finished."""
    closed = {row[0] for row in db.execute("select name from warc_files where closed_at is not null").fetchall()}
    return iter([folder.warc / name for name in finished_names(folder) if name not in closed])


def _put_back_renamed(folder: ArchiveFolder, db: Database) -> None:
    """Restore the name of a renamed file, identified by its digest; else it would be registered as another file."""
    for path in list(_unrecorded(folder, db)):
        row = db.execute(
            "select name from warc_files where sha256 = ? and path is null and closed_at is not null and name <> ?",
            [sha256_of(path), path.name],
        ).fetchone()
        if row is not None and not (folder.warc / row[0]).exists():
            path.rename(folder.warc / row[0])
            sync_folder(folder.warc)


def _record_finished(folder: ArchiveFolder, db: Database, path: Path, now: datetime) -> RecoveredFile | Finding:
    known = row_of(db, path.name)
    changed = changed_prefix(known, path)
    if changed is not None:
        return _leave_changed(db, path.name, changed, now)
    seen = survey(path, path.name, latest=captures.latest_date(known, now))
    if not seen.describer.ours or (known is not None and known["origin"] != "crawl"):
        half = known is not None
        what = "its import wasn't finished" if half else "the database doesn't know it"
        return Finding(
            file=path.name,
            kind=Kind.UNKNOWN_FILE,
            level=Level.NOTE,
            message=f"{what}: 'talkscraper import {path}' reads it",
        )
    origin = "crawl" if known is not None else _attribute(folder, seen)
    captures.open_warc_file(db, path.name, seen.begun_at, origin)
    rows = _with_index(folder, db, path.name, seen, now)
    captures.close_warc_file(db, path.name, seen.size, seen.sha256, seen.records, now)
    return RecoveredFile(
        name=path.name, records=seen.records, kept_bytes=seen.size, torn_bytes=0, torn_file=None, rows=rows
    )


def _missing_indexes(folder: ArchiveFolder, db: Database) -> Iterator[str]:
    there = index_names(folder)
    for name in finished_names(folder):
        if index_name(name) in there:
            continue
        found = captures_of(db, name)
        if found or db.execute("select 1 from warc_files where name = ?", [name]).fetchone():
            write_index(folder, db, name, found)
            yield index_name(name)


def _finish_rewrites(folder: ArchiveFolder, db: Database) -> None:
    """Move a WARC rewritten by ``takedown`` into place if the rows refer to it already; else delete it."""
    for path in sorted(folder.warc.glob("*" + REWRITE_SUFFIX)):
        name = path.name.removesuffix(REWRITE_SUFFIX)
        row = db.execute("select sha256 from warc_files where name = ?", [name]).fetchone()
        if row is not None and row[0] == sha256_of(path):
            path.replace(path.with_name(name))
            # the records that it lists have moved
            index_path(folder, name).unlink(missing_ok=True)
        else:
            path.unlink()
        sync_folder(folder.warc)


def _sweep(folder: ArchiveFolder) -> None:
    """Delete temporary files of writers that died."""
    for place in (folder.warc, folder.index):
        for path in place.glob("*.tmp"):
            with suppress(FileNotFoundError):
                path.unlink()
