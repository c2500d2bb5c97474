"""Rewriting of a WARC without some records (``takedown``, ``prune``): all other bytes stay, the old digest is noted.

The new file is written to disk beside the old one before any row changes; which of the two is valid is decided by
the SHA-256 in ``warc_files``, and ``recovery`` completes what a power failure interrupted.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING

from talkscraper.atomic_file import sync_folder, write_whole
from talkscraper.capture.warc_file import index_path
from talkscraper.errors import ArchiveError, StorageError
from talkscraper.model import RecordType
from talkscraper.preserve.archive_files import REWRITE_SUFFIX, next_bytes, require_room
from talkscraper.store.database import iso
from talkscraper.urls.canonical import urlkey
from talkscraper.warc.headers import WarcHeaders, field_lines
from talkscraper.warc.members import opened
from talkscraper.warc.records import WARC_FIELDS, NewRecord, new_record_id
from talkscraper.warc.scan import Gap, Scan

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.archive_folder import ArchiveFolder


@dataclass(slots=True, kw_only=True)
class RewrittenWarc:
    """A rewritten file that is to replace another."""

    name: str
    path: Path
    """``*.rewrite``, beside the old one."""
    sha256: str
    sha256_before: str
    size: int
    records: int
    removed: tuple[str, ...]
    """Ids of the removed records; those without an id are counted only in ``records``."""
    moves: tuple[tuple[int, int, int], ...] = ()
    """The kept parts in order: old offset, length, new offset."""

    def moved(self, offset: int) -> int | None:
        """Return the new offset of what was at ``offset``; None if it was removed."""
        at = bisect_right(self.moves, offset, key=itemgetter(0)) - 1
        if at < 0:
            return None
        old, length, new = self.moves[at]
        return new + offset - old if offset < old + length else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwanted:
    """The records that are left out, with what describes them (requests, metadata)."""

    keys: Collection[str] = frozenset()
    """SURT keys of addresses, all of whose records are left out."""
    ids: Collection[str] = frozenset()
    """Ids of single records, with their angle brackets."""
    why: str = "takedown"
    """Why, for the note at the end of the file."""


def rewrite(
    path: Path, unwanted: Unwanted, now: datetime, *, recorded: str | None, closed_at: datetime | None
) -> RewrittenWarc | None:
    """Rewrite ``path`` without the unwanted records; return None if there are none.

    ``recorded`` and ``closed_at``: its SHA-256, and when it was finished, as far as known.

    Raises:
        ArchiveError: its SHA-256 isn't the ``recorded`` one; or several records share a gzip member, so that none
            can be left out alone.
        StorageError: the disk failed or is too full; nothing is left behind.
    """
    parts, removed, count, before = _parts(path, unwanted)
    if not removed and count == len(parts):
        return None
    require_room(path.parent, path.stat().st_size, f"rewriting {path}")
    target = path.with_name(path.name + REWRITE_SUFFIX)
    if recorded not in (None, before):
        raise ArchiveError(
            f"{path} isn't the file that was finished, and rewriting it would hide what is lost: put a copy of it"
            f" back, or take it as it is by 'talkscraper repair --accept {path.name}', and try again"
        )
    note = _note(unwanted.why, len(removed), before, now, closed_at)
    plain = not path.name.endswith(".gz")
    last = b"".join(note.chunks() if plain else note.member())
    moves, position = [], 0
    for part in parts:
        moves.append((part.offset, part.length, position))
        position += part.length
    try:
        with path.open("rb") as handle:
            sha256 = write_whole(target, _pieces(handle, parts, last))
    except OSError as e:
        raise StorageError(f"can't write {target}: {e.strerror or e}") from e
    return RewrittenWarc(
        name=path.name,
        path=target,
        sha256=sha256,
        sha256_before=before,
        size=position + len(last),
        records=sum(part.is_record for part in parts) + 1,
        removed=removed,
        moves=tuple(moves),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """Bytes that are kept."""

    offset: int
    length: int
    is_record: bool = True


def _parts(path: Path, unwanted: Unwanted) -> tuple[list[_Part], tuple[str, ...], int, str]:
    """Return the kept parts, the ids of removed records, the number of all parts, and the SHA-256 of the file."""
    kept: list[_Part] = []
    gone: dict[str, None] = {}
    anchors = set(unwanted.ids)
    """Ids of removed records; records that refer to them are removed too."""
    count = 0
    with opened(path) as handle:
        scan = Scan(handle, digests=False)
        for each in scan:
            count += 1
            if isinstance(each, Gap):
                if not _belongs(each.headers, unwanted.keys, anchors):
                    kept.append(_Part(each.offset, each.length, is_record=False))
                continue
            if not each.length:
                raise ArchiveError(
                    f"{path} has several records in one gzip member, so that none can be taken out: "
                    "rewrite it with one member per record (warcio recompress), import that, and try again"
                )
            if each.record_id in unwanted.ids or _belongs(each.headers, unwanted.keys, anchors):
                anchors.add(each.record_id)
                gone[each.record_id] = None
            else:
                kept.append(_Part(each.offset, each.length))
        sha256 = scan.sha256()
    return kept, tuple(each for each in gone if each), count, sha256


def _belongs(headers: WarcHeaders, keys: Collection[str], anchors: Collection[str]) -> bool:
    """Whether a record belongs to one of the addresses, or describes a record that does."""
    uri = (headers.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">").strip()
    if uri and urlkey(uri) in keys:
        return True
    kind = (headers.get("WARC-Type") or "").strip().lower()
    return kind in ("request", "metadata") and any(each in anchors for each in headers.get_all("WARC-Concurrent-To"))


def _pieces(handle: IO[bytes], parts: list[_Part], last: bytes) -> Iterator[bytes]:
    for part in parts:
        handle.seek(part.offset)
        yield from next_bytes(handle, part.length)
    yield last


def _note(why: str, removed: int, sha256_before: str, now: datetime, closed_at: datetime | None) -> NewRecord:
    """Return a record for the file's end that documents the rewriting without naming the address."""
    pairs = (
        (f"talkscraper-{why}", f"{removed} records were removed"),
        ("talkscraper-sha256-before", sha256_before),
        ("talkscraper-rewritten-at", iso(now)),
    )
    return NewRecord(
        record_type=RecordType.METADATA,
        record_id=new_record_id(),
        # a record that is younger than its file would count as undated
        date=now if closed_at is None else min(now, closed_at),
        content_type=WARC_FIELDS,
        block=field_lines(pairs),
    )


def holds_any(path: Path, keys: Collection[str]) -> bool:
    """Whether a file (a torn tail, say) has a record of one of the addresses, complete or not.

    Raises:
        StorageError: it can't be read.
    """
    with opened(path) as handle:
        return any(_belongs(each.headers, keys, ()) for each in Scan(handle, digests=False))


def move_rows(db: Database, each: RewrittenWarc) -> None:
    """Update rows to the positions in the new file, in order: a position is free before another row takes it."""
    rows = db.execute(
        "select id, warc_offset from captures where warc_file = ? order by warc_offset", [each.name]
    ).fetchall()
    moves = [(each.moved(offset), record_id) for record_id, offset in rows]
    db.conn.executemany(
        "update captures set warc_offset = ? where id = ?", [move for move in moves if move[0] is not None]
    )
    move_receipts(db, each.name, each.moved)
    _move_joined(db, each)
    db.execute(
        "update warc_files set sha256_before = coalesce(sha256_before, sha256), sha256 = ?, size = ?, records = ?,"
        " verified_at = null, verdict = null where name = ?",
        [each.sha256, each.size, each.records, each.name],
    )


def _move_joined(db: Database, each: RewrittenWarc) -> None:
    """Update where the files begin that were joined into it."""
    rows = db.execute("select name, joined_offset from joined_files where joined_into = ?", [each.name]).fetchall()
    for name, offset in rows:
        moved = each.moved(offset)
        if moved is not None:
            db.execute("update joined_files set joined_offset = ? where name = ?", [moved, name])


def forget_index(folder: ArchiveFolder, name: str) -> bool:
    """Remove the index of a file whose records move; ``recovery`` would write it again from the rows.

    Return whether there was one.
    """
    path = index_path(folder, name)
    if not path.exists():
        return False
    path.unlink(missing_ok=True)
    sync_folder(folder.index)
    return True


def put_in_place(folder: ArchiveFolder, each: RewrittenWarc) -> None:
    """Replace the old file, after the rows refer to the new one."""
    each.path.replace(folder.warc / each.name)
    sync_folder(folder.warc)


def move_receipts(db: Database, name: str, moved: Callable[[int], int | None], *, into: str | None = None) -> None:
    """Update the positions in receipts of earlier takedowns whose records are in a file.

    ``moved`` returns the new offset, None if the record was removed; ``into``: the file that has the records now.
    """
    rows = db.execute("select id, receipt from takedowns where depth = 'delete'").fetchall()
    for number, text in rows:
        receipt = json.loads(text)
        places = []
        for place in receipt.get("records", ()):
            if place["file"] == name:
                offset = moved(place["offset"])
                if offset is None:
                    continue
                place["file"], place["offset"] = into or name, offset
            places.append(place)
        if places != json.loads(text).get("records", []):
            receipt["records"] = places
            db.execute(
                "update takedowns set receipt = ? where id = ?", [json.dumps(receipt, ensure_ascii=False), number]
            )
