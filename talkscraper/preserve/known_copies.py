"""Known copies of an archive's content: in its exports folder, its backups, and shards that aren't merged yet."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.store.database import iso, read_only_uri
from talkscraper.store.text_values import as_text
from talkscraper.warc.zips import DamagedZip, entries_of

BACKUPS = "backups.jsonl"
"""File in ``reports/`` with one line per backup, naming its folder."""
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCopy:
    """A file or folder outside the archive's own files that holds, or may hold, what was taken down."""

    path: str
    kind: str
    """``export``, ``backup`` or ``shard``."""
    told: str
    """``holds it``, or why that is unknown."""


def note_backup(folder: ArchiveFolder, target: Path, now: datetime) -> None:
    """Record that a backup was made, so that a takedown can name it.

    Raises:
        OSError: a write failed.
    """
    folder.reports.mkdir(parents=True, exist_ok=True)
    with (folder.reports / BACKUPS).open("a", encoding="utf-8") as handle:
        handle.write(json.dumps({"at": iso(now), "folder": str(target.absolute())}) + "\n")


def backups(folder: ArchiveFolder) -> list[Path]:
    """Return the folders of all backups of this archive, the newest last."""
    try:
        text = (folder.reports / BACKUPS).read_text("utf-8")
    except OSError:
        return []
    found: dict[str, None] = {}
    for line in text.splitlines():
        try:
            place = json.loads(line)["folder"]
        except (ValueError, KeyError, TypeError):
            continue  # a line truncated by a full disk
        found.pop(str(place), None)
        found[str(place)] = None
    return [Path(place) for place in found]


def known_copies(
    folder: ArchiveFolder, urls: Collection[str], keys: Collection[str], article_ids: Collection[str]
) -> tuple[KnownCopy, ...]:
    """Return the exports, backups and shards that hold these addresses or articles."""
    words = [each.encode() for each in (*urls, *article_ids) if each]
    return (*_exports(folder, words), *_backups(folder, keys), *_shards(folder, keys))


def _exports(folder: ArchiveFolder, words: Collection[bytes]) -> Iterator[KnownCopy]:
    try:
        files = sorted(path for path in folder.exports.rglob("*") if path.is_file())
    except OSError:
        return
    for path in files:
        try:
            held = _holds(path, words)
        except (OSError, DamagedZip, ValueError) as e:
            yield KnownCopy(path=str(path), kind="export", told=f"can't be read: {e}")
            continue
        if held is None:
            yield KnownCopy(path=str(path), kind="export", told="a kind of file that can't be searched")
        elif held:
            yield KnownCopy(path=str(path), kind="export", told="holds it")


def _holds(path: Path, words: Collection[bytes]) -> bool | None:
    """Return whether a file contains one of the words; None if that is unknown."""
    from talkscraper.export import export_formats

    name = path.name.lower()
    exported = tuple(
        ending for each in export_formats().values() if each.is_text for ending in each.endings if ending[-3:] != ".gz"
    )
    if name.endswith((*exported, ".json", ".txt", ".cdxj", ".html", ".md")):
        with path.open("rb") as handle:
            return _found(iter(lambda: handle.read(_PIECE), b""), words)
    if name.endswith(".wacz"):
        with entries_of(path) as (archive, entries):
            listed = [each for each in entries if each.filename.endswith(".jsonl") or "/index.cdx" in each.filename]
            return any(_found(iter([_unpacked(archive, each)]), words) for each in listed)
    if name.endswith(".parquet"):
        return _in_parquet(path, words)
    return False if name.endswith((".sha256", "sha256sums")) else None


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    import gzip

    data = archive.read(entry)
    return gzip.decompress(data) if entry.filename.endswith(".gz") else data


def _in_parquet(path: Path, words: Collection[bytes]) -> bool | None:
    try:
        from pyarrow import parquet
    except ImportError:
        return None
    wanted = {word.decode() for word in words}
    file = parquet.ParquetFile(path)
    columns = [name for name in ("id", "url") if name in file.schema_arrow.names]
    for batch in file.iter_batches(columns=columns):
        if any(not wanted.isdisjoint(batch.column(name).to_pylist()) for name in columns):
            return True
    return False


def _found(pieces: Iterator[bytes], words: Collection[bytes]) -> bool:
    kept, longest = b"", max((len(word) for word in words), default=1)
    for piece in pieces:
        data = kept + piece
        if any(word in data for word in words):
            return True
        kept = data[-longest:]
    return False


def _backups(folder: ArchiveFolder, keys: Collection[str]) -> Iterator[KnownCopy]:
    for place in backups(folder):
        database = place / folder.database.name
        if not database.is_file():
            yield KnownCopy(path=str(place), kind="backup", told="isn't there now (another disk?), so it may hold it")
            continue
        try:
            held = _in_database(database, keys)
        except sqlite3.DatabaseError as e:
            yield KnownCopy(path=str(place), kind="backup", told=f"can't be read: {e}")
            continue
        if held:
            yield KnownCopy(path=str(place), kind="backup", told="holds it")


def _shards(folder: ArchiveFolder, keys: Collection[str]) -> Iterator[KnownCopy]:
    """Yield what workers of a crawl that was killed have captured: the next crawl merges it."""
    for database in sorted(folder.shards.glob(f"*/{folder.database.name}")):
        with suppress(sqlite3.DatabaseError):  # one that can't be read may hold it
            if not _in_database(database, keys):
                continue
        told = "the next crawl merges it: take the address down again after that"
        yield KnownCopy(path=str(database.parent), kind="shard", told=told)


def _in_database(database: Path, keys: Collection[str]) -> bool:
    connection: Any = sqlite3.connect(read_only_uri(database), uri=True)
    connection.text_factory = as_text
    try:
        return any(
            connection.execute("select 1 from captures where urlkey = ? limit 1", [key]).fetchone() for key in keys
        )
    finally:
        connection.close()
