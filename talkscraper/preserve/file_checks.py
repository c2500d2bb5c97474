"""Checks of all WARC files of an archive, or of some, sequentially or in several processes.

A core checks about fifty megabytes a second, so a large archive takes hours on one. Files are independent of each
other; each process opens the database itself, reads only, and returns verdicts. Renamed and exchanged files are
found among all verdicts, by their recorded SHA-256.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from talkscraper.archive_folder import OPEN_SUFFIX, ArchiveFolder
from talkscraper.cluster import Executor
from talkscraper.cluster.local import LocalExecutor
from talkscraper.errors import NotFound
from talkscraper.object_store.remote_warc import PLACE_COLUMNS, RemoteWarc, WarcPlace
from talkscraper.pool.processors import processors
from talkscraper.preserve.archive_files import Progress, finished_files, is_listed, joining_names, locate, open_files
from talkscraper.preserve.file_units import FileJudges
from talkscraper.preserve.file_verdicts import FileVerdict, WarcState, judge
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.preserve.ranged_scan import RangedScans

LARGE_BYTES = 512 * 1024 * 1024
"""Size of a file from which its ranges are scanned by several processes; smaller ones are judged by one each."""
WORTH_BYTES = 32 * 1024 * 1024
"""Number of bytes for each further process: starting one takes as long as checking some of them."""


def check_files(
    folder: ArchiveFolder,
    connection: sqlite3.Connection,
    *,
    names: Sequence[str] = (),
    workers: int | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    shards: Path | None = None,
) -> list[FileVerdict]:
    """Return the verdicts on the archive's WARC files, or only on those in ``names``, sorted by name.

    Args:
        folder: The archive.
        connection: A reader of its database.
        names: Names of WARC files; None: all.
        workers: Maximum number of processes; by default one for each processor.
        progress: Called with the bytes read, of each file or of all together.
        executor: Judges the files, instead of processes of this machine.
        shards: A folder that the executor's workers see; by default the archive's.

    Raises:
        ClusterError: the executor's cluster is lost, or a worker can't read the archive.
        NotFound: the archive has no file of that name.
        StorageError: a file or folder can't be read.
    """
    places = dict(chosen(folder, connection, names))
    sizes = {name: _size_of(path) for name, path in places.items()}
    large = [name for name, path in places.items() if sizes[name] >= LARGE_BYTES and _is_finished(path)]
    done: dict[str, FileVerdict] = {}
    with ExitStack() as stack:
        if executor is None:
            most = len(places) if not large else processors()
            count = min(workers or processors(), most, sum(sizes.values()) // WORTH_BYTES)
            executor = stack.enter_context(LocalExecutor(count)) if count > 1 else None
        if executor is not None:
            judges = FileJudges(executor, folder, connection, shards or folder.shards)
            others = {name: path for name, path in places.items() if name not in large}
            done = judges.judge(others, {name: sizes[name] for name in others}, progress)
            for name in large:
                done[name] = _judged_in_ranges(folder, connection, name, places[name], progress, executor)
    for name, path in places.items():
        if name not in done:
            done[name] = judge(folder, connection, name, path, progress)
    verdicts = [done[name] for name in places]
    # exchanged names can only be detected among all files
    return verdicts if names else _with_misplaced(folder, connection, verdicts)


def check_file(
    folder: ArchiveFolder, connection: sqlite3.Connection, name: str, progress: Progress | None = None
) -> FileVerdict:
    """Return the verdict on one WARC file, as ``check_files`` with its name, without a look at the others.

    Raises:
        NotFound: the archive has no file of that name.
        StorageError: the file can't be read.
    """
    row = connection.execute(f"select {PLACE_COLUMNS} from warc_files where name = ?", [name]).fetchone()
    path = locate(folder, name, row)
    if row is None and not (isinstance(path, Path) and is_listed(path)):
        raise _not_found(name)
    return judge(folder, connection, name, path, progress)


def chosen(
    folder: ArchiveFolder, connection: sqlite3.Connection, names: Sequence[str]
) -> Iterator[tuple[str, WarcPlace]]:
    """Return names and paths of the WARC files to check: those of the database, and others in ``warc/``."""
    rows = connection.execute(f"select {PLACE_COLUMNS} from warc_files order by name").fetchall()
    places = {row["name"]: locate(folder, row["name"], row) for row in rows}
    joining = set(joining_names(folder))
    for path in finished_files(folder):
        if path.name not in joining:
            places.setdefault(path.name, path)
    for path in open_files(folder):
        places.setdefault(path.name.removesuffix(".open"), path)
    unknown = [name for name in names if name not in places]
    if unknown:
        raise _not_found(unknown[0])
    for name in sorted(places):
        if not names or name in names:
            yield name, places[name]


def _is_finished(path: WarcPlace) -> bool:
    """Whether it is a file on disk that nobody is writing."""
    return isinstance(path, Path) and not path.name.endswith(OPEN_SUFFIX)


def _judged_in_ranges(
    folder: ArchiveFolder,
    connection: sqlite3.Connection,
    name: str,
    path: WarcPlace,
    progress: Progress | None,
    executor: Executor,
) -> FileVerdict:
    """Return the verdict on a large file: the executor scans it, and its records are compared with the rows here."""
    assert isinstance(path, Path)
    with closing(RangedScans(executor)) as scans:
        scans.begin([path])
        return judge(folder, connection, name, path, progress, scans.scanner(path))


def _size_of(path: WarcPlace) -> int:
    if isinstance(path, RemoteWarc):
        return path.size
    return path.stat().st_size if path.exists() else 0


def _not_found(name: str) -> NotFound:
    return NotFound(f"the archive has no WARC {name!r}")


# --- exchanged names -----------------------------------------------------------------------------------------


def moves_of(folder: ArchiveFolder, connection: sqlite3.Connection, verdicts: Sequence[FileVerdict]) -> dict[str, str]:
    """Return the current and the correct names of files in ``warc/``, from the verdicts on all of them.

    An unknown file that has the name of another is given the name that becomes free.
    """
    rows = connection.execute("select name, sha256, path from warc_files where closed_at is not null").fetchall()
    recorded = {row["name"]: row["sha256"] for row in rows}
    outside = {row["name"] for row in rows if row["path"]}
    there = {
        each.name: each.sha256
        for each in verdicts
        if each.sha256 is not None and each.name not in outside and (folder.warc / each.name).is_file()
    }
    right = {name for name, sha256 in there.items() if recorded.get(name) == sha256}
    owners = {
        sha256: name
        for name, sha256 in recorded.items()
        if sha256 is not None and name not in right and name not in outside
    }
    moves: dict[str, str] = {}
    for name, sha256 in there.items():
        owner = owners.pop(sha256, None) if name not in right else None
        if owner is not None:
            moves[name] = owner
    origin = {new: old for old, new in moves.items()}
    for new in list(moves.values()):
        if new in there and new not in moves:
            free = new
            while free in origin:
                free = origin[free]
            moves[new] = free
    return moves


def _with_misplaced(
    folder: ArchiveFolder, connection: sqlite3.Connection, verdicts: Sequence[FileVerdict]
) -> list[FileVerdict]:
    """Return the verdicts, reduced to this one finding for files with exchanged names: ``repair`` renames them."""
    moves = moves_of(folder, connection, verdicts)
    recorded = dict(connection.execute("select name, sha256 from warc_files").fetchall())
    known = {old: new for old, new in moves.items() if recorded.get(new) is not None}
    arriving = {new: old for old, new in moves.items()}
    result = []
    for each in verdicts:
        owner = known.get(each.name)
        if owner is not None and recorded[owner] == each.sha256:
            result.append(_mendable(each, f"it is {owner} under another name"))
        elif each.verdict is WarcState.MISSING and each.name in arriving:
            result.append(_mendable(each, f"it is there under the name {arriving[each.name]}"))
        else:
            result.append(each)
    return result


def _mendable(verdict: FileVerdict, message: str) -> FileVerdict:
    finding = Finding(file=verdict.name, kind=Kind.MISPLACED, message=message, level=Level.MENDABLE)
    return replace(verdict, verdict=WarcState.MENDABLE, findings=(finding,), uncounted=0, lost=(), found_again=())
