"""Merging of a shard into the archive: WARC files first, then rows, and each step again after a crash.

The changes of the shard's journal are made in the archive in their order, some at a time, and how far it is stands in
the same transaction. A change that was made on the shard by an article's absence is made anew here, with the articles.
"""

from __future__ import annotations

import logging
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.archive_folder import INDEX_SUFFIX, OPEN_SUFFIX, ArchiveFolder
from talkscraper.atomic_file import sync_folder, write_whole
from talkscraper.capture.warc_file import WARC_SUFFIX
from talkscraper.crawl.shards import journal
from talkscraper.crawl.shards.backfill_rows import insert_row, merge_backfills
from talkscraper.crawl.shards.json_values import decode
from talkscraper.crawl.shards.signs import RESULT
from talkscraper.errors import ArchiveError, StorageError
from talkscraper.frontier.model import Lease
from talkscraper.ingest.page import StoredPage
from talkscraper.preserve.archive_files import pieces_of
from talkscraper.preserve.recovery import recover
from talkscraper.store.database import BUSY_TIMEOUT_S, first, iso, select_raw
from talkscraper.store.text_values import as_text
from talkscraper.store.warc_manifest import write_manifest

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source
    from talkscraper.store.writer import ArchiveWriter

logger = logging.getLogger(__name__)

_NAME = re.compile(r"\d{8,}-[0-9a-f]{16}")
BATCH = 100
"""Number of changes made in one transaction."""
Sources = Callable[[str], "Source | None"]


@dataclass(slots=True)
class Merged:
    """What was merged of a shard."""

    entries: int = 0
    warc_files: list[str] = field(default_factory=list)
    corrections: dict[str, Counter[str]] = field(default_factory=dict)
    """By source, how often an outcome of storing a page is to be counted in addition, or (negative) isn't."""


def merge_shard(
    archive: ArchiveFolder,
    writer: ArchiveWriter,
    shard: Path,
    token: int,
    sources: Sources,
    *,
    now: datetime,
    copied: bool = False,
    between: Callable[[], None] = lambda: None,
) -> Merged:
    """Merge what is in the folder of a shard, and delete it. Hold the archive's lock.

    Args:
        archive: The archive.
        writer: Its writer.
        shard: The shard's folder.
        token: Its fencing token, by which the archive knows of it.
        sources: Returns a source of sources.toml by its id.
        now: The time of the merge.
        copied: Copy the WARC files: their writer may be alive, and mustn't change what is in the archive.
        between: Called between transactions.

    Raises:
        StorageError: the disk refuses; what is merged stays so, and the rest is merged next time.
    """
    merged = Merged()
    row = writer.run(first, "select state, entries from shards where token = ? and name = ?", [token, shard.name])
    if row is None or row["state"] != "leased":
        # merged before a crash, or not of this archive's database: its token is stale
        logger.warning("%s: its token %d is stale: it isn't merged", shard.name, token)
        if row is not None:
            shutil.rmtree(shard, ignore_errors=True)
        return merged
    try:
        unfinished = _bring_files(archive, shard, merged, copied=copied)
        database = shard / "talkscraper.db"
        if database.is_file():
            with closing(_opened(database)) as connection:
                try:
                    last = journal.length(connection)
                    _Replay(connection, token, sources, merged).run(writer, row["entries"], last, between)
                    writer.run(_finish, connection, token, last, now)
                except sqlite3.Error as e:
                    # no run must fail by it for ever: its files are there, and what isn't merged is still due
                    logger.warning("%s: its database is damaged (%s): its captures are kept, the rest is due", shard, e)
                    writer.run(_finish, None, token, row["entries"] + merged.entries, now)
                    unfinished = True
        else:
            writer.run(_finish, None, token, 0, now)
        if unfinished or not (shard / RESULT).is_file():
            writer.run(lambda db: recover(archive, db, now))
        elif merged.warc_files:
            writer.run(lambda db: write_manifest(archive, db))
        shutil.rmtree(shard, ignore_errors=True)
    except OSError as e:
        raise StorageError(f"can't merge {shard}: {e.strerror or e}; the next run goes on") from e
    return merged


# --- files -----------------------------------------------------------------------------------------------------------


def _bring_files(archive: ArchiveFolder, shard: Path, merged: Merged, *, copied: bool) -> bool:
    """Bring the WARC files and indexes of a shard into the archive; return whether one of them isn't finished."""
    own = ArchiveFolder(shard)
    unfinished = False
    for folder, target, ending in ((own.index, archive.index, INDEX_SUFFIX), (own.warc, archive.warc, "")):
        brought = False
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            if path.is_symlink() or not path.is_file() or not _is_ours(path.name, ending):
                continue
            unfinished |= path.name.endswith(OPEN_SUFFIX)
            place = target / path.name
            if not place.exists():
                _bring(path, place, copied=copied)
                brought = True
            if not ending:
                merged.warc_files.append(path.name.removesuffix(OPEN_SUFFIX))
        if brought:
            sync_folder(target)
    return unfinished


def _is_ours(name: str, ending: str) -> bool:
    return name.endswith(ending) if ending else name.removesuffix(OPEN_SUFFIX).endswith(WARC_SUFFIX)


def _bring(path: Path, place: Path, *, copied: bool) -> None:
    if not copied:
        try:
            path.rename(place)
        except OSError:  # another file system
            copied = True
    if copied:
        write_whole(place, pieces_of(path, 0))


# --- rows ------------------------------------------------------------------------------------------------------------


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    connection.text_factory = as_text
    return connection


class _Replay:
    """The journal of a shard, replayed in the archive."""

    def __init__(self, shard: sqlite3.Connection, token: int, sources: Sources, merged: Merged) -> None:
        self._shard = shard
        self._token = token
        self._sources = sources
        self._merged = merged

    def run(self, writer: ArchiveWriter, after: int, last: int, between: Callable[[], None]) -> None:
        """Replay the entries after one of them, ``BATCH`` in each transaction."""
        left = journal.entries(self._shard, after=after, last=last)
        while batch := tuple(islice(left, BATCH)):
            corrections = writer.run(self._apply, batch)
            self._merged.entries += len(batch)
            for source_id, there, here in corrections:
                counts = self._merged.corrections.setdefault(source_id, Counter())
                counts[there] -= 1
                counts[here] += 1
            between()

    def _apply(self, db: Database, batch: tuple[journal.JournalEntry, ...]) -> list[tuple[str, str, str]]:
        """Return the source of each page whose outcome is another one here, with its outcomes there and here."""
        corrections = []
        for entry in batch:
            db.conn.execute("savepoint one_change")
            try:
                correction = self._apply_one(db, entry)
                if correction is not None:
                    corrections.append(correction)
            except (ArchiveError, ValueError, TypeError, KeyError, sqlite3.IntegrityError) as e:
                # as in a local run, a change that fails doesn't undo others, and its address stays due
                db.conn.execute("rollback to one_change")
                logger.warning("shard %d: change %d (%s) isn't merged: %s", self._token, entry.number, entry.change, e)
            db.conn.execute("release one_change")
        db.execute("update shards set entries = ? where token = ?", [batch[-1].number, self._token])
        return corrections

    def _apply_one(self, db: Database, entry: journal.JournalEntry) -> tuple[str, str, str] | None:
        given, named = decode(entry.given, self._sources)
        change = journal.CHANGES[entry.change]
        lease = given[0] if given and isinstance(given[0], Lease) else None
        if lease is not None:
            given[0] = replace(lease, id=_id_of(db, self._shard, lease.url))
        result = change(db, *given, **named)
        if not isinstance(result, StoredPage) or lease is None:
            return None
        page = given[1]
        counted = page.extraction is not None and not page.unchanged and not page.reserved
        if counted and entry.result is not None and entry.result != result.outcome:
            return lease.source_id, entry.result, result.outcome
        return None


def _id_of(db: Database, shard: sqlite3.Connection, url: str) -> int:
    """Return the number of an address in the archive; one that only the shard has is added as it is there."""
    row = db.execute("select id from urls where url = ?", [url]).fetchone()
    if row is not None:
        return int(row[0])
    values = next(select_raw(shard, "select * from urls where url = ?", [url]), None)
    if values is None:
        raise ArchiveError(f"{url[:200]} isn't an address of the shard")
    return insert_row(db, "urls", values | {"id": None, "lease_run": None, "lease_until": None})


def _finish(db: Database, shard: sqlite3.Connection | None, token: int, last: int, now: datetime) -> None:
    if shard is not None:
        merge_backfills(db, shard)
    db.execute(
        "update shards set state = ?, entries = ?, ended_at = ? where token = ?",
        ["merged" if last else "released", last, iso(now), token],
    )


def folders_of(archive: ArchiveFolder) -> list[Path]:
    """Return the folders of shards of crawls; other commands leave files beside them."""
    return sorted(
        each
        for each in archive.shards.glob("*")
        if _NAME.fullmatch(each.name) and each.is_dir() and not each.is_symlink()
    )
