"""``extract``: the articles derived again from the captures, in the order of their capture, without the network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from talkscraper.folder import ArchiveFolder
from talkscraper.preserve.deriving import Derivation, Derived, Progress
from talkscraper.preserve.sourcing import Newsrooms
from talkscraper.store.database import open_reader
from talkscraper.store.writer import ArchiveWriter


def extract_again(
    folder: ArchiveFolder,
    *,
    clock: Callable[[], datetime],
    source: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Derived:
    """Read all pages of the archive again, or those of one source.

    Raises:
        ArchiveLocked: a run is going on.
        NotAnArchive: there is no database.
        StorageError: the disk refuses.
    """
    folder.require()
    newsrooms = Newsrooms.of(folder)
    connection = open_reader(folder.database)
    try:
        with folder.lock(what="extract"), ArchiveWriter(folder.database) as writer:
            derivation = Derivation(folder, writer, connection, newsrooms, clock=clock, workers=workers)
            return derivation.run(source=source, progress=progress)
    finally:
        connection.close()
