"""An archive made by workers is the one that this machine makes alone: every row of every table."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cluster import Executor
from talkscraper.cluster.local import LocalExecutor
from talkscraper.ingest import page_units, sharded_pages
from talkscraper.ingest.sharded_pages import ShardedPages
from talkscraper.preserve.extract import extract_again
from talkscraper.preserve.verify import verify
from talkscraper.preserve.warc_import import import_files
from tests.cluster.conftest import FILES, NOW, PAGES, clock, damage, with_selectors
from tests.support.every_row import every_row


class RemoteProcesses(LocalExecutor):
    """Processes of this machine that are treated as those of others: they get shards and slices."""

    is_remote = True  # type: ignore[assignment]


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with RemoteProcesses(2) as opened:
        yield opened


@pytest.fixture(autouse=True)
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many units, in several windows, with few shards open."""
    monkeypatch.setattr(sharded_pages, "UNIT_PAGES", 5)
    monkeypatch.setattr(sharded_pages, "MIN_UNIT_PAGES", 2)
    monkeypatch.setattr(sharded_pages, "WINDOW", 40)
    monkeypatch.setattr(sharded_pages, "KEPT_PAGES", 10)
    monkeypatch.setattr(sharded_pages, "MAX_OPEN", 2)


@pytest.mark.slow
def test_import_by_workers_gives_the_same_rows(
    imported: Path, files: list[Path], tmp_path: Path, executor: Executor
) -> None:
    root = tmp_path / "archive"
    reading = ShardedPages(executor, root / "shards")
    report = import_files(ArchiveFolder(root), files, clock=clock, copy=True, cluster=reading)
    assert every_row(root) == every_row(imported)
    work = report.cluster
    assert work is not None
    assert work.units >= FILES * PAGES / 8
    assert work.pages >= FILES * PAGES / 2
    assert (work.read_here, work.reused) == (0, 0)
    assert not (root / "shards").exists(), "shards are removed when all is stored"


def test_extract_by_workers_gives_the_same_rows_and_report(archive: Path, tmp_path: Path, executor: Executor) -> None:
    """With selectors that change every text, and a record that nobody can read any more."""
    with_selectors(archive)
    damage(archive)
    local = Path(shutil.copytree(archive, tmp_path / "local"))
    later = NOW + timedelta(days=1)
    alone = extract_again(ArchiveFolder(local), clock=lambda: later, workers=1)
    assert alone.pages.changed + alone.pages.revised
    assert alone.pages.unread
    reading = ShardedPages(executor, archive / "shards")
    together = extract_again(ArchiveFolder(archive), clock=lambda: later, cluster=reading)
    assert together.pages == alone.pages
    assert every_row(archive) == every_row(local)
    assert together.cluster is not None
    assert together.cluster.read_here == len(alone.pages.unread)


class Crash(Exception):
    """The command is killed."""


@pytest.fixture(scope="module")
def alone(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """The rows after a pass with selectors, by this machine alone."""
    root = Path(shutil.copytree(imported, tmp_path_factory.mktemp("alone") / "archive"))
    with_selectors(root)
    extract_again(ArchiveFolder(root), clock=clock, workers=1)
    return every_row(root)


@pytest.mark.slow
def test_shards_of_a_crashed_pass_are_used_again(
    archive: Path, alone: dict[str, Any], executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the rest is extracted, and the rows are those of a pass that wasn't interrupted."""
    with_selectors(archive)
    folder, told = ArchiveFolder(archive), []

    def crash(_what: str, done: int, _total: int) -> None:
        told.append(done)
        raise Crash

    monkeypatch.setattr(sharded_pages, "KEPT_PAGES", 10_000)
    with pytest.raises(Crash):
        extract_again(folder, clock=clock, cluster=ShardedPages(executor, folder.shards), progress=crash)
    assert told
    damaged = min(folder.shards.glob("*.shard"))
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    again = extract_again(folder, clock=clock, cluster=ShardedPages(executor, folder.shards))
    assert again.resumed_after == told[-1]
    assert again.cluster is not None
    assert again.cluster.reused
    assert every_row(archive) == alone
    assert not folder.shards.exists()


@pytest.mark.slow
def test_pages_whose_workers_die_are_read_here(
    archive: Path, alone: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit that is given up costs time, and no page."""
    with_selectors(archive)
    monkeypatch.setattr(sharded_pages, "extract_pages", _die)
    monkeypatch.setattr(sharded_pages, "UNIT_PAGES", 40)
    with RemoteProcesses(2) as mortal:
        report = extract_again(ArchiveFolder(archive), clock=clock, cluster=ShardedPages(mortal, archive / "shards"))
    assert report.cluster is not None
    assert report.cluster.pages == 0
    assert report.cluster.read_here
    assert every_row(archive) == alone


def _die(_unit: page_units.PageUnit) -> None:
    import os

    os._exit(9)


@pytest.mark.slow
def test_verify_by_workers_finds_the_same(archive: Path, executor: Executor) -> None:
    """Verdicts, findings and articles extracted again, of a sound archive and of a damaged one."""
    folder = ArchiveFolder(archive)
    for change in (lambda _root: None, damage):
        change(archive)
        alone = verify(folder, now=NOW, workers=1, articles=-1)
        assert verify(folder, now=NOW, executor=executor, articles=-1) == alone
        assert [path for path in folder.shards.rglob("*") if path.is_file()] == []
    _as_if_elsewhere(folder)
    assert verify(folder, now=NOW, executor=executor, articles=0).files == verify(folder, now=NOW, articles=0).files


def _as_if_elsewhere(folder: ArchiveFolder) -> None:
    """A record's row is another file's, as of a copied WARC: only the whole database knows."""
    with sqlite3.connect(folder.database) as connection:
        first, second = (row[0] for row in connection.execute("select name from warc_files order by name limit 2"))
        changed = connection.execute(
            "update captures set warc_file = ?, warc_offset = 999999999"
            " where id in (select id from captures where warc_file = ? limit 1)",
            [second, first],
        )
        assert changed.rowcount == 1
    connection.close()
