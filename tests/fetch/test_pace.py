"""Turns per host."""

import asyncio
import itertools
import os
import tempfile
import time

import pytest

from talkscraper.errors import StorageError
from talkscraper.fetch.host_leases import HostLeases
from talkscraper.fetch.politeness import MAX_DELAY_S, Pacer
from talkscraper.fetch.unsent import HostPaused, Stopping


async def _take(pacer, host, starts, *, delay, concurrency=1, hold=0.0):
    async with pacer.turn(host, delay=delay, concurrency=concurrency):
        starts.append(time.monotonic())
        if hold:
            await asyncio.sleep(hold)


def test_turns_of_a_host_start_no_closer_than_its_delay(tmp_path):
    """Ten requests at once leave one after the other, and the report says how far apart."""

    async def run():
        pacer, starts = Pacer(HostLeases(tmp_path)), []
        await asyncio.gather(*(_take(pacer, "a.example", starts, delay=0.05) for _ in range(10)))
        return starts, pacer.report()

    starts, (report,) = asyncio.run(run())
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert min(gaps) >= 0.05
    assert report.requests == 10
    assert report.min_gap_s >= 0.05
    assert report.median_gap_s >= report.min_gap_s


def test_hosts_do_not_wait_for_each_other(tmp_path):
    """A slow host costs the others nothing."""

    async def run():
        pacer, starts = Pacer(HostLeases(tmp_path)), []
        started = time.monotonic()
        await asyncio.gather(*(_take(pacer, f"{n}.example", starts, delay=30) for n in range(20)))
        return time.monotonic() - started

    assert asyncio.run(run()) < 15


def test_one_request_at_a_time_where_the_source_says_so(tmp_path):
    """concurrency = 1: the next starts only when the last one's answer is there."""

    async def run():
        pacer, starts = Pacer(), []
        await asyncio.gather(*(_take(pacer, "a.example", starts, delay=0, hold=0.05) for _ in range(4)))
        return starts

    starts = asyncio.run(run())
    assert min(b - a for a, b in itertools.pairwise(starts)) >= 0.05


def test_a_crawl_delay_is_applied_up_to_the_cap():
    """robots.txt may ask for more room than the source; not for a week."""
    pacer = Pacer()
    assert pacer.slow_down("a.example", 3) == 3
    assert pacer.slow_down("a.example", 10**6) == MAX_DELAY_S


def test_a_short_pause_is_waited_out():
    """After 429 with a short Retry-After the next request comes later, not never."""

    async def run():
        pacer, starts = Pacer(), []
        pacer.pause("a.example", 0.1)
        before = time.monotonic()
        await _take(pacer, "a.example", starts, delay=0)
        return starts[0] - before

    assert asyncio.run(run()) >= 0.1


def test_a_long_pause_ends_the_hosts_part_in_the_run():
    """Patience is bounded: the address goes back to the frontier with the time of its pause."""

    async def run():
        pacer = Pacer(patience_s=5)
        pacer.pause("a.example", 600)
        await _take(pacer, "a.example", [], delay=0)

    with pytest.raises(HostPaused) as caught:
        asyncio.run(run())
    assert 590 < caught.value.seconds <= 600


def test_closing_sends_everyone_home():
    """Who waits for a turn when the run ends is told at once, however long the delay."""

    async def run():
        pacer, starts = Pacer(), []
        first = asyncio.ensure_future(_take(pacer, "a.example", starts, delay=100))
        await first
        waiting = [asyncio.ensure_future(_take(pacer, "a.example", starts, delay=100)) for _ in range(5)]
        await asyncio.sleep(0)
        pacer.close()
        return await asyncio.gather(*waiting, return_exceptions=True)

    assert all(isinstance(result, Stopping) for result in asyncio.run(run()))


def test_a_hosts_delay_holds_across_processes(tmp_path):
    """Two runs on one machine take turns: each reservation is a delay later than the last, whoever made it."""
    one, two = HostLeases(tmp_path), HostLeases(tmp_path)
    waits = [lease.reserve("a.example", 10.0) for lease in (one, two, one, two)]
    assert [round(wait) for wait in waits] == [0, 10, 20, 30]
    assert two.reserve("b.example", 10.0) == 0.0


def test_a_clock_that_jumped_does_not_stop_the_crawl(tmp_path):
    """A reservation absurdly far ahead is ignored."""
    leases = HostLeases(tmp_path)
    leases.reserve("a.example", 10.0**9)
    assert leases.reserve("a.example", 1.0) == 0.0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder of somebody else's")
@pytest.mark.parametrize("prepared", ["", "hosts"], ids=["the folder", "the folder in it"])
def test_a_folder_that_somebody_else_prepared_is_refused(tmp_path, monkeypatch, prepared):
    """Its name can be foreseen, and everybody may write where it lies: one line says what to do."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / f"talkscraper-{os.getuid()}"
    (folder / prepared).mkdir(parents=True)
    os.chown(folder / prepared, 12345, 12345)
    with pytest.raises(StorageError, match="belongs to another user: remove it, or set TMPDIR"):
        HostLeases()


@pytest.mark.parametrize("linked", ["", "hosts"], ids=["the folder", "the folder in it"])
def test_a_link_in_place_of_the_folder_is_refused(tmp_path, monkeypatch, linked):
    """It may lead to any folder of this user's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "elsewhere/hosts").mkdir(parents=True)
    folder = tmp_path / f"talkscraper-{os.getuid()}"
    if linked:
        folder.mkdir()
    (folder / linked).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="is a link"):
        HostLeases()


def test_the_folder_is_for_its_user_only(tmp_path, monkeypatch):
    """Also one that an earlier version made for others to write to."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / f"talkscraper-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    HostLeases().reserve("news.example", 1.0)
    for each in (folder, folder / "hosts"):
        assert each.stat().st_mode & 0o077 == 0
