"""``offload``: finished WARCs and their indexes into an object store; and ``recall``, back from there.

Of each file: its bytes on disk are those that were recorded; it is uploaded; what the store sends back has the same
SHA-256; the row says where it lies, and is on disk; only then is the file removed here. After a kill or a power failure
at any step the file is in at least one of the two places, and the next run goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ArchiveError, NotFound, StorageError, StoreSilent, UsageError
from talkscraper.object_store.remote_warc import RemoteWarc, in_store, located
from talkscraper.object_store.store import Advance, require_store
from talkscraper.object_store.store_url import LOCAL, local_path, scheme_of, store_url
from talkscraper.preserve.archive_files import Progress, require_room, sha256_of
from talkscraper.preserve.recovery import recover
from talkscraper.preserve.stored_files import StoredFiles, fetch, note_on_disk, note_stored, release, warc_url
from talkscraper.store.database import iso, open_reader, open_writer, select

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

    from talkscraper.preserve.stored_files import Run

MAX_FAILURES = 3
"""Number of files in a row that fail before the store counts as out of order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedFile:
    """A WARC that was put into a store or brought back, or (``dry_run``) would be."""

    name: str
    size: int
    location: str
    released: bool = False
    """Whether the file on disk was removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffloadReport:
    """What was put into the store, or (``dry_run``) would be."""

    url: str
    files: tuple[MovedFile, ...] = ()
    problems: tuple[str, ...] = ()
    """Files that aren't what was recorded, or whose name is taken there: they stay."""
    failures: tuple[str, ...] = ()
    """Files that couldn't be put there; they stay on disk."""
    released_bytes: int = 0
    deleted: tuple[str, ...] = ()
    """Old versions in the store that were deleted, after a takedown or ``prune`` that couldn't reach it."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallReport:
    """What was brought back."""

    files: tuple[MovedFile, ...] = ()
    failures: tuple[str, ...] = ()
    """Files that couldn't be brought back; their rows say where they lie as before."""


def offload(
    folder: ArchiveFolder,
    url: str,
    *,
    now: datetime,
    older_than: timedelta = timedelta(0),
    keep_local: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> OffloadReport:
    """Put finished WARCs into a store, and remove them here.

    Args:
        folder: The archive.
        url: Where to: ``s3://bucket/prefix``, or any URL of fsspec.
        now: The time that is noted.
        older_than: Only files that were finished so long ago.
        keep_local: Keep the files here too.
        dry_run: Only list what would be done; nothing is asked of the store.
        progress: Called with the number of bytes that were proved in the store.

    Raises:
        UsageError: the URL is none of a store, or has a password in it; what speaks to it isn't installed.
        NotAnArchive: there is no archive.
        ArchiveLocked: a run is active.
        StorageError: the store or the disk is out of order.
    """
    base = store_url(url)
    _refuse_own(folder.require(), base)
    before = iso(now - older_than)
    if dry_run:
        with closing(open_reader(folder.database)) as reader:
            planned = [
                MovedFile(name=row["name"], size=row["size"], location=warc_url(base, row["name"]))
                for row in reader.execute(_FINISHED, [before])
                if (folder.warc / row["name"]).is_file()
            ]
        return OffloadReport(url=base, files=tuple(planned), dry_run=True)
    with folder.lock(what="offload"), _database(folder) as run:
        require_store(base)
        run(lambda db: recover(folder, db, now))
        return _Offloading(folder, base, run, now, keep_local=keep_local, progress=progress).run(before)


_FINISHED = (
    "select * from warc_files where path is null and sha256 is not null and size is not null and closed_at is not null"
    " and closed_at <= ? order by closed_at, name"
)


class _Offloading:
    """One run of ``offload``."""

    def __init__(
        self,
        folder: ArchiveFolder,
        base: str,
        run: Run,
        now: datetime,
        *,
        keep_local: bool,
        progress: Progress | None,
    ) -> None:
        self._folder = folder
        self._base = base
        self._run = run
        self._keep_local = keep_local
        self._progress = progress
        self._stored = StoredFiles(folder, run, now)

    def run(self, before: str) -> OffloadReport:
        deleted, failures = self._stored.delete_unwanted()
        rows = self._run(lambda db: list(select(db, _FINISHED, [before])))
        rows = [row for row in rows if (self._folder.warc / row["name"]).is_file()]
        moved = _move_each(rows, self._file, self._progress)
        return OffloadReport(
            url=self._base,
            files=tuple(moved.files),
            problems=tuple(moved.problems),
            failures=(*failures, *moved.failures),
            released_bytes=sum(each.size for each in moved.files if each.released),
            deleted=deleted,
        )

    def _file(self, row: dict[str, Any], advance: Advance) -> MovedFile | None:
        name = row["name"]
        path = self._folder.warc / name
        location = warc_url(self._base, name)
        if path.is_symlink():
            raise ArchiveError(f"{path} is a link, and stays as it is")
        if self._keep_local and row["location"] == location and _is_unchanged(self._folder, row):
            return None
        if path.stat().st_size != row["size"] or sha256_of(path) != row["sha256"]:
            raise ArchiveError(
                f"{path} isn't the file that was finished, and stays as it is: 'talkscraper verify' says more"
            )
        etag = self._stored.put_warc(row, path, self._base, advance)
        if not self._run(lambda db: note_stored(db, name, location, etag, row["sha256"])):
            raise ArchiveError(f"the row of {name} was changed meanwhile, and the file stays on disk")
        if not self._keep_local:
            release(path)
        return MovedFile(name=name, size=row["size"], location=location, released=not self._keep_local)


@dataclass(slots=True)
class _Moved:
    """What came of moving files."""

    files: list[MovedFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def _move_each(
    rows: Sequence[dict[str, Any]],
    move: Callable[[dict[str, Any], Advance], MovedFile | None],
    progress: Progress | None,
) -> _Moved:
    """Move files until ``MAX_FAILURES`` in a row have failed; ``move`` returns None of one that stays as it is.

    Of a store that doesn't answer only the first file is waited for (``store_errors``), and named.
    """
    moved = _Moved()
    silent: Counter[str] = Counter()
    total, before, in_a_row = sum(row["size"] for row in rows), 0, 0
    for row in rows:
        done = before

        def advance(count: int, name: str = row["name"]) -> None:
            nonlocal done
            done += count
            if progress is not None:
                progress(name, min(done, total), total)

        try:
            made = move(row, advance)
            moved.files += [made] if made is not None else []
            in_a_row = 0
        except ArchiveError as e:
            moved.problems.append(str(e))
        except StoreSilent as e:
            if e.store not in silent:
                moved.failures.append(str(e))
            silent[e.store] += 1
        except StorageError as e:
            moved.failures.append(str(e))
            in_a_row += 1
            if in_a_row == MAX_FAILURES:
                break
        before += row["size"]
    moved.failures += [
        f"{store}: the same holds for {'another file' if count == 2 else f'{count - 1} other files'} there"
        for store, count in silent.items()
        if count > 1
    ]
    return moved


def _is_unchanged(folder: ArchiveFolder, row: dict[str, Any]) -> bool:
    """Whether the store still has what was put there; else it is put there again."""
    try:
        in_store(folder, row).require_unchanged()
    except StorageError:
        return False
    return True


def recall(
    folder: ArchiveFolder,
    names: Sequence[str] = (),
    *,
    now: datetime,
    progress: Progress | None = None,
) -> RecallReport:
    """Bring WARCs back from their stores: those in ``names``, or all. The objects stay there, as copies.

    Raises:
        NotFound: the archive has no such file.
        NotAnArchive: there is no archive.
        ArchiveLocked: a run is active.
        StorageError: the disk has no room, or is out of order.
    """
    folder.require().make()
    with folder.lock(what="recall"), _database(folder) as run:
        run(lambda db: recover(folder, db, now))
        rows = run(lambda db: list(select(db, "select * from warc_files where location is not null order by name")))
        _require_known(run, names)
        rows = [row for row in rows if not names or row["name"] in names]
        away = [row for row in rows if isinstance(located(folder, row), RemoteWarc)]
        if away:
            require_room(folder.warc, sum(row["size"] for row in away), "bringing files back")

        def bring(row: dict[str, Any], advance: Advance) -> MovedFile:
            _bring_back(folder, row, advance)
            run(partial(note_on_disk, name=row["name"]))
            return MovedFile(name=row["name"], size=row["size"], location=row["location"])

        moved = _move_each(rows, bring, progress)
    return RecallReport(files=tuple(moved.files), failures=(*moved.problems, *moved.failures))


def _bring_back(folder: ArchiveFolder, row: dict[str, Any], advance: Advance) -> None:
    """Write a file into ``warc/``, whole and with the recorded SHA-256 or not at all."""
    there = located(folder, row)
    if not isinstance(there, RemoteWarc):
        if sha256_of(there) != row["sha256"]:
            raise StorageError(f"{there} isn't the file that was finished: move it away, and try again")
        advance(row["size"])
        return
    fetch(there, folder.warc / there.name, advance)


def _require_known(run: Run, names: Sequence[str]) -> None:
    known = {row[0] for row in run(lambda db: db.execute("select name from warc_files").fetchall())}
    for name in names:
        if name not in known:
            raise NotFound(f"the archive has no WARC {name[:120]!r}")


def _refuse_own(folder: ArchiveFolder, base: str) -> None:
    """Refuse the archive's own folder as a store."""
    if scheme_of(base) != LOCAL:
        return
    place, root = local_path(base).resolve(), folder.root.resolve()
    if place == root or root in place.parents:
        raise UsageError(f"{base} is inside the archive: name a folder elsewhere")


@contextmanager
def _database(folder: ArchiveFolder) -> Iterator[Run]:
    """Return a function that runs a change in a transaction, which is on disk when it returns.

    The archive's writer leaves that to the next checkpoint; here a file is deleted on the strength of a row.
    """
    database = open_writer(folder.database)
    connection: sqlite3.Connection = database.conn

    def run(change: Callable[[Database], Any]) -> Any:
        import sqlite3

        try:
            connection.execute("begin immediate")
            try:
                result = change(database)
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise
        except sqlite3.DatabaseError as e:
            raise StorageError(f"can't write {folder.database}: {e}") from e
        return result

    with closing(connection):
        connection.execute("pragma synchronous = full")
        yield run
