"""``crawl --cluster`` where groups meet (redirects), where sources.toml changes, and when it is stopped early."""

import itertools
import json
import os
import signal
import socket

import pytest

from tests.support import clustered, crawls, pages
from tests.support.waiting import wait_until

pytest.importorskip("distributed")
pytestmark = pytest.mark.timeout(600)  # each crawl is several processes
LEEWAY = 0.1
"""By how much a server may be late in seeing a request, in seconds."""


@pytest.fixture
def archive(tmp_path):
    return crawls.CrawlArchive(tmp_path / "archive")


def take_out_paper1(archive):
    """Remove a source from sources.toml; the others keep their names."""
    text = (archive.root / "sources.toml").read_text()
    start, stop = text.index("[sources.paper1]"), text.index("[sources.paper2]")
    archive.write_sources(text[:start] + text[stop:])


def gaps(log):
    """The pairs of requests that followed each other, with the seconds between them."""
    order = sorted(log, key=lambda each: each.at)
    return [(one.path, other.path, other.at - one.at) for one, other in itertools.pairwise(order)]


@pytest.mark.slow
def test_a_redirect_to_a_host_of_another_group_keeps_its_delay_and_ends_as_in_a_local_crawl(archive, tmp_path):
    local = crawls.CrawlArchive(tmp_path / "local")
    delay = 0.3
    with clustered.newspapers(2, 5) as sites:
        for each in range(3):
            to = f"{sites[1].base}/posts/1-story-{each}"
            sites[0].add(f"/posts/0-story-{each}", status=301, headers={"Location": to})
        for each in (archive, local):
            clustered.write_sources(each, sites, delay=delay)
        done = archive.crawl("--cluster", "local:2")
        assert done.code == 0, done.stderr
        assert [each for each in gaps(sites[1].log) if each[2] < delay - LEEWAY] == []
        assert local.crawl().code == 0
    tables = ("articles", "revisions", "urls", "aliases", "provenance")
    found, wanted = (clustered.compared(each.root) for each in (archive, local))
    assert {name: found[name] for name in tables} == {name: wanted[name] for name in tables}
    assert "all is well" in archive.run("verify", "--articles", "all").stdout


def test_a_dry_run_asks_no_cluster(archive):
    """It says what it says without one, though no scheduler is there."""
    with clustered.newspapers(2, 3) as sites, socket.socket() as closed:
        clustered.write_sources(archive, sites)
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        done, alone = archive.run("crawl", "--dry-run", "--cluster", address), archive.run("crawl", "--dry-run")
        assert (done.returncode, done.stdout, done.stderr) == (0, alone.stdout, "")
        assert not any(site.log for site in sites)
        wrong = archive.run("crawl", "--dry-run", "--cluster", "localhost")
        assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert not (archive.root / "shards").exists()


@pytest.mark.slow
@pytest.mark.parametrize("requests", [1, 3, 25], ids="{} requests".format)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_ends_the_workers_cleanly(archive, number, requests):
    """Ctrl-C on a terminal, SIGTERM of a service: every process gets it at once, the workers too, also as they start."""
    with clustered.newspapers(2, 40) as sites:
        clustered.write_sources(archive, sites, delay=0.1)
        process = clustered.crawling(archive, "--json")
        wait_until(lambda: sum(len(site.log) for site in sites) >= requests, process=process)
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 4, err
        assert "Traceback" not in err
        assert "died" not in err
        summary = json.loads(out)
        assert {each["diagnosis"] for each in summary["sources"].values()} <= {"idle", "stopped"}
        assert sum(each["requests"] for each in summary["hosts"].values()) == sum(len(site.log) for site in sites)
        assert archive.rows("select exit_code, reason from runs") == [(4, number.name.lower())]
        assert not (archive.root / "shards").exists()
        assert archive.crawl("--cluster", "local:2").code == 0
        assert archive.rows("select count(*), count(distinct url) from articles") == [(80, 80)]
        assert "all is well" in archive.run("verify").stdout


@pytest.mark.slow
def test_a_worker_that_is_killed_while_the_run_ends_is_no_failure_of_its_source(archive):
    """It leaves figures of a while ago, and no result: the run ends as it would have."""
    with clustered.newspapers(1, 30) as sites:
        clustered.write_sources(archive, sites, delay=0.1)
        sites[0].add("/posts/0-story-9", b"<p>an endless story", stall=10)
        process = clustered.crawling(archive, "--json")
        wait_until(lambda: "/posts/0-story-9" in sites[0].paths(), process=process)
        process.send_signal(signal.SIGTERM)
        # it gives the endless story some seconds
        for worker in clustered.descendants(process.pid, "shards.worker"):
            os.kill(worker, signal.SIGKILL)
        out, err = process.communicate(timeout=120)
        assert (process.returncode, json.loads(out)["reason"]) == (4, "sigterm"), err
        assert json.loads(out)["sources"]["paper0"]["diagnosis"] == "stopped"
        sites[0].add("/posts/0-story-9", pages.article("Story 9 of 0"))
        assert archive.crawl().code == 0
        assert archive.rows("select count(*), count(distinct url) from articles") == [(30, 30)]


@pytest.mark.slow
def test_a_worker_that_is_terminated_alone_is_replaced_in_the_same_run(archive):
    """It ends cleanly, and is no end of the run, to which nobody sent a signal."""
    with clustered.newspapers(2, 25) as sites:
        clustered.write_sources(archive, sites, delay=0.1)
        process = clustered.crawling(archive, "--json")
        wait_until(lambda: all(clustered.stories_fetched([site]) >= 3 for site in sites), process=process)
        os.kill(clustered.descendants(process.pid, "shards.worker")[0], signal.SIGTERM)
        out, err = process.communicate(timeout=120)
        assert (process.returncode, json.loads(out)["reason"]) == (0, "done"), err
        assert err.count("its worker died; what it had crawled is kept (it was terminated)") == 1
        assert archive.rows("select count(*), count(distinct url) from articles") == [(50, 50)]
        assert archive.rows("select state, count(*) from shards group by 1") == [("merged", 3)]


@pytest.mark.slow
def test_sources_that_come_and_go_between_a_run_that_was_killed_and_the_next(archive):
    """What was crawled of a source that is gone is kept; nothing more of it is fetched; a new one is crawled."""
    with clustered.newspapers(4, 25) as sites:
        clustered.write_sources(archive, sites[:3], delay=0.1)
        process = clustered.crawling(archive)
        wait_until(lambda: all(clustered.stories_fetched([site]) >= 5 for site in sites[:3]), process=process)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        clustered.write_sources(archive, sites, delay=0.1)
        take_out_paper1(archive)
        asked = len(sites[1].log)
        done = archive.crawl("--cluster", "local:2")
        assert done.code == 0, done.stderr
        assert "isn't merged" not in done.stderr
        assert len(sites[1].log) == asked
    counts = dict(archive.rows("select source_id, count(*) from articles group by 1"))
    assert counts.pop("paper1") + 1 >= 5
    assert counts == {"paper0": 25, "paper2": 25, "paper3": 25}
    assert archive.rows("select count(*) from shards where state = 'leased'") == [(0,)]
    assert not (archive.root / "shards").exists()
    assert "all is well" in archive.run("verify", "--articles", "all").stdout


@pytest.mark.slow
def test_what_is_written_into_sources_toml_during_a_run_is_for_the_next_one(archive):
    """As in a local run: a group whose turn comes later is crawled as the file was, though it can't be read any more."""
    with clustered.newspapers(3, 8) as sites:
        clustered.write_sources(archive, sites[:2], delay=0.2)
        process = clustered.crawling(archive, "--cluster", "local:1")
        wait_until(lambda: clustered.stories_fetched(sites) >= 2, process=process)
        assert sum(any(site.log) for site in sites) == 1, "the other group waits"
        archive.write_sources("[sources.paper0\nname = ")
        _, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
        assert archive.rows("select source_id, count(*) from articles group by 1") == [("paper0", 8), ("paper1", 8)]
        assert archive.rows("select count(*) from shards where state = 'merged'") == [(2,)]
        broken = archive.run("crawl", "--cluster", "local:1")
        assert (broken.returncode, broken.stderr.count("\n")) == (2, 1)
        # one source is gone, another has come, and the delay of the third is another one
        clustered.write_sources(archive, sites, delay=0.0)
        take_out_paper1(archive)
        asked = len(sites[1].log)
        assert archive.crawl("--cluster", "local:1").code == 0
        assert len(sites[1].log) == asked
        assert archive.rows("select count(*) from articles where source_id = 'paper2'") == [(8,)]
        assert "all is well" in archive.run("verify").stdout
