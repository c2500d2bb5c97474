"""WARCs and their indexes in a store: put there and proved, noted in rows, deleted there once they were rewritten.

``stored_objects`` gets a row before anything is sent, so that an object of this archive is always known as its own:
only such a one is ever written over or deleted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder, index_name
from talkscraper.atomic_file import sync_folder, write_whole
from talkscraper.errors import ArchiveError, ObjectMissing, StorageError, StoreSilent
from talkscraper.object_store.block_cache import cache_of
from talkscraper.object_store.remote_warc import RemoteWarc, located
from talkscraper.object_store.store import (
    Advance,
    abandon_uploads,
    delete_object,
    keeps_versions,
    pieces_of_object,
    sha256_of_object,
    stat_object,
    upload,
)
from talkscraper.preserve.archive_files import require_room, sha256_of
from talkscraper.store.database import first, iso, select

if TYPE_CHECKING:
    from sqlite_utils import Database

    Run = Callable[[Callable[[Database], Any]], Any]
    """Calls a change in a transaction."""


def warc_url(base: str, name: str) -> str:
    """Return the URL of a WARC in a store: the folders are those of an archive."""
    return f"{base}/warc/{name}"


def index_url(base: str, name: str) -> str:
    """Return the URL of the index of the WARC ``name``."""
    return f"{base}/index/{index_name(name)}"


def base_of(location: str) -> str:
    """Return the URL under which the WARC at ``location`` was put."""
    return location.rpartition("/")[0].rpartition("/")[0]


class StoredFiles:
    """Objects of one archive; hold its lock."""

    def __init__(self, folder: ArchiveFolder, run: Run, now: datetime) -> None:
        self._folder = folder
        self._run = run
        self._now = now

    def put_warc(self, row: dict[str, Any], path: Path, base: str, advance: Advance) -> str | None:
        """Put a finished WARC and its index into a store; return the tag of the proved object.

        Raises:
            ArchiveError: the store has another file of this name, which isn't this archive's.
            StorageError: it couldn't be put there or isn't there as it should be; the file on disk is as it was.
        """
        name, sha256 = str(row["name"]), str(row["sha256"])
        if self._folder.index_of(name).is_file():
            self._put_index(name, base)
        return self._put(name, path, warc_url(base, name), sha256, int(row["size"]), advance)

    def _put_index(self, name: str, base: str) -> None:
        index = self._folder.index_of(name)
        self._put(name, index, index_url(base, name), sha256_of(index), index.stat().st_size, lambda _done: None)

    def _put(self, name: str, path: Path, url: str, sha256: str, size: int, advance: Advance) -> str | None:
        try:
            there = stat_object(url, is_new=True)
        except ObjectMissing:
            pass
        else:
            ours = self._run(lambda db: _is_ours(db, url))
            try:
                same = there.size == size and sha256_of_object(url, size, advance, expected=there) == sha256
            except StorageError:
                if not ours:
                    raise
                same = False  # an upload that came out wrong may be unreadable, by the store's own checksum
            if same:
                self._run(lambda db: _note(db, name, url, sha256, self._now))
                return there.etag
            if not ours:
                raise ArchiveError(
                    f"{url} is another file, which this archive hasn't put there, and stays: "
                    "offload to a prefix of its own"
                )
        if not self._run(lambda db: _intend(db, name, url, sha256, self._now)):
            abandon_uploads(url)  # of a run that was killed
        upload(path, url)
        before = stat_object(url)
        if before.size != size:
            raise StorageError(f"{url} has {before.size} bytes after the upload, not {size}; the file on disk stays")
        found = sha256_of_object(url, size, advance, expected=before)
        if found != sha256:
            raise StorageError(f"{url} came out wrong (SHA-256 {found}, not {sha256}); the file on disk stays")
        if stat_object(url).etag != before.etag:
            raise StorageError(f"{url} was replaced while it was checked; the file on disk stays")
        self._run(lambda db: _note(db, name, url, sha256, self._now))
        return before.etag

    def delete_unwanted(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Delete the objects that a takedown or ``prune`` has replaced; return the deleted ones, and problems."""
        done, problems = [], []
        for url in self._run(_unwanted):
            try:
                delete_object(url)
            except StorageError as e:
                problems.append(f"{e}; the next takedown, prune or offload tries again to delete it")
                if isinstance(e, StoreSilent):
                    break
                continue
            self._run(partial(_forget, url=url))
            done.append(url)
        return tuple(done), tuple(problems)

    def rehouse(self, rewritten: Mapping[str, str], *, to_release: Collection[str] = ()) -> Rehoused:
        """Delete the old versions of rewritten files in their stores, and put the new ones there.

        ``rewritten``: the files and where each was; ``to_release``: those that weren't on disk before.
        """
        deleted, problems = self.delete_unwanted()
        lines = [f"{url}: the old version was deleted{_versions_kept(url)}" for url in deleted]
        failures = list(problems)
        for name, location in rewritten.items():
            row = self._run(partial(_row, name=name))
            path = self._folder.warc / name
            try:
                etag = self.put_warc(row, path, base_of(location), lambda _done: None)
                self._run(partial(note_stored, name=name, location=location, etag=etag, sha256=row["sha256"]))
                if name in to_release:
                    release(path)
            except (StorageError, ArchiveError) as e:
                failures.append(f"{e}; {name} is on disk, without what was removed")
                continue
            lines.append(f"{location}: the new version is there")
        return Rehoused(lines=tuple(lines), problems=tuple(failures))

    def refresh_indexes(self, names: Iterable[str]) -> tuple[str, ...]:
        """Put the indexes of stored files there again, after lines went from them; return problems."""
        problems = []
        for name in names:
            row = self._run(partial(_row, name=name))
            if row is None or not row["location"] or not self._folder.index_of(name).is_file():
                continue
            try:
                self._put_index(name, base_of(row["location"]))
            except (StorageError, ArchiveError) as e:
                problems.append(f"the index at the store still has the lines of before: {e}")
        return tuple(problems)


def release(path: Path) -> None:
    """Remove a file from the disk, whose row says by now that it lies in a store.

    Raises:
        StorageError: it can't be removed.
    """
    try:
        path.unlink()
        sync_folder(path.parent)
    except OSError as e:
        raise StorageError(f"can't remove {path}, which is in the store by now: {e.strerror or e}") from e


def fetch(there: RemoteWarc, path: Path, advance: Callable[[int], object] = lambda _done: None) -> None:
    """Copy a WARC from its store to ``path``; nothing is left there if it isn't the recorded one.

    Raises:
        StorageError: it couldn't be read, isn't what was put there, or the disk failed.
    """
    found = stat_object(there.location)
    if found.size != there.size:
        raise StorageError(f"{there} isn't the file that was finished: it has {found.size} bytes, not {there.size}")

    def pieces() -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in pieces_of_object(there.location, there.size, found):
            digest.update(piece)
            advance(len(piece))
            yield piece
        if digest.hexdigest() != there.sha256:
            raise StorageError(
                f"{there} isn't the file that was finished: its SHA-256 is {digest.hexdigest()}, not {there.sha256}"
            )

    try:
        write_whole(path, pieces())
    except OSError as e:
        raise StorageError(f"can't write {path}: {e.strerror or e}") from e


def brought_back(folder: ArchiveFolder, db: Database, name: str) -> bool:
    """Copy a WARC that lies only in a store into ``warc/``, to be rewritten there; return whether it was one.

    Raises:
        StorageError: it can't be read there, or isn't what was put there.
    """
    row = _row(db, name)
    there = located(folder, row) if row is not None else None
    if not isinstance(there, RemoteWarc):
        return False
    require_room(folder.warc, 2 * there.size, f"rewriting {there}")
    fetch(there, folder.warc / name)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehoused:
    """What became of files in a store that were rewritten."""

    lines: tuple[str, ...] = ()
    """What was deleted there and put there."""
    problems: tuple[str, ...] = ()
    """Old versions that couldn't be deleted, and new ones that couldn't be put there and are on disk."""


def note_stored(db: Database, name: str, location: str, etag: str | None, sha256: str) -> bool:
    """Note where a WARC lies; return whether its row is still that of this file."""
    return (
        db.execute(
            "update warc_files set location = ?, location_etag = ? where name = ? and sha256 = ?",
            [location, etag, name, sha256],
        ).rowcount
        == 1
    )


def note_on_disk(db: Database, name: str) -> None:
    """Note that a WARC is on disk, whatever a store has."""
    db.execute("update warc_files set location = null, location_etag = null where name = ?", [name])


def mark_unwanted(db: Database, folder: ArchiveFolder, name: str, now: datetime) -> str | None:
    """Mark all objects of a file that is rewritten as to be deleted; its row says that it is on disk again.

    Return where it was.
    """
    row = _row(db, name)
    db.execute("update stored_objects set unwanted_since = ? where warc_file = ?", [iso(now), name])
    note_on_disk(db, name)
    if row is None:
        return None
    if row["sha256"]:
        # what was cut out mustn't stay in the cache
        cache_of(folder.root).forget(str(row["sha256"]))
    return str(row["location"]) if row["location"] else None


def _row(db: Database, name: str) -> dict[str, Any] | None:
    return first(db, "select * from warc_files where name = ?", [name])


def _versions_kept(url: str) -> str:
    """Return what a receipt says of old versions that a store may keep."""
    kept = keeps_versions(url)
    if kept is None:
        return "; if the store keeps old versions, delete it among them too"
    return "; the bucket keeps versions, and holds it among them until it is deleted there too" if kept else ""


def _intend(db: Database, name: str, url: str, sha256: str, now: datetime) -> bool:
    """Note an object that is about to be put there; an old version that is to be deleted stays so until then.

    Return whether it wasn't noted before.
    """
    return (
        db.execute(
            "insert or ignore into stored_objects (location, warc_file, sha256, stored_at) values (?, ?, ?, ?)",
            [url, name, sha256, iso(now)],
        ).rowcount
        == 1
    )


def _note(db: Database, name: str, url: str, sha256: str, now: datetime) -> None:
    db.execute(
        "insert or replace into stored_objects (location, warc_file, sha256, stored_at) values (?, ?, ?, ?)",
        [url, name, sha256, iso(now)],
    )


def _forget(db: Database, *, url: str) -> None:
    db.execute("delete from stored_objects where location = ?", [url])


def _is_ours(db: Database, url: str) -> bool:
    return db.execute("select 1 from stored_objects where location = ?", [url]).fetchone() is not None


def _unwanted(db: Database) -> list[str]:
    rows = select(db, "select location from stored_objects where unwanted_since is not null order by location")
    return [str(row["location"]) for row in rows]
