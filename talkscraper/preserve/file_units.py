"""Units of verification: one WARC each, judged by a process of this machine or by a worker of a cluster."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from talkscraper.archive_folder import OPEN_SUFFIX, ArchiveFolder
from talkscraper.atomic_file import TEMPORARY_SUFFIX
from talkscraper.cluster import Executor, advance
from talkscraper.errors import ClusterError, ExitCode, StorageError
from talkscraper.object_store.remote_warc import WarcPlace
from talkscraper.preserve.archive_files import Progress
from talkscraper.preserve.file_verdicts import FileVerdict, WarcState, judge, state_of
from talkscraper.store.database import open_reader
from talkscraper.store.file_slices import SLICE_SUFFIX, open_slice, write_slice

_TOLD_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUnit:
    """One WARC to be judged."""

    key: str
    """Its name."""
    weight: int
    """Its size."""
    root: Path
    path: WarcPlace
    rows: Path | None = None
    """What the database knows of it, for a worker that can't open that; None: open it."""


def judge_file(unit: FileUnit) -> FileVerdict:
    """Return the verdict on a file.

    Raises:
        NotInSlice: it depends on rows that the unit doesn't have.
        StorageError: the file can't be read.
    """
    last = 0

    def progress(_name: str, done: int, size: int) -> None:
        nonlocal last
        if done - last >= _TOLD_BYTES or done >= size:
            advance(done - last)
            last = done

    folder = ArchiveFolder(unit.root)
    if unit.rows is None:
        return judge(folder, _reader(folder.database), unit.key, unit.path, progress)
    if not unit.rows.is_file():
        raise StorageError(f"{unit.rows} isn't there: share the archive's folder, and mount it at this path")
    with closing(open_slice(unit.rows)) as connection:
        return judge(folder, connection, unit.key, unit.path, progress)


@lru_cache(maxsize=1)
def _reader(database: Path) -> sqlite3.Connection:
    """Return this process's connection: opening one takes longer than judging a small file."""
    return open_reader(database)


class FileJudges:
    """Has files judged by an executor; those that it can't judge are left to the caller."""

    def __init__(self, executor: Executor, folder: ArchiveFolder, connection: sqlite3.Connection, shards: Path) -> None:
        """``shards`` is a folder that all workers see, used if the executor is remote."""
        self._executor = executor
        self._folder = folder
        self._connection = connection
        self._shards = shards.absolute()
        self._slices: dict[str, Path] = {}

    def judge(
        self, places: Mapping[str, WarcPlace], sizes: Mapping[str, int], progress: Progress | None
    ) -> dict[str, FileVerdict]:
        """Return the verdicts by name, without those on files whose workers died or lacked rows.

        Raises:
            ClusterError: the cluster is lost, or a worker can't read the archive.
            StorageError: a file can't be read.
        """
        total, read = sum(sizes.values()), 0

        def advanced(count: int) -> None:
            nonlocal read
            read = min(read + count, total)
            if progress is not None:
                progress(f"{len(places)} files", read, total)

        # largest first, otherwise one process works long after the others have ended
        names = [name for name in sorted(places, key=lambda name: -sizes[name]) if self._is_for_workers(places[name])]
        before = {name: state_of(self._connection, name) for name in names}
        verdicts: dict[str, FileVerdict] = {}
        try:
            with closing(
                self._executor.map(judge_file, self._units(names, places, sizes), advanced=advanced)
            ) as receipts:
                for receipt in receipts:
                    name = receipt.unit.key
                    self._forget(name)
                    verdict, failure = receipt.result, receipt.failure
                    if failure is not None and failure.exit_code is ExitCode.IO and not failure.died:
                        raise (ClusterError if self._executor.is_remote else StorageError)(failure.message)
                    if verdict is not None and (
                        verdict.verdict in (WarcState.OK, WarcState.OPEN)
                        or state_of(self._connection, name) == before[name]
                    ):
                        verdicts[name] = verdict
        finally:
            for name in list(self._slices):
                self._forget(name)
        if progress is not None and total and len(verdicts) == len(places):
            progress(f"{len(places)} files", total, total)
        return verdicts

    def _is_for_workers(self, path: WarcPlace) -> bool:
        # a file that is being written is locked by a process of this machine
        return not (self._executor.is_remote and isinstance(path, Path) and path.name.endswith(OPEN_SUFFIX))

    def _units(
        self, names: Sequence[str], places: Mapping[str, WarcPlace], sizes: Mapping[str, int]
    ) -> Iterator[FileUnit]:
        for name in names:
            rows = self._sliced(name) if self._executor.is_remote else None
            place = places[name]
            path = place.absolute() if isinstance(place, Path) else place
            yield FileUnit(key=name, weight=sizes[name], root=self._folder.root.absolute(), path=path, rows=rows)

    def _sliced(self, name: str) -> Path:
        path = self._shards / f"{secrets.token_hex(8)}{SLICE_SUFFIX}{TEMPORARY_SUFFIX}"
        self._slices[name] = path
        try:
            self._shards.mkdir(parents=True, exist_ok=True)
            write_slice(self._connection, name, path)
        except (OSError, sqlite3.OperationalError) as e:
            raise StorageError(f"can't write {path}: {e}") from e
        return path

    def _forget(self, name: str) -> None:
        path = self._slices.pop(name, None)
        if path is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)
