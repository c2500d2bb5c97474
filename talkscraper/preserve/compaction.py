"""``compact``: small WARCs of this archive's crawls joined into few, byte for byte.

The new file begins with a ``warcinfo`` record that says so, then come the old files, each whole: a record's bytes, and
so its digests, stay as they are, and each keeps the ``warcinfo`` of its run before it. Rows, receipts and index follow
in step. Before an old file is removed, its part of the new one has its recorded SHA-256, and every capture was read
from its new place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import sync_folder, write_whole
from talkscraper.capture.warc_file import new_name
from talkscraper.capture.warcinfo import CrawlInfo
from talkscraper.errors import ArchiveError, DamagedRecord, StorageError
from talkscraper.preserve.archive_files import JOINING_SUFFIX, Progress, pieces_of, require_room, sha256_of
from talkscraper.preserve.capture_rows import survey
from talkscraper.preserve.joined_files import finish_joining
from talkscraper.preserve.reconciliation import captures_of
from talkscraper.preserve.recovery import recover
from talkscraper.preserve.warc_rewrite import move_receipts
from talkscraper.store.database import from_iso, iso, select
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.reader import read_record
from talkscraper.warc.records import build_warcinfo

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

MAX_SMALL_BYTES = 64 * 2**20
"""Size from which a file isn't joined with others."""
MAX_JOINED_BYTES = 2**30
"""Maximum size of a joined file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallFile:
    """A file that is joined into another."""

    name: str
    size: int
    sha256: str
    offset: int
    """Where it begins in the new file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedFile:
    """A new file, and what it was made of."""

    name: str | None
    """None if it would be made (dry run)."""
    size: int
    sha256: str | None
    captures: int
    files: tuple[SmallFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionReport:
    """What was joined, or (``dry_run``) would be."""

    joined: tuple[JoinedFile, ...]
    problems: tuple[str, ...]
    """Files that aren't what was recorded, and stay as they are."""
    files_before: int
    files: int
    """Number of WARC files of the archive."""
    dry_run: bool


def compact(
    folder: ArchiveFolder,
    *,
    before: datetime,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
    max_joined_bytes: int = MAX_JOINED_BYTES,
) -> CompactionReport:
    """Join the small files that were finished before a time.

    Raises:
        NotAnArchive: there is no archive.
        ArchiveLocked: a run is active.
        StorageError: the disk failed or is too full; no capture is lost.
    """
    folder.require()
    with folder.lock(what="compact"), closing(ArchiveWriter(folder.database)) as writer:
        if not dry_run:
            writer.run(lambda db: recover(folder, db, now))
        count = writer.run(_count)
        problems: list[str] = []
        joined: list[JoinedFile] = []
        groups = _grouped(writer.run(lambda db: list(_small(db, before))), max_joined_bytes)
        total, done = sum(row["size"] for group in groups for row in group), 0
        for group in groups:
            sound = [row for row in group if _is_sound(folder, row, problems)]
            if len(sound) > 1:
                try:
                    joined.append(_planned(sound) if dry_run else _Joining(folder, writer, sound, now).run(problems))
                except ArchiveError as e:
                    problems.append(str(e))
            done += sum(row["size"] for row in group)
            if progress is not None:
                progress(f"{len(groups)} new files", done, total)
        return CompactionReport(
            joined=tuple(joined),
            problems=tuple(problems),
            files_before=count,
            files=count - sum(len(each.files) - 1 for each in joined),
            dry_run=dry_run,
        )


def _count(db: Database) -> int:
    return int(db.execute("select count(*) from warc_files").fetchone()[0])


def _small(db: Database, before: datetime) -> Iterator[dict[str, Any]]:
    """Yield the rows of the files to join, oldest first: finished, written by crawls, and as they were written."""
    rows = select(
        db,
        "select w.* from warc_files w where origin = 'crawl' and path is null and sha256_before is null"
        " and sha256 is not null and closed_at < ? and opened_at is not null and size < ?"
        " and (verdict is null or verdict = 'ok')"
        " and not exists (select 1 from acceptances where warc_file = w.name)"
        " and not exists (select 1 from captures where warc_file = w.name and lost_at is not null)"
        " order by opened_at, name",
        [iso(before), MAX_SMALL_BYTES],
    )
    for row in rows:
        if row.get("location") is None and row["name"].endswith(".warc.gz"):
            yield row


def _grouped(rows: Sequence[dict[str, Any]], most: int) -> list[list[dict[str, Any]]]:
    """Return the files of each new file."""
    groups: list[list[dict[str, Any]]] = []
    size = most
    for row in rows:
        if not groups or size + row["size"] > most:
            groups.append([])
            size = 0
        groups[-1].append(row)
        size += row["size"]
    return [group for group in groups if len(group) > 1]


def _is_sound(folder: ArchiveFolder, row: dict[str, Any], problems: list[str]) -> bool:
    path = folder.warc / row["name"]
    try:
        if not path.is_symlink() and sha256_of(path) == row["sha256"]:
            return True
    except StorageError as e:
        problems.append(f"{e}; it stays as it is")
        return False
    problems.append(f"{path} isn't the file that was finished, and stays as it is: 'talkscraper verify' says more")
    return False


def _planned(rows: Sequence[dict[str, Any]]) -> JoinedFile:
    return JoinedFile(name=None, size=sum(row["size"] for row in rows), sha256=None, captures=0, files=_places(rows, 0))


def _places(rows: Sequence[dict[str, Any]], start: int) -> tuple[SmallFile, ...]:
    places = []
    for row in rows:
        places.append(SmallFile(name=row["name"], size=row["size"], sha256=row["sha256"], offset=start))
        start += row["size"]
    return tuple(places)


class _Joining:
    """The making of one file out of several."""

    def __init__(
        self, folder: ArchiveFolder, writer: ArchiveWriter, rows: Sequence[dict[str, Any]], now: datetime
    ) -> None:
        self._folder = folder
        self._writer = writer
        self._rows = rows
        self._now = now

    def run(self, problems: list[str]) -> JoinedFile:
        """Write, prove and commit the file, and remove the old ones.

        Raises:
            ArchiveError: files and rows disagree; nothing has changed.
            StorageError: the disk failed; the old files are still there.
        """
        folder, rows = self._folder, self._rows
        require_room(folder.warc, sum(row["size"] for row in rows), "joining small files")
        name = new_name(folder, from_iso(rows[0]["opened_at"]), 0)
        closed_at = max(from_iso(row["closed_at"]) for row in rows)
        joined = (("talkscraper-joined-files", str(len(rows))), ("talkscraper-joined-at", iso(self._now)))
        note = (*CrawlInfo(robots=None).pairs(), *joined)
        # dated like what it holds: a record that is younger than its file would count as undated
        head = b"".join(build_warcinfo(date=closed_at, filename=name, pairs=note).member())
        files = _places(rows, len(head))
        path, marker = folder.warc / name, folder.warc / (name + JOINING_SUFFIX)
        try:
            marker.touch()
            sync_folder(folder.warc)
            sha256 = write_whole(path, self._pieces(head))
        except OSError as e:
            path.unlink(missing_ok=True)
            marker.unlink(missing_ok=True)
            raise StorageError(f"can't write {path}: {e.strerror or e}") from e
        try:
            captures = self._prove(name, files, closed_at)
        except BaseException:
            path.unlink(missing_ok=True)
            marker.unlink(missing_ok=True)
            raise
        size = len(head) + sum(each.size for each in files)
        self._writer.run(lambda db: self._commit(db, name, size, sha256, files))
        problems += self._writer.run(lambda db: finish_joining(folder, db, name))
        return JoinedFile(name=name, size=size, sha256=sha256, captures=captures, files=files)

    def _pieces(self, head: bytes) -> Iterator[bytes]:
        yield head
        for row in self._rows:
            yield from pieces_of(self._folder.warc / row["name"], 0, row["size"])

    def _prove(self, name: str, files: Sequence[SmallFile], closed_at: datetime) -> int:
        """Read every part and every capture from its new place; return the number of captures.

        Raises:
            ArchiveError: a part isn't what the old file was, or a record is another one than its row says.
            StorageError: the new file can't be read.
        """
        path = self._folder.warc / name
        seen = survey(path, name, latest=closed_at)
        there = {(each.id, each.warc_offset): each for each in seen.captures}
        count = 0
        for each in files:
            if sha256_of(path, each.offset, each.offset + each.size) != each.sha256:
                raise ArchiveError(f"{path} didn't hold {each.name} as it is, so that nothing was joined")
            for row in self._writer.run(captures_of, each.name):
                found = there.get((row.id, each.offset + row.warc_offset))
                if found is None or (found.captured_at, found.payload_digest) != (row.captured_at, row.payload_digest):
                    raise ArchiveError(
                        f"{each.name} and its row of {row.id} disagree, so that nothing was joined with it:"
                        " 'talkscraper verify' says more"
                    )
                self._read(path, each.offset + row.warc_offset, row.id)
                count += 1
        return count

    def _read(self, path: Path, offset: int, record_id: str) -> None:
        try:
            record = read_record(path, offset)
        except DamagedRecord as e:
            raise ArchiveError(f"{e}, so that nothing was joined with it") from e
        found = record.record_id
        record.spool.close()
        if found != record_id:
            raise ArchiveError(f"{path} had {found} where {record_id} should be, so that nothing was joined")

    def _commit(self, db: Database, name: str, size: int, sha256: str, files: Sequence[SmallFile]) -> None:
        rows, now = self._rows, iso(self._now)
        db.execute(
            "insert into warc_files (name, size, sha256, records, opened_at, closed_at, origin)"
            " values (?, ?, ?, ?, ?, ?, 'crawl')",
            [
                *(name, size, sha256, sum(row["records"] or 0 for row in rows) + 1),
                *(rows[0]["opened_at"], max(row["closed_at"] for row in rows)),
            ],
        )
        for each in files:
            db.execute(
                "update captures set warc_file = ?, warc_offset = warc_offset + ? where warc_file = ?",
                [name, each.offset, each.name],
            )
            move_receipts(db, each.name, each.offset.__add__, into=name)
            # what was joined into this one before lies in the new one now
            db.execute(
                "update joined_files set joined_into = ?, joined_offset = joined_offset + ? where joined_into = ?",
                [name, each.offset, each.name],
            )
            db.execute(
                "insert or replace into joined_files (name, joined_into, joined_offset, size, sha256, joined_at)"
                " values (?, ?, ?, ?, ?, ?)",
                [each.name, name, each.offset, each.size, each.sha256, now],
            )
            # what a store has of it since before it was recalled holds part of the new one, and goes with that
            db.execute("update stored_objects set warc_file = ? where warc_file = ?", [name, each.name])
            db.execute("delete from warc_files where name = ?", [each.name])
