"""``crawl --cluster``: the same archive, the same report and the same manners as without one, and nothing lost."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess

import pytest

from talkscraper.crawl.lease_stream import BATCH
from tests.support import clustered, crawls, dask_processes, pages
from tests.support.waiting import wait_until

pytest.importorskip("distributed")
pytestmark = pytest.mark.timeout(600)  # each crawl is several processes
DELAY = 0.3
ARTICLES = 250
"""Of each of eight newspapers in the largest crawls."""
LEEWAY = DELAY / 2
"""By how much a server may be late in seeing a request, in seconds; two processes on one host leave no gap at all."""


def only_loopback(archive, *arguments):
    """Crawl without what the machine of the test has in its environment."""
    return archive.crawl(*arguments, env={"PATH": os.environ["PATH"], "HOME": str(archive.root)})


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Three newspapers, crawled by a cluster, and without one."""
    root = tmp_path_factory.mktemp("both")
    with clustered.newspapers(3, 6) as sites:
        cluster, local = crawls.CrawlArchive(root / "cluster"), crawls.CrawlArchive(root / "local")
        for archive in (cluster, local):
            clustered.write_sources(archive, sites, delay=DELAY)
        run = only_loopback(cluster, "--cluster", "local:2", "--metrics", str(root / "figures.prom"))
        logs = [list(site.log) for site in sites]
        yield type("Both", (), {
            "run": run, "logs": logs, "cluster": cluster, "local_run": local.crawl(), "local": local, "root": root,
        })  # fmt: skip


def without_clock(run):
    """The figures of a run's summary."""
    return {
        "totals": run.summary["totals"],
        "sources": run.summary["sources"],
        "requests": {host: each["requests"] for host, each in run.summary["hosts"].items()},
        **{name: run.summary[name] for name in ("exit_code", "reason", "error", "notes", "by_hand")},
    }


def test_a_crawl_on_a_cluster_leaves_what_a_local_one_does(both):
    assert both.run.code == both.local_run.code == 0
    found, wanted = (clustered.compared(each.root) for each in (both.cluster, both.local))
    # a payload of two sources is stored once for each shard, not once
    found["captures"], wanted["captures"] = ([row[:4] for row in each["captures"]] for each in (found, wanted))
    assert found == wanted
    assert "all is well" in both.cluster.run("verify", "--articles", "all").stdout
    assert not (both.cluster.root / "shards").exists()


def test_it_logs_what_a_local_one_logs(both):
    logged, wanted = ({line.split(" ", 1)[1] for line in run.stderr.splitlines()} for run in (both.run, both.local_run))
    assert logged == wanted
    assert sum("disallows" in line for line in wanted) == 3


@pytest.mark.slow
def test_it_reports_as_a_local_one_does(both):
    assert without_clock(both.run) == without_clock(both.local_run)
    assert json.loads(both.cluster.rows("select summary from runs")[0][0]) == both.run.summary
    assert "talkscraper" in (both.root / "figures.prom").read_text()
    assert both.cluster.run("status", "--check").returncode == both.local.run("status", "--check").returncode


@pytest.mark.slow
def test_every_page_is_fetched_once_and_no_gap_is_shorter_than_the_delay(both):
    for log in both.logs:
        asked = [each.path for each in log]
        assert len(asked) == len(set(asked))
        assert clustered.shortest_gap(log) >= DELAY - LEEWAY
    # by the worker's own clock, none at all
    assert all(each["min_gap_s"] >= DELAY for each in both.run.summary["hosts"].values())


@pytest.mark.slow
def test_its_leases_have_tokens_that_grow_and_are_closed(both):
    rows = both.cluster.rows("select token, state, sources, owner, ended_at is not null from shards order by token")
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
    assert {row[1] for row in rows} == {"merged"}
    assert sorted(json.loads(row[2])[0] for row in rows) == ["paper0", "paper1", "paper2"]


def test_a_scheduler_that_is_not_there_is_one_line_and_nothing_is_begun(tmp_path):
    archive = crawls.CrawlArchive(tmp_path / "archive")
    with clustered.newspapers(1, 1) as sites:
        clustered.write_sources(archive, sites)
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            done = archive.crawl("--cluster", f"tcp://127.0.0.1:{closed.getsockname()[1]}")
        assert done.code == 74
        assert len(done.stderr.strip().splitlines()) == 1
        assert "no Dask scheduler answers" in done.stderr
        assert sites[0].log == []
        wrong = archive.crawl("--cluster", "localhost")
        assert (wrong.code, len(wrong.stderr.strip().splitlines())) == (2, 1)


@pytest.mark.slow
def test_revisions_pages_that_are_gone_and_validators_are_as_in_a_local_crawl(tmp_path):
    with clustered.newspapers(3, 6) as sites:
        archives = [crawls.CrawlArchive(tmp_path / name) for name in ("cluster", "local")]
        options = (("--cluster", "local:2"), ())
        for archive in archives:
            clustered.write_sources(archive, sites)
        for round_ in range(3):
            if round_ == 1:
                for number, site in enumerate(sites):
                    site.add(f"/posts/{number}-story-0", pages.article("Story 0", more="It was corrected.", day=1))
                    site.add(f"/posts/{number}-story-1", b"gone", 410)
                    site.add("/", pages.listing(*(f"/posts/{number}-story-{each}" for each in range(8))))
                    for each in (6, 7):
                        site.add(f"/posts/{number}-story-{each}", pages.article(f"Story {each} of {number}"))
            for archive, more in zip(archives, options, strict=True):
                assert archive.crawl(*more, *(["--full"] if round_ else [])).code == 0
            found, wanted = (clustered.compared(each.root) for each in archives)
            found["captures"], wanted["captures"] = ([row[:4] for row in each["captures"]] for each in (found, wanted))
            assert found == wanted


@pytest.mark.slow
def test_options_mean_what_they_mean_in_a_local_crawl(tmp_path):
    with clustered.newspapers(3, 6) as sites:
        archive = crawls.CrawlArchive(tmp_path / "archive")
        clustered.write_sources(archive, sites, delay=0.05, extra='tags = ["all"]')
        chosen = archive.crawl("paper1", "--cluster", "local:2", "--max-pages", "4")
        assert (chosen.code, chosen.summary["reason"], list(chosen.summary["sources"])) == (4, "max-pages", ["paper1"])
        assert archive.rows("select count(*) from articles") == [(4,)]
        assert not sites[0].log
        pages_ = archive.crawl("@all", "--cluster", "local:2", "--max-pages", "7")
        assert (pages_.code, pages_.summary["totals"]["fetched"]) == (4, 7)
        by_hand = archive.crawl(
            f"{sites[2].base}/posts/2-story-5", f"{sites[0].base}/posts/0-missing", "--cluster", "local:2"
        )
        assert by_hand.code == 3
        assert {each["url"][-7:]: each["outcome"] for each in by_hand.summary["urls"]}["missing"] == "failed"
        quiet = archive.run("crawl", "--quiet", "--cluster", "local:2")
        assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
        assert archive.rows("select count(*), count(distinct url) from articles") == [(18, 18)]
        assert "all is well" in archive.run("verify").stdout


@pytest.mark.slow
def test_a_list_has_the_answers_of_a_local_run(tmp_path):
    """Also where the shard, which has no articles, takes each page for a new one."""
    with clustered.newspapers(2, 4) as sites:
        cluster, local = crawls.CrawlArchive(tmp_path / "cluster"), crawls.CrawlArchive(tmp_path / "local")
        paths = ("", *(f"posts/{{}}-{name}" for name in ("story-0", "story-1", "story-2", "missing", "secret")))
        urls = [f"{site.base}/{path.format(number)}" for number, site in enumerate(sites) for path in paths]
        for archive in (cluster, local):
            clustered.write_sources(archive, sites)
            archive.crawl(*urls[1:3])
        sites[0].add("/posts/0-story-1", pages.article("A story of another kind"))
        given = cluster.crawl("--cluster", "local:2", *urls)
        assert given.code == local.crawl(*urls).code == 3
        assert clustered.compared(cluster.root)["by_hand"] == clustered.compared(local.root)["by_hand"]
        outcomes = {each["outcome"] for each in given.summary["urls"]}
        assert outcomes == {"new", "revised", "unchanged", "read", "failed"}


def check_complete(archive, count, *verified) -> None:
    """Assert that so many articles are there once, and that no lease and no shard is left."""
    assert archive.rows("select count(*), count(distinct url), max(revision_count) from articles") == [
        (count, count, 1)
    ]
    assert archive.rows("select count(*) from urls where state = 'leased' or next_due < '2000'") == [(0,)]
    assert archive.rows("select count(*) from shards where state = 'leased'") == [(0,)]
    assert not (archive.root / "shards").exists()
    assert "all is well" in archive.run("verify", *verified).stdout


def complete(archive, sites, articles) -> None:
    """Crawl to the end, and prove that nothing is lost and nothing is there twice."""
    assert archive.crawl("--cluster", "local:2").code == 0
    assert {path for site in sites for path in site.paths() if "story" in path} == {
        f"/posts/{number}-story-{each}" for number in range(len(sites)) for each in range(articles)
    }
    check_complete(archive, len(sites) * articles, "--articles", "all")


@pytest.mark.slow
def test_sigterm_ends_the_workers_cleanly_and_the_next_run_goes_on(tmp_path):
    with clustered.newspapers(3, 40) as sites:
        archive = crawls.CrawlArchive(tmp_path / "archive")
        clustered.write_sources(archive, sites, delay=0.1)
        process = clustered.crawling(archive, "--json")
        wait_until(lambda: clustered.stories_fetched(sites) >= 30, process=process)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=120)
        assert (process.returncode, json.loads(out)["reason"]) == (4, "sigterm")
        assert not (archive.root / "shards").exists()
        complete(archive, sites, 40)


@pytest.mark.slow
def test_a_time_limit_ends_the_workers_too(tmp_path):
    with clustered.newspapers(2, 200) as sites:
        archive = crawls.CrawlArchive(tmp_path / "archive")
        clustered.write_sources(archive, sites, delay=0.5)
        done = archive.crawl("--cluster", "local:2", "--max-time", "20")
        assert (done.code, done.summary["reason"]) == (4, "max-time")
        assert done.summary["totals"]["new"] == archive.rows("select count(*) from articles")[0][0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("victim", ["worker", "cluster", "coordinator"])
def test_whatever_is_killed_at_a_random_moment_nothing_is_lost_and_nothing_is_there_twice(victim, seed, tmp_path):
    moment = random.Random(f"{victim}{seed}")
    with clustered.newspapers(4, 30) as sites:
        archive = crawls.CrawlArchive(tmp_path / "archive")
        clustered.write_sources(archive, sites, delay=0.1)
        process = clustered.crawling(archive, "--json")
        wait_until(lambda: clustered.stories_fetched(sites) >= moment.randrange(5, 110), process=process)
        if victim == "coordinator":
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        else:
            word = "shards.worker" if victim == "worker" else "spawn_main"
            victims = clustered.descendants(process.pid, word)
            for each in victims[:1] if victim == "worker" else victims:
                os.kill(each, signal.SIGKILL)
            process.communicate(timeout=300)
        complete(archive, sites, 30)
        for site in sites:
            assert clustered.shortest_gap(site.log) >= 0.1 - LEEWAY / 3


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_four_workers_and_eight_hosts_with_two_thousand_pages_keep_every_gap(tmp_path):
    with clustered.newspapers(8, ARTICLES) as sites:
        archive = crawls.CrawlArchive(tmp_path / "archive")
        clustered.write_sources(archive, sites, delay=DELAY)
        assert archive.crawl("--cluster", "local:4").code == 0
        for site in sites:
            posts = [path for path in site.paths() if "story" in path]
            assert len(posts) == len(set(posts)) == ARTICLES
            assert clustered.shortest_gap(site.log) >= DELAY - LEEWAY
        assert archive.rows("select count(*) from articles") == [(8 * ARTICLES,)]
        assert "all is well" in archive.run("verify").stdout


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(3))
def test_they_do_so_whatever_is_killed_meanwhile(seed, tmp_path):
    """kill -9 of a worker, of the merger and of the scheduler, one after another, each at a random moment."""
    moment = random.Random(seed)
    with clustered.newspapers(8, ARTICLES) as sites, contextlib.ExitStack() as processes:
        archive = crawls.CrawlArchive(tmp_path / "archive")
        clustered.write_sources(archive, sites, delay=DELAY)
        address, scheduler = processes.enter_context(dask_processes.scheduler(tmp_path))
        workers = [
            processes.enter_context(dask_processes.worker(address, tmp_path / f"worker-{number}"))
            for number in range(4)
        ]

        def fetched(least: float, most: float, process: subprocess.Popen[str]) -> None:
            wanted = 8 * ARTICLES * moment.uniform(least, most)
            wait_until(lambda: clustered.stories_fetched(sites) >= wanted, process=process, timeout=3000)

        merger = clustered.crawling(archive, "--cluster", address)
        fetched(0.05, 0.25, merger)
        moment.choice(workers).kill()
        fetched(0.3, 0.45, merger)
        merger.kill()
        merger.communicate()
        cut_off = clustered.crawling(archive, "--cluster", address)
        fetched(0.6, 0.8, cut_off)
        scheduler.kill()
        _, err = cut_off.communicate(timeout=600)
        assert (cut_off.returncode, "is lost" in err) == (74, True), err
        assert archive.crawl("--cluster", "local:4").code == 0
        for number, site in enumerate(sites):
            posts = [path for path in site.paths() if "story" in path]
            assert set(posts) == {f"/posts/{number}-story-{each}" for each in range(ARTICLES)}
            assert len(posts) <= ARTICLES + 3 * BATCH, "only what was in progress is fetched again"
            assert clustered.shortest_gap(site.log) >= DELAY - LEEWAY
    check_complete(archive, 8 * ARTICLES)
