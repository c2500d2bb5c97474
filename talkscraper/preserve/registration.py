"""Registration of a WARC in the archive: rows of its captures, its index, its own row. One streaming pass.

Rows are committed some hundred at a time, and the file's own row is marked finished last; an interrupted pass is
repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import sync_folder
from talkscraper.capture.warc_file import index_path
from talkscraper.ingest.attribution import Attribution, Newsrooms
from talkscraper.ingest.capture_rows import add_records
from talkscraper.model import Capture
from talkscraper.preserve.archive_files import Progress, is_inside
from talkscraper.preserve.capture_rows import Describer
from talkscraper.preserve.findings import Finding, Kind, Level, level_of
from talkscraper.preserve.import_notes import Notes, notes_of
from talkscraper.preserve.import_report import ImportedFile
from talkscraper.preserve.referers import Referers
from talkscraper.store import captures as rows
from talkscraper.store.database import MAX_AHEAD, iso
from talkscraper.store.takedowns import hidden_keys, taken_down_keys
from talkscraper.store.warc_manifest import place_of, read_manifest
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.cdxj import is_indexed, line, write_lines
from talkscraper.warc.faults import Fault, broken_rules
from talkscraper.warc.headers import possible_date
from talkscraper.warc.scan import Gap, ScannedRecord, Scanner, scanned

if TYPE_CHECKING:
    from sqlite_utils import Database

BATCH = 500
MAX_FINDINGS = 1000


class SharedMembers(Exception):
    """Records share gzip members, so that they can't be read by offset: only a copy can be part of an archive."""


class ChangedMeanwhile(Exception):
    """A file was changed while it was read: what was found in it is of no file."""


class Registration:
    """One pass over a file; call ``run`` once. Hold the archive's lock."""

    def __init__(
        self,
        folder: ArchiveFolder,
        writer: ArchiveWriter,
        newsrooms: Newsrooms,
        *,
        name: str,
        path: Path,
        now: datetime,
        came_from: str | None = None,
        progress: Progress | None = None,
        scanner: Scanner = scanned,
        is_unchanged: Callable[[], bool] = lambda: True,
    ) -> None:
        """Register the file at ``path`` under ``name``.

        ``now`` is recorded as the time at which it was finished; records that claim to be later are treated as undated.
        ``came_from`` is the SHA-256 of the file that it is a copy of. ``is_unchanged`` is asked when all was read.
        """
        self._folder = folder
        self._writer = writer
        self._newsrooms = newsrooms
        self._attribution: Attribution | None = None
        self._name = name
        self._path = path
        self._inside = is_inside(folder, path)
        self._came_from = came_from
        self._progress = progress
        self._scanner = scanner
        self._is_unchanged = is_unchanged
        self._now = now
        self._describer = Describer(name, latest=now)
        self._referers = Referers()
        self._findings: list[Finding] = []
        self._uncounted = 0
        self._notes = Notes()
        self._waiting: list[Capture] = []
        self._lines: list[str] = []
        self._seen: set[str] = set()
        self._records = self._captures = self._added = 0
        self._begun_at: datetime | None = None

    def run(self) -> ImportedFile:
        """Read the file, write its rows and its index.

        Raises:
            ChangedMeanwhile: it was changed while it was read; what was written is undone.
            SharedMembers: its records can't be read by offset; what was written is undone.
            StorageError: it can't be read, or a write failed.
        """
        self._writer.run(self._open)
        hidden = self._writer.run(hidden_keys)
        deleted = self._writer.run(taken_down_keys)
        with self._scanner(self._path) as scan:
            for each in scan:
                if isinstance(each, Gap):
                    self._gap(each)
                else:
                    if not each.length:
                        self._writer.run(lambda db: forget(db, self._name))
                        raise SharedMembers
                    self._record(each, hidden, deleted)
                if self._progress is not None:
                    self._progress(self._name, min(each.offset + each.length, scan.size), scan.size)
            sha256 = scan.sha256()
        if not self._is_unchanged():
            self._writer.run(lambda db: forget(db, self._name))
            raise ChangedMeanwhile
        for capture in self._describer.finish():
            self._capture(capture, hidden, deleted)
        self._write()
        # the index first: a file that is marked finished has one
        write_lines(index_path(self._folder, self._name), self._lines)
        sync_folder(self._folder.index)
        finished = self._finished_as(sha256)
        self._writer.run(lambda db: self._close(db, scan.size, finished, self._now))
        return ImportedFile(
            path=self._path,
            name=self._name,
            records=self._records,
            captures=self._captures,
            added=self._added,
            findings=tuple(self._findings),
            uncounted=self._uncounted,
            notes=self._notes,
        )

    # --- records ----------------------------------------------------------------------------------------------------

    def _gap(self, gap: Gap) -> None:
        self._found(gap.fault, gap.message, gap.offset, gap.headers.get("WARC-Record-ID"))

    def _record(self, seen: ScannedRecord, hidden: frozenset[str], deleted: frozenset[str]) -> None:
        self._records += 1
        self._begun_at = self._begun_at or possible_date(seen.headers.get("WARC-Date"), self._now)
        ours = self._describer.ours and self._inside
        for problem in (*seen.problems, *broken_rules(seen, ours=ours, latest=self._now)):
            level = level_of(problem, seen, ours=ours)
            self._found(problem.fault, problem.message, seen.offset, seen.record_id or None, level=level)
        self._notes.update(notes_of(seen))
        self._referers.feed(seen)
        if seen.record_id in self._seen:
            self._found(Fault.DUPLICATE, f"a second record {seen.record_id}", seen.offset, seen.record_id)
        elif seen.record_id:
            self._seen.add(seen.record_id)
        for capture in self._describer.feed(seen):
            self._capture(capture, hidden, deleted)

    def _capture(self, capture: Capture, hidden: frozenset[str], deleted: frozenset[str]) -> None:
        self._captures += 1
        if capture.captured_at > self._now + MAX_AHEAD:
            message = (
                f"its date, {iso(capture.captured_at)}, is in the future: an article shows its other captures instead"
            )
            self._found(Fault.FIELD, message, capture.warc_offset, capture.id, level=Level.NOTE)
        if is_indexed(capture) and capture.urlkey not in hidden:
            self._lines.append(line(capture))
        if capture.urlkey in deleted:
            return
        if not self._describer.ours:
            capture = self._referers.with_page(capture)
        self._waiting.append(self._attributed(capture))
        if len(self._waiting) >= BATCH:
            self._write()

    def _attributed(self, capture: Capture) -> Capture:
        attribution = self._attribution = self._attribution or self._new_attribution()
        refused = attribution.refused
        judged = attribution.of(capture)
        if attribution.refused > refused:
            message = f"it names the source {(capture.source_id or '')[:64]!r}, on whose hosts {capture.url} isn't"
            self._found(Fault.FIELD, message, capture.warc_offset, capture.id, level=Level.NOTE)
        return judged

    def _new_attribution(self) -> Attribution:
        """Return the attribution of the file's captures, once its writer is known."""
        ours = self._describer.ours and self._inside and self._came_from is None
        return Attribution(self._newsrooms, ours=ours)

    # --- rows -------------------------------------------------------------------------------------------------------

    def _open(self, db: Database) -> None:
        reserve(db, self._name, None if self._inside else self._path, self._came_from)

    def _finished_as(self, sha256: str) -> str:
        """Return the digest of the file when it was finished: the manifest outlives a lost database."""
        noted = None
        if self._inside and self._came_from is None:
            noted = read_manifest(self._folder).get(place_of(self._name, None))
        if noted in (None, sha256):
            return sha256
        manifest = self._folder.manifest.name
        message = f"it isn't the file that was finished: its SHA-256 is {sha256}, and {manifest} has {noted}"
        self._findings.append(Finding(file=self._name, kind=Kind.SHA256, message=message))
        assert noted is not None
        return noted

    def _write(self) -> None:
        batch, self._waiting = self._waiting, []
        needs = self._describer.take_needs()
        if not batch and not needs:
            return
        added = self._writer.run(lambda db: add_records(db, batch, needs=needs, now=self._now))
        self._added += added.captures

    def _close(self, db: Database, size: int, sha256: str, now: datetime) -> None:
        origin = (self._attribution or self._new_attribution()).origin
        begun = iso(self._begun_at) if self._begun_at is not None else None
        db.execute("update warc_files set origin = ?, opened_at = ? where name = ?", [origin, begun, self._name])
        rows.close_warc_file(db, self._name, size, sha256, self._records, now)

    def _found(
        self, fault: Fault, message: str, offset: int, record_id: str | None, *, level: Level = Level.DAMAGE
    ) -> None:
        if len(self._findings) >= MAX_FINDINGS:
            # notes are counted by their kind
            self._uncounted += level is not Level.NOTE
            return
        self._findings.append(
            Finding(file=self._name, kind=fault, message=message, offset=offset, record_id=record_id, level=level)
        )


def reserve(db: Database, name: str, path: Path | None, came_from: str | None) -> None:
    """Insert the row of a file whose import begins; ``path`` if it is outside the archive's warc/."""
    rows.open_warc_file(db, name, None, "import")
    db.execute(
        "update warc_files set path = ?, sha256_before = coalesce(?, sha256_before), closed_at = null where name = ?",
        [str(path.absolute()) if path is not None else None, came_from, name],
    )


def forget(db: Database, name: str) -> None:
    """Undo the import of a file of which no page was extracted yet."""
    db.execute("delete from captures where warc_file = ?", [name])
    db.execute("delete from warc_files where name = ?", [name])
