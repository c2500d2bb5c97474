"""Size of the archive's folder, and its growth by source: from rows and a few files, never from all of them.

``warc_files`` has the size of each finished WARC and, once it was asked for, of its index; so however many files
there are, only those finished since the last crawl are looked at.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.archive_folder import OPEN_SUFFIX, ArchiveFolder
from talkscraper.store.database import from_iso, iso

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

MONTH = timedelta(days=30)
MAX_HEADROOM = 64 * 2**20
"""Bytes left below ``max_archive`` for what a run still writes when it ends: a group of records, an index, rows."""
HEADROOM_SHARE = 16
"""The same for a small limit: this part of it."""
MAX_FORECAST_DAYS = 3650
MAX_OVERHEAD = 6.0
"""Maximum ratio of all that a capture takes to its record: requests, rows, index."""
_MAX_OTHERS = 10_000
"""Maximum number of other files (exports, reports) whose size is asked for."""


def headroom(max_archive: int) -> int:
    """Return how far below its maximum an archive counts as full."""
    return min(MAX_HEADROOM, max_archive // HEADROOM_SHARE)


def is_full(size: int, max_archive: int | None) -> bool:
    """Whether nothing more may be captured."""
    return max_archive is not None and size + headroom(max_archive) >= max_archive


def note_index_sizes(folder: ArchiveFolder, db: Database) -> None:
    """Write the sizes of indexes that ``warc_files`` doesn't have yet."""
    rows = db.execute("select name from warc_files where closed_at is not null and index_size is null").fetchall()
    sizes = [(_size(folder.index_of(name)), name) for (name,) in rows]
    if sizes:
        db.conn.executemany("update warc_files set index_size = ? where name = ?", sizes)


def folder_bytes(folder: ArchiveFolder, connection: Database | sqlite3.Connection) -> int:
    """Return the size of the archive's folder in bytes."""
    finished, indexed = connection.execute(
        "select coalesce(sum(size) filter (where location is null), 0), coalesce(sum(index_size), 0) from warc_files"
        " where path is null"
    ).fetchone()
    finished += sum(_kept_here(folder, connection))
    # unfinished ones, and those finished since the last crawl
    others = connection.execute(
        "select name, size, index_size from warc_files where path is null and (size is null or index_size is null)"
    ).fetchall()
    for name, size, index_size in others:
        if size is None:
            finished += _size(folder.warc / (name + OPEN_SUFFIX)) or _size(folder.warc / name)
        if index_size is None:
            indexed += _size(folder.index_of(name))
    return int(finished + indexed) + database_bytes(folder) + sum(_others(folder))


def _kept_here(folder: ArchiveFolder, connection: Database | sqlite3.Connection) -> Iterator[int]:
    """Yield the sizes of the files that lie in an object store and on disk too."""
    stored = dict(connection.execute("select name, size from warc_files where location is not null").fetchall())
    if not stored:
        return
    with suppress(FileNotFoundError), os.scandir(folder.warc) as entries:
        yield from (stored[entry.name] or 0 for entry in entries if entry.name in stored)


def database_bytes(folder: ArchiveFolder) -> int:
    """Return the size of the database with its log."""
    place = str(folder.database)
    return sum(_size(Path(place + ending)) for ending in ("", "-wal", "-shm"))


def final_bytes(connection: sqlite3.Connection) -> int:
    """Return the size that the database has when its log has been written into it."""
    (pages,) = connection.execute("pragma page_count").fetchone()
    (size,) = connection.execute("pragma page_size").fetchone()
    return int(pages * size)


def _others(folder: ArchiveFolder) -> Iterable[int]:
    """Yield the sizes of everything else: sources.toml, manifest, logs, exports, reports."""
    count = 0
    known = {folder.warc.name, folder.index.name}
    own = {folder.database.name + ending for ending in ("", "-wal", "-shm")}
    for place, folders, names in os.walk(folder.root):
        is_top = Path(place) == folder.root
        if is_top:
            folders[:] = [each for each in folders if each not in known]
        for name in names:
            if is_top and name in own:
                continue
            yield _size(Path(place) / name)
            count += 1
        if count >= _MAX_OTHERS:
            return


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.lstat().st_size
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The size of the archive, how it grows, and when it will be full."""

    bytes: int
    """Size of its folder."""
    max_archive: int | None
    """From sources.toml."""
    is_full: bool
    """Whether crawls end because of ``max_archive``."""
    disk_free: int
    month_bytes: int
    """Growth in a month, by that of the last 30 days."""
    month_by_source: Mapping[str, int] = field(default_factory=dict)
    """The same by source, the largest first."""
    days_left: int | None = None
    """Until it is full; None if it doesn't grow, or not within ten years."""
    full_on: date | None = None
    limited_by: str | None = None
    """What is full then: ``disk`` or ``max_archive``."""


def forecast(
    folder: ArchiveFolder, connection: sqlite3.Connection, *, max_archive: int | None, now: datetime
) -> Forecast:
    """Return the size and growth of the archive."""
    size = folder_bytes(folder, connection)
    free = shutil.disk_usage(folder.root).free
    by_source = _month_by_source(connection, size, now)
    month = sum(by_source.values())
    rooms = {"disk": free}
    if max_archive is not None:
        rooms["max_archive"] = max(0, max_archive - headroom(max_archive) - size)
    limited_by = min(rooms, key=lambda each: rooms[each])
    days = int(rooms[limited_by] * MONTH.days / month) if month else None
    if days is not None and days > MAX_FORECAST_DAYS:
        days = None
    full = is_full(size, max_archive)
    return Forecast(
        bytes=size,
        max_archive=max_archive,
        is_full=full,
        disk_free=free,
        month_bytes=month,
        month_by_source=by_source,
        days_left=0 if full else days,
        full_on=now.date() + timedelta(days=days) if days is not None else None,
        limited_by=limited_by if days is not None or full else None,
    )


def _month_by_source(connection: sqlite3.Connection, size: int, now: datetime) -> dict[str, int]:
    """Return a month's growth by source: of the last 30 days, or of all days if there are fewer."""
    since = iso(now - MONTH)
    rows = connection.execute(
        "select coalesce(source_id, ''), sum(warc_length) from captures"
        " where captured_at >= ? and captured_at <= ? group by 1 order by 2 desc, 1",
        [since, iso(now)],
    ).fetchall()
    if not rows:
        return {}
    (first,) = connection.execute("select min(captured_at) from captures where captured_at >= ?", [since]).fetchone()
    (before,) = connection.execute("select max(captured_at) from captures where captured_at < ?", [since]).fetchone()
    days = float(MONTH.days)
    if before is None:
        # a young archive: its first days may be more than usual, and less than a day says nothing
        days = max(1.0, (now - from_iso(first)).total_seconds() / 86_400)
    share = _overhead(connection, size, sum(row[1] for row in rows), since) * MONTH.days / days
    return {name: int(taken * share) for name, taken in ((row[0], row[1]) for row in rows)}


def _overhead(connection: sqlite3.Connection, size: int, recorded: int, since: str) -> float:
    """Return how much is stored for each byte of a response's record: with requests, index and rows."""
    (written,) = connection.execute(
        "select coalesce(sum(size), 0) from warc_files where origin = 'crawl' and opened_at >= ?", [since]
    ).fetchone()
    (files,) = connection.execute("select coalesce(sum(size), 0) from warc_files where path is null").fetchone()
    in_files = max(1.0, written / recorded) if recorded else 1.0
    beside = max(1.0, size / files) if files else 1.0
    return min(MAX_OVERHEAD, in_files * beside)


def in_words(found: Forecast, *, shown: int = 3) -> list[str]:
    """Return the lines about size and growth, for ``status``."""
    limit = f" of {readable(found.max_archive)} (max_archive)" if found.max_archive is not None else ""
    lines = [f"size: {readable(found.bytes)}{limit}, {readable(found.disk_free)} free on the disk"]
    if found.month_bytes:
        most = [f"{name or 'no source'} {readable(size)}" for name, size in found.month_by_source.items()]
        others = f" and {len(most) - shown} more" if len(most) > shown else ""
        lines[0] += f"; a month adds about {readable(found.month_bytes)} ({', '.join(most[:shown])}{others})"
        if found.days_left is not None and not found.is_full:
            what = "max_archive is reached" if found.limited_by == "max_archive" else "the disk is full"
            lines[0] += f"; {what} in about {found.days_left:,} days"
    if found.is_full and found.max_archive is not None:
        lines.append(full_line(found.bytes, found.max_archive))
    return lines


def full_line(size: int, max_archive: int) -> str:
    """Return what is said of an archive that has reached its maximum."""
    return (
        f"the archive has {readable(size)}, and max_archive in sources.toml is {readable(max_archive)}:"
        " nothing more is captured; raise it, or free space by 'talkscraper prune'"
    )


def readable(size: int) -> str:
    """Return a size for people: ``1.5 GiB``."""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"
