"""Orders of shards: the lease of a group in the archive, and the folder in which its worker finds what to do."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.cluster import is_local
from talkscraper.crawl.shards.seed_rows import seed_database
from talkscraper.crawl.shards.signs import SOURCES, URLS, ShardOrder, renew, write_order
from talkscraper.errors import StorageError
from talkscraper.store.database import iso

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.crawl.by_hand import Owners
    from talkscraper.crawl.session import Session
    from talkscraper.sources.groups import SourceGroup


@dataclass(frozen=True, slots=True)
class SourcesFile:
    """The archive's sources.toml as it was when the run began."""

    text: bytes
    mode: int
    """Its permissions."""

    @classmethod
    def read(cls, path: Path) -> SourcesFile:
        """Read the file.

        Raises:
            StorageError: it can't be read.
        """
        try:
            with path.open("rb") as handle:
                return cls(handle.read(), os.fstat(handle.fileno()).st_mode & 0o777)
        except OSError as e:
            raise StorageError(f"can't read {path}: {e.strerror or e}") from e


def lease_group(db: Database, group: SourceGroup, *, run_id: int, now: datetime, expires: datetime) -> tuple[int, str]:
    """Lease a group of sources; return the fencing token, and the name of the shard, which no other one has."""
    sources, hosts = json.dumps(group.sources), json.dumps(group.hosts)
    cursor = db.execute(
        "insert into shards (run_id, name, sources, hosts, leased_at, expires_at, state)"
        " values (?, '', ?, ?, ?, ?, 'leased')",
        [run_id, sources, hosts, iso(now), iso(expires)],
    )
    token = int(cursor.lastrowid or 0)
    # a database that was restored from a copy gives a token again: the name tells the two apart
    digest = hashlib.sha256(f"{token} {run_id} {now.isoformat()} {sources}".encode()).hexdigest()
    name = f"{token:08d}-{digest[:16]}"
    db.execute("update shards set name = ? where token = ?", [name, token])
    return token, name


def renew_rows(db: Database, rows: Sequence[tuple[str | None, str, int]]) -> None:
    """Renew leases: owner, expiry and token of each."""
    db.conn.executemany("update shards set owner = ?, expires_at = ? where token = ? and state = 'leased'", rows)


def shares(left: int | None, groups: int) -> list[int | None]:
    """Return how many articles each of the groups may have of those that a run has left."""
    if left is None:
        return [None] * groups
    return [left // groups + (number < left % groups) for number in range(groups)]


def write_shard(
    session: Session,
    template: Path,
    folder: Path,
    group: SourceGroup,
    *,
    token: int,
    quota: int | None,
    leased: Sequence[tuple[str, int]],
    owners: Owners,
    sources: SourcesFile,
    now: datetime,
) -> None:
    """Write the folder of a shard: its database, its order, its lease. ``owners`` are of addresses given by hand.

    Raises:
        StorageError: the disk refuses.
    """
    options, shard = session.options, ArchiveFolder(folder)
    if folder.exists():  # of a database that was restored
        raise StorageError(f"{folder} is there already: move it away")
    try:
        shard.make()
        seed_database(session.folder, template, shard.database, sources=group.sources, run_id=session.run_id, now=now)
        write_whole(folder / SOURCES, [sources.text], mode=sources.mode)
        named = tuple(each for each in options.sources if each in group.sources)
        urls: list[str] = []
        if options.urls is not None:
            urls = [url for url in options.urls if owners.of(url)[0].id in group.sources]
            (folder / URLS).write_text("".join(f"{url}\n" for url in urls), "utf-8")
        order = ShardOrder(
            archive=str(session.folder.root.absolute()),
            token=token,
            only=group.sources,
            sources=named,
            has_urls=bool(urls),
            full=options.full,
            retry_failed=options.retry_failed,
            max_pages=None if quota is None else quota + sum(count for _, count in leased),
            leased=tuple(leased),
            # the processes of a cluster here have the machine's cores among them
            workers=1 if is_local(options.cluster or "") else options.workers,
            min_free=options.min_free,
            min_delay=options.min_delay,
            verbose=logging.getLogger().isEnabledFor(logging.DEBUG),
        )
        write_order(folder, order)
        renew(folder, 0)
    except OSError as e:
        shutil.rmtree(folder, ignore_errors=True)
        raise StorageError(f"can't write {folder}: {e.strerror or e}") from e
