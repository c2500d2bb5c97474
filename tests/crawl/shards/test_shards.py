"""Shards without a cluster: crawled by the worker's own process, broken off at any moment, and merged.

The worker is a process as on a cluster; only who asks for it is the test.
"""

import contextlib
import itertools
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.shards import leftover, merger
from talkscraper.crawl.shards.leftover import lookup
from talkscraper.crawl.shards.signs import BEAT_S, read_order, renew
from talkscraper.crawl.shards.worker import ShardUnit, crawl_shard
from talkscraper.errors import StorageError
from talkscraper.ingest.shards import without_empty
from talkscraper.sources.load import load
from talkscraper.store.writer import ArchiveWriter
from tests.support import clustered
from tests.support.crawls import CrawlArchive
from tests.support.ordered_shards import ordered

ARTICLES = 8


class Halt(Exception):
    """The end of a merger that is killed."""


@pytest.fixture(scope="module")
def papers():
    """Two newspapers, which no test changes."""
    with clustered.newspapers(2, ARTICLES) as sites:
        yield sites


@pytest.fixture(scope="module")
def local(papers, tmp_path_factory):
    """What a local crawl of the newspapers leaves."""
    archive = CrawlArchive(tmp_path_factory.mktemp("local") / "archive")
    clustered.write_sources(archive, papers)
    assert archive.crawl().code == 0
    return clustered.compared(archive.root, "captures", "runs", "run_sources")


@pytest.fixture(scope="module")
def crawled(papers, tmp_path_factory):
    """An archive with two shards that are crawled and not merged; each test gets a copy."""
    archive = CrawlArchive(tmp_path_factory.mktemp("crawled") / "archive")
    clustered.write_sources(archive, papers)
    with ordered(archive) as shards:
        assert [crawl_to_the_end(shard) for shard in shards] == ["done", "done"]
    return archive


def crawl_to_the_end(shard: Path) -> str:
    """Crawl a shard, whose lease is renewed meanwhile, as by the coordinator of a run."""
    done = threading.Event()

    def renew_it() -> None:
        for beat in itertools.count(1):
            renew(shard, beat)
            if done.wait(BEAT_S):
                return

    renewing = threading.Thread(target=renew_it)
    renewing.start()
    try:
        return crawl_shard(ShardUnit(key=shard.name, weight=1, folder=str(shard)))
    finally:
        done.set()
        renewing.join()


@pytest.fixture
def left(crawled, tmp_path):
    """The archive of a run that was killed when its workers were done."""
    shutil.copytree(crawled.root, tmp_path / "archive")
    return CrawlArchive(tmp_path / "archive")


def merge_all(archive: CrawlArchive, *, between=lambda: None) -> None:
    """Merge what is left, as the next run does at its start."""
    folder = ArchiveFolder(archive.root)
    with folder.lock(what="crawl"), contextlib.closing(ArchiveWriter(folder.database)) as writer:
        everything = load(folder.sources_toml)
        for token, name in writer.run(leftover.shards_left):
            merger.merge_shard(
                folder, writer, folder.shards / name, token, lookup(everything), now=datetime.now(UTC), between=between
            )
    without_empty(folder.shards)


def state(archive: CrawlArchive):
    return clustered.compared(archive.root, "captures", "runs", "run_sources")


def requested(papers) -> list[str]:
    return [path for site in papers for path in site.paths()]


def test_the_merged_archive_is_what_a_local_crawl_leaves(left, local):
    merge_all(left)
    assert state(left) == local
    assert not (left.root / "shards").exists()
    assert "all is well" in left.run("verify", "--articles", "all").stdout


@pytest.mark.parametrize(
    "transactions", [pytest.param(0, marks=pytest.mark.slow), 1, pytest.param(4, marks=pytest.mark.slow)]
)
def test_a_merger_that_is_killed_between_transactions_goes_on_and_does_nothing_twice(
    left, local, transactions, monkeypatch
):
    monkeypatch.setattr(merger, "BATCH", 7)
    done = iter(range(transactions))

    def killed():
        if next(done, None) is None:
            raise Halt

    with pytest.raises(Halt):
        merge_all(left, between=killed)
    merge_all(left)
    assert state(left) == local


@pytest.mark.slow
def test_a_merger_that_is_killed_before_the_first_row_finds_the_files_it_brought(left, local, monkeypatch):
    monkeypatch.setattr(merger._Replay, "run", lambda *_: (_ for _ in ()).throw(Halt()))
    with pytest.raises(Halt):
        merge_all(left)
    monkeypatch.undo()
    # a repair in between takes the files for those of a killed run
    assert left.run("repair").returncode == 0
    merge_all(left)
    assert state(left) == local
    assert "all is well" in left.run("verify", "--articles", "all").stdout


@pytest.mark.slow
def test_a_merger_that_is_killed_before_it_deletes_the_shard_merges_nothing_again(left, local, monkeypatch):
    monkeypatch.setattr(merger.shutil, "rmtree", lambda *_args, **_named: None)
    merge_all(left)
    monkeypatch.undo()
    assert len(list((left.root / "shards").iterdir())) == 2
    assert left.crawl().code == 0
    assert not (left.root / "shards").exists()
    assert state(left) == local


def test_a_stale_token_is_refused(left, local, tmp_path):
    late = tmp_path / "late"
    shutil.copytree(left.root / "shards", late)
    merge_all(left)
    # the shard comes back: its worker had only looked dead
    for folder in late.iterdir():
        shutil.copytree(folder, left.root / "shards" / folder.name, dirs_exist_ok=True)
    assert left.crawl().code == 0
    assert state(left) == local
    assert not (left.root / "shards").exists()


@pytest.mark.slow
def test_a_shard_that_this_database_has_not_ordered_is_left_alone(left, local):
    merge_all(left)
    strange = left.root / "shards" / "00000001-0123456789abcdef"
    (strange / "warc").mkdir(parents=True)
    (strange / "warc" / "strange.warc.gz").write_bytes(b"strange")
    done = left.crawl()
    assert strange.exists() and not (left.root / "warc" / "strange.warc.gz").exists()
    assert "doesn't know of this shard" in done.stderr
    assert state(left) == local


@pytest.mark.slow
def test_a_shard_whose_worker_has_not_begun_is_released_and_crawled_by_the_next_run(papers, tmp_path, local):
    archive = CrawlArchive(tmp_path / "archive")
    clustered.write_sources(archive, papers)
    with ordered(archive):
        pass
    assert archive.crawl().code == 0
    assert {row[0] for row in archive.rows("select state from shards")} == {"released"}
    assert not (archive.root / "shards").exists()
    assert state(archive) == local


@pytest.mark.slow
def test_a_shard_whose_database_is_damaged_keeps_its_captures_and_no_run_fails_by_it(left, local):
    for folder in (left.root / "shards").iterdir():
        (folder / "talkscraper.db").write_bytes(b"not a database at all" * 1000)
    done = left.crawl()
    assert done.code == 0
    assert done.stderr.count("its database is damaged") == 2
    assert state(left)["articles"] == local["articles"]
    assert "all is well" in left.run("verify", "--articles", "all").stdout


@pytest.mark.slow
@pytest.mark.parametrize("finished", [True, False])
def test_a_shard_whose_warc_is_torn_is_merged_and_its_damage_is_told(left, papers, finished):
    """A disk that has lost the end of a file: of one that was finished, or of one that was still written."""
    for folder in (left.root / "shards").iterdir():
        (path,) = (folder / "warc").glob("*.warc.gz")
        path.write_bytes(path.read_bytes()[:-100])
        if not finished:
            path.rename(path.with_name(f"{path.name}.open"))
            (folder / "result.json").unlink()
            for index in (folder / "index").iterdir():
                index.unlink()
    done = left.crawl()
    assert done.code == 0, done.stderr
    assert left.rows("select count(*) from articles") == [(2 * ARTICLES,)]
    assert left.rows("select count(*) from shards where state = 'leased'") == [(0,)]
    assert not (left.root / "shards").exists()
    checked = left.run("verify")
    assert checked.stderr == ""
    # the torn end of a file that was written is set aside, as after any kill; what was finished is damaged
    assert checked.returncode == 1 if finished else "a torn tail of" in checked.stdout
    assert left.run("repair").returncode in (0, 1)
    assert left.crawl().code == 0


@pytest.mark.slow
def test_the_next_local_run_merges_what_was_left_and_fetches_nothing_again(left, local, papers):
    before = len(requested(papers))
    assert left.crawl().code == 0
    assert state(left) == local
    assert len(requested(papers)) == before


@pytest.mark.slow
def test_a_task_that_is_begun_again_does_not_touch_the_shard(left):
    shard = next((left.root / "shards").iterdir())
    before = {path: path.stat().st_mtime_ns for path in shard.rglob("*") if path.suffix in (".db", ".gz")}
    assert crawl_shard(ShardUnit(key="k", weight=1, folder=str(shard))) == "taken"
    assert before == {path: path.stat().st_mtime_ns for path in shard.rglob("*") if path.suffix in (".db", ".gz")}


def test_a_worker_that_does_not_see_the_folder_says_so_in_one_line(tmp_path):
    with pytest.raises(StorageError, match=r"doesn't see .*nowhere: every worker must have it at this path"):
        crawl_shard(ShardUnit(key="k", weight=1, folder=str(tmp_path / "nowhere")))


@pytest.mark.slow
def test_secrets_are_read_where_sources_toml_says_and_stand_in_no_shard(papers, tmp_path, monkeypatch):
    monkeypatch.setenv("QUAY_TOKEN", "token-of-the-quay")
    archive = CrawlArchive(tmp_path / "archive")
    clustered.write_sources(archive, papers, extra='headers = { X-Reader = { env = "QUAY_TOKEN" } }')
    papers[0].log.clear()
    with ordered(archive) as (shard, _):
        assert crawl_to_the_end(shard) == "done"
    assert any(request.headers.get("x-reader") == "token-of-the-quay" for request in papers[0].log)
    assert read_order(shard) is not None
    assert not [path for path in shard.rglob("*") if path.is_file() and b"token-of-the-quay" in path.read_bytes()]
    assert leftover.lookup(load(archive.root / "sources.toml"))("nobody") is None
