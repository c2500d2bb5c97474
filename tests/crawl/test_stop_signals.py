"""SIGTERM and Ctrl-C at any moment of a run: it ends, the lock is free, and the next run does what was left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from tests.support import pages
from tests.support.raw_server import RawServer
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(900)

SIGNALLED = Path(__file__).parent / "signalled.py"
PATIENCE_S = 120.0
"""Ten seconds are promised; a machine that does ten things at once gets more."""
STAGES = [
    ("talkscraper.crawl.run_setup:choose", "SIGTERM", 4),
    ("talkscraper.crawl.run_setup:ArchiveWriter", "SIGINT", 4),
    ("talkscraper.crawl.run_setup:recover", "SIGTERM", 4),
    ("talkscraper.crawl.run_setup:hidden_keys", "SIGINT", 4),
    ("talkscraper.crawl.lease_stream:LeaseStream.anything_due", "SIGTERM", 4),
    ("scrapy.crawler:AsyncCrawlerProcess", "SIGINT", 4),
    ("talkscraper.crawl.run:_prepare", "SIGTERM", 4),
    ("scrapy.crawler:Crawler._create_spider", "SIGINT", 4),
    ("scrapy.crawler:Crawler._create_engine", "SIGTERM", 4),
    ("scrapy.core.engine:ExecutionEngine.open_spider_async", "SIGTERM", 4),
    ("scrapy.core.engine:ExecutionEngine.start_async", "SIGINT", 4),
    ("talkscraper.frontier.lease_queue:lease_next", "SIGTERM", 4),
    # all was done before it came
    ("talkscraper.crawl.run_setup:_end", "SIGTERM", 0),
    ("talkscraper.crawl.run_result:report_of", "SIGINT", 0),
]
SOME_STAGE = "scrapy.crawler:Crawler._create_engine"
"""After this one the next run is tried too; the others leave the same behind."""


@pytest.fixture
def stories(quay):
    """Two stories on the front page."""
    paths = [f"/posts/story-{number}-of-the-quay" for number in range(2)]
    quay.add("/", pages.listing(*paths))
    for path in paths:
        quay.add(path, pages.article(path))
    return paths


def _is_unlocked(archive) -> bool:
    with ArchiveFolder(archive.root).lock(what="test"):
        return True


def _all_is_well(archive, articles: int) -> None:
    """The lock is free, and the next run archives what is left."""
    assert _is_unlocked(archive)
    run = archive.crawl("quay")
    assert run.code == 0, run.stderr
    assert archive.rows("select count(*) from articles") == [(articles,)]
    assert archive.rows("select count(*) from urls where state = 'leased'") == [(0,)]
    assert archive.rows("select count(*) from runs where finished_at is null") == [(0,)]


@pytest.mark.parametrize(("place", "name", "code"), STAGES, ids=[each[0].partition(":")[2] for each in STAGES])
def test_a_signal_at_any_stage_ends_the_run(archive, quay, stories, place, name, code):
    """While it opens, starts, asks for work or closes: exit 4 (0 where all was done), without a traceback."""
    archive.sources_for(quay)
    done = subprocess.run(
        [sys.executable, SIGNALLED, place, name, "--archive", str(archive.root), "crawl"],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert _is_unlocked(archive)
    if place == SOME_STAGE:
        _all_is_well(archive, len(stories))
    elif archive.rows("select 1 from sqlite_master where name = 'runs'"):
        assert archive.rows("select count(*) from runs where finished_at is null") == [(0,)]
        assert archive.rows("select count(*) from urls where state = 'leased'") == [(0,)]


def test_a_second_signal_kills_the_run(archive, quay):
    """Where a server holds up the end, the second one is at once; the next run repairs."""
    quay.add("/", pages.listing("/posts/one"))
    quay.add("/posts/one", pages.article("One"), stall=100)
    archive.sources_for(quay)
    with subprocess.Popen(archive.command("crawl"), stderr=subprocess.PIPE, text=True) as run:
        wait_until(lambda: "/posts/one" in quay.paths(), process=run)
        run.send_signal(signal.SIGTERM)
        assert any("Ending the run: sigterm" in line for line in run.stderr)
        run.send_signal(signal.SIGINT)
        assert run.wait(PATIENCE_S) == -signal.SIGINT
    quay.add("/posts/one", pages.article("One"))
    _all_is_well(archive, 1)


@pytest.fixture
def mute():
    """A server that accepts connections and never says a word: a TLS handshake with it doesn't end."""
    with RawServer(mute=True) as server:
        yield server


def _mute_source(archive, mute) -> None:
    archive.write_sources(
        'contact = "https://example.org/bot"\n[sources.quay]\nname = "Q"\n'
        f'homepage = "https://127.0.0.1:{mute.port}/"\nallow_private = true\ndelay = 0\n'
    )


def test_a_handshake_that_never_ends_does_not_hold_up_the_end(archive, mute):
    """The connection isn't there yet, and is given up all the same."""
    _mute_source(archive, mute)
    with subprocess.Popen(archive.command("crawl"), stderr=subprocess.PIPE, text=True) as run:
        assert mute.connected.wait(PATIENCE_S)
        run.send_signal(signal.SIGTERM)
        _, err = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 4, err
    assert "Traceback" not in err
    assert _is_unlocked(archive)
    assert archive.rows("select reason from runs") == [("sigterm",)]


def test_max_time_ends_a_run_whose_every_turn_is_held_up(archive, quay):
    """No lease is asked for any more, and no answer comes: the time is kept all the same."""
    paths = [f"/posts/story-{number}" for number in range(40)]
    quay.add("/", pages.listing(*paths))
    for path in paths:
        quay.add(path, pages.article("x"), stall=10)
    archive.sources_for(quay, extra="concurrency = 16\ndelay = 0")
    run = archive.crawl("--max-time", "3")
    assert run.code == 4, run.stderr
    assert run.summary["reason"] == "max-time"
    assert _is_unlocked(archive)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("kind", ["sound", "stalling", "mute"])
def test_a_signal_at_any_of_forty_moments_ends_the_run(archive, quay, mute, name, kind):
    """From exec to exit, over one archive that goes on all the time; in the end it is whole."""
    number = getattr(signal, name)
    archive.sources_for(quay, extra="delay = 0.1")
    if kind == "mute":
        _mute_source(archive, mute)
    started = time.monotonic()
    assert archive.run("crawl", "--max-time", "1").returncode in (0, 3, 4)
    span = time.monotonic() - started
    count = 0
    for moment in range(40):
        paths = [f"/posts/story-{moment}-{part}" for part in range(3)]
        count += len(paths)
        quay.add("/", pages.listing(*paths))
        for path in paths:
            quay.add(path, pages.article(path), **({"stall": 50} if kind == "stalling" else {}))
        run = subprocess.Popen(archive.command("crawl", "quay"), stderr=subprocess.PIPE, text=True)
        time.sleep(span * moment / 40)
        run.send_signal(number)
        sent = time.monotonic()
        _, err = run.communicate(timeout=PATIENCE_S)
        assert run.returncode in (-number, 130, 4, 0, 3), (moment, run.returncode, err)
        if run.returncode in (0, 3, 4):
            assert "Traceback" not in err
        assert _is_unlocked(archive)
        # most of it is waiting for the machine
        assert time.monotonic() - sent < PATIENCE_S / 2, (moment, err)
    if kind == "mute":
        return
    for path in list(quay.pages):
        if path.startswith("/posts/"):
            quay.add(path, pages.article(path))
    assert archive.crawl("quay").code == 0
    assert archive.rows("select count(*) from urls where state = 'leased'") == [(0,)]
    assert archive.run("verify").returncode == 0


def test_signals_are_given_back_after_a_run():
    """A program that crawls as part of what it does has its own handlers again."""
    from talkscraper.crawl.stop_signals import StopSignals
    from talkscraper.errors import Interrupted

    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)]
    with pytest.raises(Interrupted, match="sigint before the run"), StopSignals():
        os.kill(os.getpid(), signal.SIGINT)
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)] == before
    heard: list[str] = []
    with StopSignals() as signals:
        signals.begin()
        os.kill(os.getpid(), signal.SIGTERM)
        signals.forward_to(heard.append)
    assert heard == ["sigterm"], "one that came before is handed on"
