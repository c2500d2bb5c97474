"""Shards that a run left behind which was killed: merged at the start of the next one, before it looks what is due."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.sources.inbox import inbox_source
from talkscraper.sources.model import INBOX
from talkscraper.store.database import iso

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source, Sources
    from talkscraper.store.writer import ArchiveWriter

logger = logging.getLogger(__name__)


def merge_leftover(archive: ArchiveFolder, writer: ArchiveWriter, everything: Sources, *, now: datetime) -> None:
    """Merge what workers of an earlier run have crawled, also if that run or they were killed. Hold the archive's lock.

    Raises:
        StorageError: the disk refuses.
    """
    names = {name: token for token, name in writer.run(shards_left)}
    if not names and not archive.shards.is_dir():
        return
    # slow imports, for archives of clusters only
    from talkscraper.crawl.shards.merger import folders_of, merge_shard
    from talkscraper.crawl.shards.takeover import end_of
    from talkscraper.ingest.shards import without_empty

    sources = lookup(everything)
    for folder in folders_of(archive):
        token = names.pop(folder.name, None)
        if token is None:
            _leave(archive, writer, folder.name)
            continue
        ended = end_of(folder)
        merged = merge_shard(archive, writer, folder, token, sources, now=now, copied=not ended)
        logger.info("%s: merged %d changes that an earlier run had left", folder.name, merged.entries)
    for token in names.values():
        writer.run(_release, token, now)
    for path in archive.shards.glob(".template-*"):
        path.unlink(missing_ok=True)
    without_empty(archive.shards)


def lookup(everything: Sources) -> Callable[[str], Source | None]:
    """Return a function from ids to sources, the inbox included."""
    return {INBOX: inbox_source(everything.proxy), **everything.disabled, **everything.sources}.get


def _leave(archive: ArchiveFolder, writer: ArchiveWriter, name: str) -> None:
    """Delete the folder of a shard that was merged before a crash; leave one that isn't this archive's."""
    if writer.run(lambda db: db.execute("select 1 from shards where name = ?", [name]).fetchone()) is not None:
        shutil.rmtree(archive.shards / name, ignore_errors=True)
    else:
        logger.warning("%s: the archive's database doesn't know of this shard: it isn't merged", archive.shards / name)


def shards_left(db: Database) -> list[tuple[int, str]]:
    """Return token and name of the shards that aren't merged."""
    return list(db.execute("select token, name from shards where state = 'leased' order by token").fetchall())


def _release(db: Database, token: int, now: datetime) -> None:
    db.execute("update shards set state = 'released', ended_at = ? where token = ?", [iso(now), token])
