"""An archive with articles, and exports of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.export import Export
from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest
from tests.support.row_archives import START, RowArchive, archive, make

__all__ = ["archive", "make"]


@pytest.fixture
def export_of(archive: RowArchive, tmp_path: Path) -> Iterator[Callable[..., Export]]:
    """Makes exports of ``archive``; keyword arguments are those of ``Export``."""
    connections = []

    def made(text: str = "", **fields: object) -> Export:
        connections.append(open_reader(archive.path))
        values = {
            "connection": connections[-1],
            "folder": ArchiveFolder(tmp_path),
            "request": SearchRequest(text=text),
            "name": "out",
            "title": "Test",
            "made_at": START,
        }
        return Export(**{**values, **fields})

    yield made
    for each in connections:
        each.close()
