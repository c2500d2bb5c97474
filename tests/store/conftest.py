"""Empty archives of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.row_archives import RowArchive


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[], RowArchive]]:
    """Make empty archives; they are closed afterwards."""
    made: list[RowArchive] = []

    def one() -> RowArchive:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(RowArchive(folder / "talkscraper.db"))
        return made[-1]

    yield one
    for each in made:
        each.writer.close()


@pytest.fixture
def archive(make: Callable[[], RowArchive]) -> RowArchive:
    """One empty archive."""
    return make()
