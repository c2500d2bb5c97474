"""WARCs that were joined into another, byte for byte: where they lie in it, and the end of a joining.

A marker beside the new file says that a joining is under way. Its rows decide: if the database has the new file, the
old ones are removed; else the new one is. So it may be interrupted anywhere, and the next run does the rest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import sync_folder, write_whole
from talkscraper.capture.warc_file import index_path
from talkscraper.errors import StorageError
from talkscraper.preserve.archive_files import JOINING_SUFFIX, finished_names, joining_names, sha256_of
from talkscraper.preserve.reconciliation import captures_of, write_index
from talkscraper.store.database import select
from talkscraper.store.warc_manifest import write_manifest

if TYPE_CHECKING:
    from sqlite_utils import Database


def finish_joinings(folder: ArchiveFolder, db: Database) -> None:
    """Finish joinings that were interrupted, or undo them; remove files that are known to lie in another.

    Raises:
        StorageError: a write failed.
    """
    for name in joining_names(folder):
        if db.execute("select 1 from warc_files where name = ? and closed_at is not null", [name]).fetchone():
            finish_joining(folder, db, name)
            continue
        # no row refers to it
        for path in (folder.warc / name, index_path(folder, name)):
            path.unlink(missing_ok=True)
        sync_folder(folder.warc)
        _remove_marker(folder, name)
    _remove_joined(folder, db, _there(folder, db))


def finish_joining(folder: ArchiveFolder, db: Database, name: str) -> tuple[str, ...]:
    """Write the index and the receipt of a joined file, and remove the old ones; return what had to stay, and why.

    Raises:
        StorageError: a write failed.
    """
    write_index(folder, db, name, captures_of(db, name))
    rows = list(select(db, "select * from joined_files where joined_into = ? order by joined_offset", [name]))
    _write_receipt(folder, db, name, rows)
    kept = _remove_joined(folder, db, rows)
    write_manifest(folder, db)
    _remove_marker(folder, name)
    return kept


def _there(folder: ArchiveFolder, db: Database) -> list[dict[str, Any]]:
    """Return the rows of joined files that are in warc/ again: copied back, or in a backup's folder."""
    rows = {row["name"]: row for row in select(db, "select * from joined_files")}
    return [rows[name] for name in finished_names(folder) if name in rows] if rows else []


def _remove_joined(folder: ArchiveFolder, db: Database, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Remove files whose bytes are, every one, in the file that they were joined into."""
    kept, removed = [], False
    for row in rows:
        old, new = folder.warc / row["name"], folder.warc / row["joined_into"]
        if not old.exists() or db.execute("select 1 from warc_files where name = ?", [row["name"]]).fetchone():
            continue
        start, end = row["joined_offset"], row["joined_offset"] + row["size"]
        with suppress(StorageError):
            if sha256_of(old) == row["sha256"] == sha256_of(new, start, end):
                old.unlink()
                index_path(folder, row["name"]).unlink(missing_ok=True)
                removed = True
                continue
        kept.append(f"{old} stays: it isn't the file that was joined into {row['joined_into']}")
    if removed:
        sync_folder(folder.warc)
        sync_folder(folder.index)
    return tuple(kept)


def _write_receipt(folder: ArchiveFolder, db: Database, name: str, rows: Sequence[dict[str, Any]]) -> None:
    file = next(select(db, "select * from warc_files where name = ?", [name]))
    receipt = {
        "joined_into": name,
        "size": file["size"],
        "sha256": file["sha256"],
        "joined_at": rows[-1]["joined_at"] if rows else None,
        "files": [
            {"name": row["name"], "size": row["size"], "sha256": row["sha256"], "offset": row["joined_offset"]}
            for row in rows
        ],
    }
    folder.reports.mkdir(parents=True, exist_ok=True)
    place = folder.reports / f"joined-{name.partition('.warc')[0]}.json"
    try:
        write_whole(place, [json.dumps(receipt, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"])
    except OSError as e:
        raise StorageError(f"can't write {place}: {e.strerror or e}") from e


def _remove_marker(folder: ArchiveFolder, name: str) -> None:
    (folder.warc / (name + JOINING_SUFFIX)).unlink(missing_ok=True)
    sync_folder(folder.warc)
