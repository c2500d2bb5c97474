"""Shards that a run left behind which was killed: merged at the start of the next one, before it looks what is due."""

from __future__ import annotations

import logging
import shutil
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
    if not archive.shards.is_dir() and not writer.run(_any_leased):
        return
    # slow imports, for archives of clusters only
    from talkscraper.crawl.shards.merger import folders_of, merge_shard, remove_if_empty, shards_left
    from talkscraper.crawl.shards.takeover import end_of

    left = dict(writer.run(shards_left))
    names = {name: token for token, name in left.items()}
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
    remove_if_empty(archive.shards)


def lookup(everything: Sources) -> _Lookup:
    """Return a function from ids to sources, the inbox included."""
    return _Lookup(everything)


class _Lookup:
    def __init__(self, everything: Sources) -> None:
        self._sources: dict[str, Source] = {
            INBOX: inbox_source(everything.proxy), **everything.disabled, **everything.sources,
        }  # fmt: skip

    def __call__(self, source_id: str) -> Source | None:
        return self._sources.get(source_id)


def _leave(archive: ArchiveFolder, writer: ArchiveWriter, name: str) -> None:
    """Delete the folder of a shard that was merged before a crash; leave one that isn't this archive's."""
    if writer.run(lambda db: db.execute("select 1 from shards where name = ?", [name]).fetchone()) is not None:
        shutil.rmtree(archive.shards / name, ignore_errors=True)
    else:
        logger.warning("%s: the archive's database doesn't know of this shard: it isn't merged", archive.shards / name)


def _any_leased(db: Database) -> bool:
    return db.execute("select 1 from shards where state = 'leased' limit 1").fetchone() is not None


def _release(db: Database, token: int, now: datetime) -> None:
    db.execute("update shards set state = 'released', ended_at = ? where token = ?", [iso(now), token])
