"""Options of a backfill, and the source that it is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from talkscraper.sources.load import load
from talkscraper.sources.names import unknown_source

if TYPE_CHECKING:
    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.sources.model import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillOptions:
    """Options of a backfill."""

    source: str
    since: date
    until: date | None = None
    again: bool = False
    delay: float | None = None
    """Seconds between two requests to a host; None: twice those of the source. Never less than the source's."""
    max_pages: int | None = None
    max_bytes: int | None = None
    max_time: float | None = None
    min_free: int | None = None
    workers: int | None = None


def source_of(folder: ArchiveFolder, name: str) -> Source:
    """Return a source of the archive.

    Raises:
        UsageError: it isn't in sources.toml, or is disabled.
    """
    everything = load(folder.require().sources_toml)
    if name not in everything.sources:
        raise unknown_source([name], everything.sources, folder.sources_toml)
    return everything.sources[name]
