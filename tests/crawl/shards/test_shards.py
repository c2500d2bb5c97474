"""Shards without a cluster: crawled by the worker's own process, broken off at any moment, and merged.

The worker is a process as on a cluster; only who asks for it is the test.
"""

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.by_hand import Owners
from talkscraper.crawl.lease_stream import BATCH
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run_setup import open_session
from talkscraper.crawl.shards import leftover, merger, order, takeover
from talkscraper.crawl.shards import worker as shard_worker
from talkscraper.crawl.shards.json_values import decode
from talkscraper.crawl.shards.leftover import lookup, merge_leftover
from talkscraper.crawl.shards.seed_rows import make_template
from talkscraper.crawl.shards.signs import BEAT_S, RESULT, Watched, read, read_order, renew
from talkscraper.crawl.shards.worker import ShardUnit, crawl_shard
from talkscraper.errors import StorageError
from talkscraper.ingest.shards import without_empty
from talkscraper.sources.groups import source_groups
from talkscraper.sources.load import load
from talkscraper.store.writer import ArchiveWriter
from tests.support import clustered, pages
from tests.support.crawls import CrawlArchive
from tests.support.waiting import wait_until

ARTICLES = 8
DELAY = 0.1


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


@contextlib.contextmanager
def ordered(archive: CrawlArchive):
    """Begin a run, and order a shard for each of its groups; leave the run without closing it, as a killed one."""
    folder = ArchiveFolder(archive.root)
    with contextlib.ExitStack() as stack:
        session = stack.enter_context(open_session(folder, CrawlOptions(pool=SimpleNamespace())))
        template = archive.root / "shards" / ".template.db"
        template.parent.mkdir(exist_ok=True)
        make_template(template)
        everything = load(folder.sources_toml)
        owners = Owners(everything)
        shards = []
        for group in source_groups(session.sources.values()):
            now = session.now()
            token, name = session.writer.run(order.lease_group, group, run_id=session.run_id, now=now, expires=now)
            place = folder.shards / name
            order.write_shard(
                session,
                template,
                place,
                group,
                token=token,
                quota=None,
                leased=(),
                owners=owners,
                sources=order.SourcesFile.read(folder.sources_toml),
                now=now,
            )
            shards.append(
                SimpleNamespace(token=token, folder=place, unit=ShardUnit(key=name, weight=1, folder=str(place)))
            )
        template.unlink()
        yield SimpleNamespace(session=session, shards=shards, sources=lookup(everything), folder=folder)


@pytest.fixture(scope="module")
def crawled(papers, tmp_path_factory):
    """An archive with two shards that are crawled and not merged; each test gets a copy."""
    archive = CrawlArchive(tmp_path_factory.mktemp("crawled") / "archive")
    clustered.write_sources(archive, papers)
    with ordered(archive) as run:
        assert [crawl_to_the_end(shard) for shard in run.shards] == ["done", "done"]
    return archive


def crawl_to_the_end(shard) -> str:
    """Crawl a shard, whose lease is renewed meanwhile, as by the coordinator of a run."""
    done = threading.Event()

    def renew_it() -> None:
        for beat in itertools.count(1):
            renew(shard.folder, beat)
            if done.wait(BEAT_S):
                return

    renewing = threading.Thread(target=renew_it)
    renewing.start()
    try:
        return crawl_shard(shard.unit)
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


# --- workers that are killed, cut off, or too slow --------------------------------------------------------------------


@pytest.fixture
def slow(tmp_path):
    """An archive of one newspaper whose pages come one after another, with its shard ordered."""
    with clustered.newspapers(1, 30) as sites:
        archive = CrawlArchive(tmp_path / "archive")
        clustered.write_sources(archive, sites, delay=DELAY)
        with ordered(archive) as run:
            shard = run.shards[0]
        yield SimpleNamespace(archive=archive, site=sites[0], shard=shard)


def begun(slow) -> subprocess.Popen:
    """Start a task in a process that may be killed, and wait until it has fetched some pages."""
    code = "import sys; from talkscraper.crawl.shards.worker import *; print(crawl_shard(ShardUnit(key='k', weight=1, folder=sys.argv[1])))"
    task = subprocess.Popen([sys.executable, "-c", code, str(slow.shard.folder)], stdout=subprocess.PIPE, text=True)
    await_request(slow, task, lambda: len(slow.site.log) >= 12)
    return task


def await_request(slow, task: subprocess.Popen, condition) -> None:
    """Wait for what a worker requests, and renew its lease meanwhile, as the coordinator of a run does."""
    beats = itertools.count(1)

    def holds() -> bool:
        renew(slow.shard.folder, next(beats))
        return condition()

    wait_until(holds, process=task, every=0.1)


def worker_of(slow) -> int:
    owner = takeover.owner_of(slow.shard.folder)
    assert owner is not None
    return int(owner.rpartition(":")[2])


def after_all(slow) -> None:
    """Crawl to the end, and prove that nothing is lost and nothing is there twice."""
    assert slow.archive.crawl().code == 0
    stored = slow.archive.rows("select count(*), count(distinct url) from articles")
    assert stored == [(30, 30)]
    assert slow.archive.rows("select count(*) from urls where state in ('leased', 'due')") == [(0,)]
    assert slow.archive.rows("select max(revision_count) from articles") == [(1,)]
    posts = [path for path in slow.site.paths() if "story" in path]
    # as in a local run, a page in progress when its worker died is fetched again, and no other
    assert len(set(posts)) == 30
    assert len(posts) <= 30 + BATCH
    assert "all is well" in slow.archive.run("verify", "--articles", "all").stdout
    assert not (slow.archive.root / "shards").exists()


@pytest.mark.slow
def test_what_a_killed_worker_had_crawled_is_kept_and_the_rest_is_crawled_by_the_next_run(slow):
    task = begun(slow)
    os.kill(worker_of(slow), signal.SIGKILL)
    assert task.communicate(timeout=60)[0].strip() == "died"
    before = len(slow.site.log)
    after_all(slow)
    assert slow.site.log[before].at - slow.site.log[before - 1].at >= DELAY


@pytest.mark.slow
def test_a_worker_ends_when_the_process_that_started_it_is_killed(slow):
    task = begun(slow)
    task.kill()
    task.wait()
    wait_until((slow.shard.folder / "result.json").exists)
    after_all(slow)


@pytest.mark.slow
def test_a_worker_stops_when_its_lease_says_so(slow):
    task = begun(slow)
    renew(slow.shard.folder, 1, "max-time")
    assert task.communicate(timeout=60)[0].strip() == "done"
    after_all(slow)


def test_a_worker_is_not_killed_by_what_its_whole_group_is_told_and_its_lease_too(slow):
    """Ctrl-C and a service's SIGTERM reach it as well as the run, which then says so in its lease; here as it ends."""
    slow.site.add("/posts/0-story-5", b"<p>an endless story", stall=10)
    task = begun(slow)
    worker = worker_of(slow)
    await_request(slow, task, lambda: "/posts/0-story-5" in slow.site.paths())
    os.kill(worker, signal.SIGINT)
    os.kill(worker, signal.SIGTERM)
    renew(slow.shard.folder, 1, "sigterm")
    os.kill(worker, signal.SIGTERM)
    assert task.communicate(timeout=60)[0].strip() == "done"
    (tally,) = decode(
        str(read(slow.shard.folder / RESULT)["tallies"]), lookup(load(slow.archive.root / "sources.toml"))
    )
    assert tally.requests == len(slow.site.log)
    slow.site.add("/posts/0-story-5", pages.article("Story 5 of 0"))
    after_all(slow)


@pytest.mark.slow
def test_a_worker_of_this_machine_that_hangs_is_killed_before_its_hosts_are_another_ones(slow, monkeypatch):
    task = begun(slow)
    os.kill(worker_of(slow), signal.SIGSTOP)
    monkeypatch.setattr(takeover, "STOP_S", 0.0)
    assert takeover.end_of(slow.shard.folder)
    assert task.communicate(timeout=60)[0].strip() == "died"


def test_only_the_worker_is_killed_not_who_has_its_number_now(slow, monkeypatch):
    monkeypatch.setattr(takeover, "STOP_S", 0.0)
    monkeypatch.setattr(takeover, "KILLED_S", 2 * BEAT_S)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert takeover.take_claim(slow.shard.folder, f"{socket.gethostname()}:{other.pid}")
        with ArchiveFolder(slow.shard.folder).lock(what="crawl"):
            assert not takeover.end_of(slow.shard.folder)
        assert other.poll() is None
        other.communicate(b"\n")


def test_the_task_kills_its_worker_that_gives_no_sign_for_as_long_as_a_lease_lasts(tmp_path, monkeypatch):
    monkeypatch.setattr(shard_worker, "LEASE_S", 0.0)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    os.kill(process.pid, signal.SIGSTOP)
    shard_worker._wait_for(process, Watched(tmp_path / "alive.json"))
    assert process.returncode == -signal.SIGKILL
    process.communicate()


@pytest.mark.slow
def test_a_worker_of_another_machine_is_fenced_off_and_what_it_writes_later_is_in_no_archive(slow, monkeypatch):
    task = begun(slow)
    worker = worker_of(slow)
    os.kill(worker, signal.SIGSTOP)
    monkeypatch.setattr(takeover.socket, "gethostname", lambda: "elsewhere")
    monkeypatch.setattr(takeover, "FAR_STOP_S", 2 * BEAT_S)
    folder = ArchiveFolder(slow.archive.root)
    with folder.lock(what="crawl"), contextlib.closing(ArchiveWriter(folder.database)) as writer:
        merge_leftover(folder, writer, load(folder.sources_toml), now=datetime.now(UTC))
    files = {path: path.read_bytes() for path in folder.warc.iterdir()}
    assert files
    os.kill(worker, signal.SIGCONT)
    # it wakes, and finds that its lease is gone
    task.communicate(timeout=60)
    assert {path: path.read_bytes() for path in folder.warc.iterdir()} == files
    assert slow.archive.crawl().code == 0
    assert slow.archive.rows("select count(*), count(distinct url) from articles") == [(30, 30)]
    assert "all is well" in slow.archive.run("verify", "--articles", "all").stdout


@pytest.mark.slow
def test_secrets_are_read_where_sources_toml_says_and_stand_in_no_shard(papers, tmp_path, monkeypatch):
    monkeypatch.setenv("QUAY_TOKEN", "token-of-the-quay")
    archive = CrawlArchive(tmp_path / "archive")
    clustered.write_sources(archive, papers, extra='headers = { X-Reader = { env = "QUAY_TOKEN" } }')
    papers[0].log.clear()
    with ordered(archive) as run:
        shard = run.shards[0]
        assert crawl_to_the_end(shard) == "done"
    assert any(request.headers.get("x-reader") == "token-of-the-quay" for request in papers[0].log)
    assert read_order(shard.folder) is not None
    assert not [
        path for path in Path(shard.folder).rglob("*") if path.is_file() and b"token-of-the-quay" in path.read_bytes()
    ]
    assert leftover.lookup(load(archive.root / "sources.toml"))("nobody") is None
