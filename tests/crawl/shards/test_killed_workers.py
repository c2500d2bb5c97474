"""Workers of shards that are killed, cut off, or too slow: nothing is lost, and their hosts are nobody else's meanwhile."""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.lease_stream import BATCH
from talkscraper.crawl.shards import takeover
from talkscraper.crawl.shards import worker as shard_worker
from talkscraper.crawl.shards.json_values import decode
from talkscraper.crawl.shards.leftover import lookup, merge_leftover
from talkscraper.crawl.shards.signs import BEAT_S, RESULT, Watched, read, renew
from talkscraper.sources.load import load
from talkscraper.store.writer import ArchiveWriter
from tests.support import clustered, pages
from tests.support.crawls import CrawlArchive
from tests.support.ordered_shards import ordered
from tests.support.waiting import wait_until

DELAY = 0.1


@pytest.fixture
def slow(tmp_path):
    """An archive of one newspaper whose pages come one after another, with its shard ordered."""
    with clustered.newspapers(1, 30) as sites:
        archive = CrawlArchive(tmp_path / "archive")
        clustered.write_sources(archive, sites, delay=DELAY)
        with ordered(archive) as (shard,):
            pass
        yield SimpleNamespace(archive=archive, site=sites[0], shard=shard)


def begun(slow) -> subprocess.Popen:
    """Start a task in a process that may be killed, and wait until it has fetched some pages."""
    code = "import sys; from talkscraper.crawl.shards.worker import *; print(crawl_shard(ShardUnit(key='k', weight=1, folder=sys.argv[1])))"
    task = subprocess.Popen([sys.executable, "-c", code, str(slow.shard)], stdout=subprocess.PIPE, text=True)
    await_request(slow, task, lambda: len(slow.site.log) >= 12)
    return task


def await_request(slow, task: subprocess.Popen, condition) -> None:
    """Wait for what a worker requests, and renew its lease meanwhile, as the coordinator of a run does."""
    beats = itertools.count(1)

    def holds() -> bool:
        renew(slow.shard, next(beats))
        return condition()

    wait_until(holds, process=task, every=0.1)


def worker_of(slow) -> int:
    owner = takeover.owner_of(slow.shard)
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
    wait_until((slow.shard / "result.json").exists)
    after_all(slow)


@pytest.mark.slow
def test_a_worker_stops_when_its_lease_says_so(slow):
    task = begun(slow)
    renew(slow.shard, 1, "max-time")
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
    renew(slow.shard, 1, "sigterm")
    os.kill(worker, signal.SIGTERM)
    assert task.communicate(timeout=60)[0].strip() == "done"
    (tally,) = decode(str(read(slow.shard / RESULT)["tallies"]), lookup(load(slow.archive.root / "sources.toml")))
    assert tally.requests == len(slow.site.log)
    slow.site.add("/posts/0-story-5", pages.article("Story 5 of 0"))
    after_all(slow)


@pytest.mark.slow
def test_a_worker_of_this_machine_that_hangs_is_killed_before_its_hosts_are_another_ones(slow, monkeypatch):
    task = begun(slow)
    os.kill(worker_of(slow), signal.SIGSTOP)
    monkeypatch.setattr(takeover, "STOP_S", 0.0)
    assert takeover.end_of(slow.shard)
    assert task.communicate(timeout=60)[0].strip() == "died"


def test_only_the_worker_is_killed_not_who_has_its_number_now(slow, monkeypatch):
    monkeypatch.setattr(takeover, "STOP_S", 0.0)
    monkeypatch.setattr(takeover, "KILLED_S", 2 * BEAT_S)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert takeover.take_claim(slow.shard, f"{socket.gethostname()}:{other.pid}")
        with ArchiveFolder(slow.shard).lock(what="crawl"):
            assert not takeover.end_of(slow.shard)
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
