"""Good copies in backups of WARCs that are missing or changed in their object store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.errors import StorageError
from talkscraper.object_store.remote_warc import RemoteWarc
from talkscraper.preserve.archive_files import locate, pieces_of, require_room, sha256_of
from talkscraper.preserve.file_verdicts import FileVerdict, WarcState
from talkscraper.preserve.known_copies import backups

_WRONG = (WarcState.DAMAGED, WarcState.MISSING)


def take_from_backups(
    folder: ArchiveFolder, connection: sqlite3.Connection, verdicts: Iterable[FileVerdict]
) -> Iterator[tuple[str, str]]:
    """Copy what is damaged in its store into ``warc/``, from a backup that has it; yield names, and what was done.

    Raises:
        StorageError: the disk has no room, or failed.
    """
    for verdict in verdicts:
        if verdict.verdict not in _WRONG:
            continue
        row = connection.execute("select * from warc_files where name = ?", [verdict.name]).fetchone()
        there = locate(folder, verdict.name, row)
        if not isinstance(there, RemoteWarc):
            continue
        for backup in backups(folder):
            copy = ArchiveFolder(backup).warc / verdict.name
            with suppress(OSError, StorageError):
                if copy.stat().st_size != there.size or sha256_of(copy) != there.sha256:
                    continue
                require_room(folder.warc, there.size, f"copying {copy}")
                if write_whole(folder.warc / verdict.name, pieces_of(copy)) == there.sha256:
                    yield verdict.name, f"a good copy was taken from {copy}: {there} is damaged or missing"
                    break
