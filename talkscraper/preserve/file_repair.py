"""Repair of one WARC file's rows and index, for each kind of finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.object_store.remote_warc import PLACE_COLUMNS, WarcPlace
from talkscraper.preserve.archive_files import Progress, locate
from talkscraper.preserve.capture_rows import FileContents, survey
from talkscraper.preserve.file_verdicts import FileVerdict, WarcState
from talkscraper.preserve.findings import Kind
from talkscraper.preserve.reconciliation import (
    GONE,
    as_the_rows_say,
    captures_of,
    find_again,
    mark_file_missing,
    mark_lost,
    reconcile,
    write_index,
)
from talkscraper.preserve.registration import Registration, SharedMembers
from talkscraper.store.captures import latest_date_of
from talkscraper.store.database import first
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

_ROWS = frozenset({Kind.MISSING_ROW, Kind.FOREIGN_ROW, Kind.ROW})
_INDEX = frozenset({Kind.NO_INDEX, Kind.INDEX_LINE})
_UNREGISTERED = frozenset({Kind.UNKNOWN_FILE, Kind.UNFINISHED})


class FileRepair:
    """Repairs files of one archive; hold its lock."""

    def __init__(
        self,
        folder: ArchiveFolder,
        writer: ArchiveWriter,
        newsrooms: Newsrooms,
        *,
        clock: Callable[[], datetime],
        progress: Progress | None = None,
    ) -> None:
        self._folder = folder
        self._writer = writer
        self._newsrooms = newsrooms
        self._clock = clock
        self._progress = progress

    def repair(self, verdict: FileVerdict) -> list[str]:
        """Correct a file according to its findings; return what was done, one line each."""
        kinds = {finding.kind for finding in verdict.findings}
        if verdict.verdict is WarcState.OPEN:
            return []
        if verdict.verdict is WarcState.MISSING:
            return self._writer.run(_forget_begun, verdict.name) or self._missing(verdict.name)
        path = self._path(verdict.name)
        done: list[str] = []
        if kinds & _UNREGISTERED and isinstance(path, Path):
            return self._register(verdict.name, path)
        done += self._marks(verdict)
        if verdict.altered:
            # it isn't the finished file: rows stay, and the index lists what should be there
            if kinds & _INDEX and self._index_of_rows(verdict.name):
                done.append("its index was written again, of its rows")
            return done
        rows = bool(kinds & _ROWS)
        if rows or kinds & _INDEX:
            seen = self._survey(verdict.name, path)
            if rows:
                done += self._rows(verdict, seen)
            if self._index(verdict.name, seen):
                done.append("its index was written again")
        done += self._own_row(verdict)
        return done

    def _path(self, name: str) -> WarcPlace:
        def found(db: Database) -> dict[str, Any] | None:
            return first(db, f"select {PLACE_COLUMNS} from warc_files where name = ?", [name])

        return locate(self._folder, name, self._writer.run(found))

    def _register(self, name: str, path: Path) -> list[str]:
        if path.suffix == ".open":
            return []
        registration = Registration(
            self._folder,
            self._writer,
            self._newsrooms,
            name=name,
            path=path,
            now=self._clock(),
            progress=self._progress,
        )
        try:
            result = registration.run()
        except SharedMembers:
            return [f"its unfinished import was discarded: 'talkscraper import {path}' starts it again"]
        return [f"it is part of the archive now: {result.records} records, {result.added} captures new"]

    def _missing(self, name: str) -> list[str]:
        count = self._writer.run(lambda db: mark_file_missing(db, name, now=self._clock()))
        return [f"{count} captures are marked lost: their file is missing"] if count else []

    def _marks(self, verdict: FileVerdict) -> list[str]:
        """Set and remove the marks of lost captures."""

        def change(db: Database) -> tuple[int, int]:
            before = _marked(db, verdict.name)
            found = find_again(db, verdict.found_again)
            mark_lost(db, verdict.name, verdict.lost, why=GONE, now=self._clock())
            return found, _marked(db, verdict.name) - before + found

        found, lost = self._writer.run(change)
        done = [f"{found} captures that were marked lost are there again"] if found else []
        return [*done, f"{lost} captures are marked lost: their bytes are gone"] if lost else done

    def _survey(self, name: str, path: WarcPlace) -> FileContents:
        """Survey the file; damaged records get the digests that their rows have too."""
        latest = self._writer.run(lambda db: latest_date_of(db, name, self._clock()))
        seen = survey(path, name, latest=latest, digests=True)
        found = self._writer.run(lambda db: as_the_rows_say(db, name, seen.captures, seen.describer.claimed))
        return replace(seen, captures=found)

    def _rows(self, verdict: FileVerdict, seen: FileContents) -> list[str]:
        proven = self._writer.run(_is_recorded, verdict)
        result = self._writer.run(
            lambda db: reconcile(
                db,
                verdict.name,
                seen.captures,
                seen.gaps,
                needs=seen.needs,
                proven=proven,
                now=self._clock(),
            )
        )
        done = []
        if result.added:
            done.append(f"{result.added} rows of captures added")
        if result.corrected:
            done.append(f"{result.corrected} rows of captures corrected")
        if result.removed:
            removed = f"{len(result.removed)} rows of captures without a record removed"
            done.append(f"{removed}, {result.urls_due} addresses due again")
        if result.needs:
            done.append(f"{result.needs} rows of requisites added")
        return done

    def _index_of_rows(self, name: str) -> bool:
        return self._writer.run(lambda db: write_index(self._folder, db, name, captures_of(db, name)))

    def _index(self, name: str, seen: FileContents) -> bool:
        """Rewrite the index if it is wrong; lines of damaged records whose rows exist are included."""
        known = {each.id for each in seen.captures}

        def change(db: Database) -> bool:
            damaged = [each for each in captures_of(db, name) if each.id not in known] if seen.gaps else []
            return write_index(self._folder, db, name, [*seen.captures, *damaged])

        return self._writer.run(change)

    def _own_row(self, verdict: FileVerdict) -> list[str]:
        """Record size, digest and number of records if they are missing; recorded values aren't changed."""
        name = verdict.name

        def change(db: Database) -> list[str]:
            row = db.execute("select size, sha256, records from warc_files where name = ?", [name]).fetchone()
            if row is None or verdict.sha256 is None or (row[0], row[1], row[2]) == (
                verdict.size, verdict.sha256, verdict.records,
            ):  # fmt: skip
                return []
            if row[0] not in (None, verdict.size) or row[1] not in (None, verdict.sha256):
                return []
            db.execute(
                "update warc_files set size = ?, sha256 = ?, records = ? where name = ?",
                [verdict.size, verdict.sha256, verdict.records, name],
            )
            return ["size, digest and number of records were noted in its row"]

        return self._writer.run(change)


def _marked(db: Database, name: str) -> int:
    return int(
        db.execute("select count(*) from captures where warc_file = ? and lost_at is not null", [name]).fetchone()[0]
    )


def _is_recorded(db: Database, verdict: FileVerdict) -> bool:
    """Whether a file is identical with the one recorded when it was finished."""
    row = db.execute("select sha256 from warc_files where name = ?", [verdict.name]).fetchone()
    return row is not None and row[0] is not None and row[0] == verdict.sha256


def _forget_begun(db: Database, name: str) -> list[str]:
    """Delete the row of a copy that was interrupted before any byte of it existed."""
    gone = db.execute(
        "delete from warc_files where name = ? and closed_at is null and origin = 'import'"
        " and not exists (select 1 from captures where warc_file = name)",
        [name],
    ).rowcount
    return ["its import had only begun, and is forgotten: import it again"] if gone else []
