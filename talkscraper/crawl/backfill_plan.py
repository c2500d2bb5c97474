"""Plan of a backfill: the doors that it would walk; needs neither lock nor network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talkscraper.crawl.backfill_options import BackfillOptions, source_of
from talkscraper.frontier import backfills
from talkscraper.monitor.backfill_progress import BackfillProgress, Door, doors, progress
from talkscraper.store.database import open_reader

if TYPE_CHECKING:
    from talkscraper.archive_folder import ArchiveFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPlan:
    """What ``backfill`` would walk now."""

    source_id: str
    since: str
    until: str | None
    begun: bool
    """Whether it goes on with a backfill of these bounds."""
    state: str
    """Of a backfill that was begun: ``open``, or ``done`` or ``failed`` if nothing is left; else ``open``."""
    left: int
    """Number of articles that were found and wait to be fetched."""
    doors: tuple[Door, ...]
    """Those that are left, in the order in which they are walked; their pages name more."""


def plan(folder: ArchiveFolder, options: BackfillOptions) -> BackfillPlan:
    """Return what a backfill with these options would walk.

    Raises:
        UsageError: the source isn't in sources.toml.
    """
    source = source_of(folder, options.source)
    current: BackfillProgress | None = None
    connection = open_reader(folder.database) if folder.database.is_file() else None
    try:
        bounds = options.since, options.until
        begun = connection is not None and not options.again and backfills.bounds_of(connection, source.id) == bounds
        if connection is not None and begun:
            found = doors(connection, source.id, state="open")
            (current,) = progress(connection, source.id)
        else:
            known = backfills.roots(connection, source)
            found = tuple(
                Door(kind=kind, url=url, state="open", why=None, pages=0, next_url=url, oldest=None)
                for kind, url in known
            )
    finally:
        if connection is not None:
            connection.close()
    return BackfillPlan(
        source_id=source.id,
        since=options.since.isoformat(),
        until=options.until.isoformat() if options.until else None,
        begun=begun,
        state=current.state if current else "open",
        left=current.left if current else 0,
        doors=found,
    )
