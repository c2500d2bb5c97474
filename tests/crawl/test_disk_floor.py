"""How much of the archive's disk stays free."""

import shutil
from types import SimpleNamespace

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.budget import MIN_FREE, disk_floor
from talkscraper.errors import StorageError

GIB = 1024**3


@pytest.mark.parametrize(
    ("total", "wanted", "floor"),
    [
        (500 * GIB, None, MIN_FREE),
        (300 * 1024**2, None, 15 * 1024**2),
        (300 * 1024**2, MIN_FREE, MIN_FREE),
        (500 * GIB, 0, 0),
    ],
    ids=["large disk", "small disk", "asked for on a small disk", "none asked for"],
)
def test_a_small_disk_can_be_used_too(tmp_path, monkeypatch, total, wanted, floor):
    """By default a twentieth of a small disk stays free, and half a gigabyte of a large one; what is asked for holds."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(total=total, used=0, free=total))
    assert disk_floor(ArchiveFolder(tmp_path), wanted) == floor


def test_a_disk_that_does_not_answer_is_named(tmp_path):
    """One line says which folder it was about."""
    with pytest.raises(StorageError, match="gone"):
        disk_floor(ArchiveFolder(tmp_path / "gone"), None)
