"""Import, extract and verify by way of Dask leave what this machine alone does: every row of every table."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cluster import Executor
from talkscraper.ingest.sharded_pages import ShardedPages
from talkscraper.preserve import file_checks, ranged_scan
from talkscraper.preserve.extract import extract_again
from talkscraper.preserve.verify import verify
from talkscraper.preserve.warc_import import import_files
from tests.cluster.conftest import NOW, clock, damage, with_selectors
from tests.support import warcs
from tests.support.every_row import every_row

# on a busy machine Dask warns of its own slowness
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def awkward(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files of all kinds, one of them without any record and one that is there twice."""
    folder = tmp_path_factory.mktemp("awkward")
    first = files[0].read_bytes()
    sample = [warcs.response(f"https://lock.example/{n}", b"<p>The lock.</p>") for n in range(3)]
    contents = {
        "again.warc.gz": first,
        "damaged.warc.gz": first[: len(first) // 2] + b"\x55" * 30 + first[len(first) // 2 + 30 :],
        "empty.warc.gz": b"",
        "one-member.warc.gz": warcs.one_member(*sample),
        "plain.warc": warcs.plain(*(warcs.response(f"https://pier.example/{n}", b"<p>Pier</p>") for n in range(3))),
        "torn.warc.gz": files[1].read_bytes()[:-20],
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return [files[0], *(folder / name for name in contents)]


@pytest.mark.parametrize(
    "copy", [pytest.param(False, id="in place"), pytest.param(True, id="copied", marks=pytest.mark.slow)]
)
def test_import_by_way_of_dask(
    awkward: list[Path], tmp_path: Path, dask: Executor, monkeypatch: pytest.MonkeyPatch, *, copy: bool
) -> None:
    """Files are scanned in ranges smaller than they are; damage is told as it is here."""
    monkeypatch.setattr(ranged_scan, "RANGE_BYTES", 3000)
    alone, together = ArchiveFolder(tmp_path / "alone"), ArchiveFolder(tmp_path / "together")
    expected = import_files(alone, awkward, clock=clock, copy=copy, workers=1)
    assert {file.state for file in expected.files} >= {"imported", "known"}
    reading = ShardedPages(dask, together.shards)
    report = import_files(together, awkward, clock=clock, copy=copy, cluster=reading)
    assert (report.files, report.pages) == (expected.files, expected.pages)
    assert every_row(together.root) == every_row(alone.root)
    assert not together.shards.exists()


def test_verify_by_way_of_dask_and_of_ranges(archive: Path, dask: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdicts on small files, by one worker each, and on large ones, of a damaged archive."""
    folder = ArchiveFolder(archive)
    damage(archive)
    alone = verify(folder, now=NOW, workers=1, articles=0)
    assert not alone.ok
    assert verify(folder, now=NOW, executor=dask, articles=0) == alone
    monkeypatch.setattr(ranged_scan, "RANGE_BYTES", 3000)
    monkeypatch.setattr(file_checks, "LARGE_BYTES", 1)
    assert verify(folder, now=NOW, executor=dask, articles=0) == alone


@pytest.mark.slow
def test_extract_by_way_of_dask(archive: Path, tmp_path: Path, dask: Executor) -> None:
    """With selectors that change every text, and a file that is gone."""
    with_selectors(archive)
    min((archive / "warc").glob("*.warc.gz")).unlink()
    local = Path(shutil.copytree(archive, tmp_path / "local"))
    later = NOW + timedelta(days=1)
    alone = extract_again(ArchiveFolder(local), clock=lambda: later, workers=1)
    reading = ShardedPages(dask, archive / "shards")
    together = extract_again(ArchiveFolder(archive), clock=lambda: later, cluster=reading)
    assert alone.pages.unread
    # reasons name the missing file by its path
    assert str(together.pages).replace(str(archive), "") == str(alone.pages).replace(str(local), "")
    assert every_row(archive) == every_row(local)
