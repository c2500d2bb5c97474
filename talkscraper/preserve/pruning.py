"""``prune``: captures removed by the retention of their sources (``prune_scope``), with a receipt.

File by file, the newest first, so that revisits go before what they refer to: the new file is written beside the old
one, one transaction removes and moves the rows, then it replaces the old one. After a power failure ``recovery``
finishes or undoes a file, and the next ``prune`` does the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.errors import ArchiveError, StorageError
from talkscraper.preserve.archive_files import Progress, unused_report
from talkscraper.preserve.prune_scope import choose
from talkscraper.preserve.reconciliation import captures_of, write_index
from talkscraper.preserve.recovery import recover
from talkscraper.preserve.stored_files import StoredFiles, brought_back, mark_unwanted, release
from talkscraper.preserve.warc_rewrite import (
    RewrittenWarc,
    Unwanted,
    forget_index,
    move_rows,
    put_in_place,
    rewrite,
)
from talkscraper.sources.retention import RETENTION_KEYS
from talkscraper.store.database import from_iso, iso
from talkscraper.store.warc_manifest import write_manifest
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.retention import Retention

WHY = "retention"
"""What the note in a rewritten file calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedCaptures:
    """The captures of a source that a rule removed."""

    source_id: str
    rule: str
    """The key of ``retention``."""
    captures: int
    bytes: int
    """Size of their records, without requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedFile:
    """A WARC that was rewritten, or (``dry_run``) would be."""

    name: str
    size_before: int
    size: int | None
    """None in a dry run."""
    sha256_before: str | None
    sha256: str | None
    captures: int
    removed: tuple[str, ...] = ()
    """Ids of the removed records, requests and metadata too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneReport:
    """What was removed, or (``dry_run``) would be; also the receipt."""

    pruned_at: datetime
    retention: Mapping[str, Mapping[str, int]]
    """The retention by source, in days."""
    removed: tuple[PrunedCaptures, ...]
    files: tuple[PrunedFile, ...]
    problems: tuple[str, ...]
    """Files that aren't what was recorded, and stay as they are."""
    freed: int
    """Bytes by which the files are smaller; in a dry run the least."""
    dry_run: bool
    receipt: str | None = None
    """Its path in the archive."""


def prune(
    folder: ArchiveFolder,
    retentions: Mapping[str, Retention],
    *,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> PruneReport:
    """Remove what the retention of these sources doesn't keep.

    Raises:
        NotAnArchive: there is no archive.
        ArchiveLocked: a run is active.
        StorageError: the disk failed or is too full; files that were rewritten before stay so.
    """
    folder.require()
    with folder.lock(what="prune"), closing(ArchiveWriter(folder.database)) as writer:
        if not dry_run:
            writer.run(lambda db: recover(folder, db, now))
        writer.run(lambda db: choose(db, retentions, now))
        files = writer.run(_files)
        report = PruneReport(
            pruned_at=now,
            retention={name: _days(each) for name, each in retentions.items()},
            removed=writer.run(_removed),
            files=tuple(files),
            problems=(),
            freed=0,
            dry_run=dry_run,
        )
        writer.sync_commits()
        if dry_run:
            return replace(report, freed=sum(each.bytes for each in report.removed))
        return _Pruning(folder, writer, report, now, progress).run()


def _days(retention: Retention) -> dict[str, int]:
    return {key: age.days for key in RETENTION_KEYS if (age := getattr(retention, key)) is not None}


def _files(db: Database) -> list[PrunedFile]:
    """Return the files that hold what goes, the newest first."""
    rows = db.execute(
        "select w.name, w.size, w.sha256, count(*) from going g join warc_files w on w.name = g.warc_file"
        " group by w.name order by w.opened_at desc, w.name desc"
    ).fetchall()
    return [
        PrunedFile(name=name, size_before=size, size=None, sha256_before=sha256, sha256=None, captures=count)
        for name, size, sha256, count in rows
    ]


_COUNTED = (
    "select c.source_id, g.rule, count(*), sum(c.warc_length) from going g join captures c on c.seq = g.seq"
    " group by c.source_id, g.rule order by 1, 2"
)


def _removed(db: Database) -> tuple[PrunedCaptures, ...]:
    return tuple(
        PrunedCaptures(source_id=source_id, rule=rule, captures=count, bytes=size)
        for source_id, rule, count, size in db.execute(_COUNTED).fetchall()
    )


class _Pruning:
    """The rewriting of all files of one ``prune``."""

    def __init__(
        self,
        folder: ArchiveFolder,
        writer: ArchiveWriter,
        planned: PruneReport,
        now: datetime,
        progress: Progress | None,
    ) -> None:
        self._folder = folder
        self._writer = writer
        self._planned = planned
        self._now = now
        self._progress = progress
        self._stored = StoredFiles(folder, writer.run, now)
        self._done: list[PrunedFile] = []
        self._problems: list[str] = []

    def run(self) -> PruneReport:
        """Rewrite the files; what was done is in a receipt also when one fails."""
        planned = self._planned
        total, done = sum(each.size_before for each in planned.files), 0
        # of a run that was killed, or couldn't reach the store
        self._problems += self._stored.delete_unwanted()[1]
        try:
            for each in planned.files:
                self._file(each)
                done += each.size_before
                if self._progress is not None:
                    self._progress(each.name, done, total)
        finally:
            report = self._report()
        return report

    def _file(self, planned: PrunedFile) -> None:
        folder, writer = self._folder, self._writer
        ids = writer.run(lambda db: _ids(db, planned.name))
        path = folder.warc / planned.name
        was_away = False
        try:
            if path.is_symlink():
                raise ArchiveError(f"{path} is a link, and stays as it is")
            was_away = writer.run(lambda db: brought_back(folder, db, planned.name))
            closed_at = writer.run(lambda db: _closed_at(db, planned.name))
            unwanted = Unwanted(ids=ids, why=WHY)
            new = rewrite(path, unwanted, self._now, recorded=planned.sha256_before, closed_at=closed_at)
        except ArchiveError as e:
            self._stays(path, str(e), was_away=was_away)
            return
        if new is None or not ids <= set(new.removed):
            if new is not None:
                new.path.unlink(missing_ok=True)
            problem = f"{path} and its rows disagree, and it stays as it is: 'talkscraper verify' says more"
            self._stays(path, problem, was_away=was_away)
            return
        forget_index(folder, planned.name)
        location = writer.run(lambda db: _commit(db, folder, new, self._now))
        put_in_place(folder, new)
        writer.run(lambda db: write_index(folder, db, planned.name, captures_of(db, planned.name)))
        writer.run(lambda db: write_manifest(folder, db, changed=[planned.name]))
        if location is not None:
            to_release = (planned.name,) if was_away else ()
            self._problems += self._stored.rehouse({planned.name: location}, to_release=to_release).problems
        self._done.append(replace(planned, size=new.size, sha256=new.sha256, removed=new.removed))

    def _stays(self, path: Path, problem: str, *, was_away: bool) -> None:
        """Leave a file as it is, where it was: what it holds stays, and with it what its revisits refer to."""
        self._problems.append(problem)
        self._writer.run(partial(_keep, name=path.name))
        if was_away:
            release(path)

    def _report(self) -> PruneReport:
        counts = self._writer.run(lambda db: _since(db, self._now, [each.name for each in self._done]))
        sizes = {(each.source_id, each.rule): each for each in self._planned.removed}
        report = replace(
            self._planned,
            removed=tuple(
                replace(sizes[source_id, rule], captures=count)
                for source_id, rule, count in counts
                if (source_id, rule) in sizes
            ),
            files=tuple(self._done),
            problems=tuple(self._problems),
            freed=sum(each.size_before - (each.size or 0) for each in self._done),
        )
        return _written(self._folder, report) if self._done else report


def _ids(db: Database, name: str) -> frozenset[str]:
    """Return what goes from a file: without what a file that stays whole still refers to."""
    rows = db.execute("select id from temp.going where warc_file = ?", [name]).fetchall()
    return frozenset(row[0] for row in rows)


def _closed_at(db: Database, name: str) -> datetime:
    return from_iso(db.execute("select closed_at from warc_files where name = ?", [name]).fetchone()[0])


def _keep(db: Database, *, name: str) -> None:
    """Let a file stay as it is, and everything to which its revisits refer."""
    db.execute("delete from going where warc_file = ?", [name])
    db.execute(
        "delete from going where id in (select refers_to from captures where warc_file = ?)"
        " or seq in (select o.seq from captures v join captures o on o.payload_digest = v.payload_digest"
        " where v.warc_file = ? and v.record_type = 'revisit')",
        [name, name],
    )


def _commit(db: Database, folder: ArchiveFolder, new: RewrittenWarc, now: datetime) -> str | None:
    """Write the rows of a rewritten file; return where its old version is in a store, if it is."""
    db.execute(
        "insert or ignore into pruned (id, url, urlkey, captured_at, source_id, rule, pruned_at)"
        " select c.id, c.url, c.urlkey, c.captured_at, c.source_id, g.rule, ? from going g"
        " join captures c on c.seq = g.seq where g.warc_file = ?",
        [iso(now), new.name],
    )
    db.execute("delete from captures where seq in (select seq from going where warc_file = ?)", [new.name])
    move_rows(db, new)
    return mark_unwanted(db, folder, new.name, now)


def _since(db: Database, now: datetime, names: list[str]) -> list[tuple[str, str, int]]:
    """Return how many captures went from these files, by source and rule."""
    return db.execute(
        "select p.source_id, g.rule, count(*) from temp.going g join pruned p on p.id = g.id"
        " where p.pruned_at = ? and g.warc_file in (select value from json_each(?)) group by 1, 2 order by 1, 2",
        [iso(now), json.dumps(names)],
    ).fetchall()


def _written(folder: ArchiveFolder, report: PruneReport) -> PruneReport:
    """Write the receipt under an unused name; return the report with its path."""
    path = unused_report(folder, "prune", report.pruned_at)
    report = replace(report, receipt=str(path.relative_to(folder.root)))
    text = json.dumps(asdict(report), ensure_ascii=False, indent=1, default=str)
    try:
        folder.reports.mkdir(parents=True, exist_ok=True)
        write_whole(path, [text.encode() + b"\n"])
    except OSError as e:
        raise StorageError(f"can't write {path}: {e.strerror or e}") from e
    return report
