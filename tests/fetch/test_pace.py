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
from tests.support.clock import FakeClock


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
    """Two runs on one machine take turns: who comes before the turn is told how long it takes, and reserves nothing."""
    one, two = HostLeases(tmp_path), HostLeases(tmp_path)
    waits = [lease.take("a.example", 500.0) for lease in (one, two, one, two)]
    assert [round(wait, -2) for wait in waits] == [0, 500, 500, 500]
    assert two.take("b.example", 10.0) == 0.0


def test_of_two_processes_with_different_delays_each_keeps_its_own_and_the_others(tmp_path):
    """A host that two sources need: neither request follows the other sooner than the longer of their delays."""
    hasty, patient = HostLeases(tmp_path), HostLeases(tmp_path)
    assert hasty.take("a.example", 0.001) == 0.0
    assert 400 < patient.take("a.example", 500.0) <= 500
    assert patient.take("b.example", 500.0) == 0.0
    assert 400 < hasty.take("b.example", 0.001) <= 500


def test_the_delay_counts_from_the_request_that_was_sent_late_for_other_processes_too(tmp_path):
    """Connecting took time: another process waits the whole delay from when the request was sent."""
    clock = FakeClock()

    async def run():
        pacer = Pacer(HostLeases(tmp_path), clock=clock, wait=clock.wait)
        async with pacer.turn("a.example", delay=500.0):
            clock.seconds += 300
            pacer.sent("a.example")
        begun = clock.seconds
        async with pacer.turn("b.example", delay=1.0):
            assert clock.seconds == begun
        assert HostLeases(tmp_path).take("a.example", 500.0) > 400

        alone = Pacer(clock=clock, wait=clock.wait)
        async with alone.turn("a.example", delay=500.0):
            clock.seconds += 300
            alone.sent("a.example")
        sent = clock.seconds
        async with alone.turn("a.example", delay=500.0):
            assert clock.seconds - sent == 500

    asyncio.run(run())


@pytest.mark.parametrize(("took", "next_at"), [(0, 20), (4, 24), (10, 30), (15, 30), (100, 100)])
def test_an_answer_that_took_long_defers_the_next_request_by_half_a_delay_at_most(took, next_at):
    """The server may have seen the request long after it was sent; a slow one doesn't halve the pace."""
    clock = FakeClock()

    async def run():
        pacer = Pacer(clock=clock, wait=clock.wait)
        begun = clock.seconds
        async with pacer.turn("a.example", delay=20):
            pacer.sent("a.example")
            clock.seconds += took
        async with pacer.turn("a.example", delay=20):
            assert clock.seconds - begun == next_at
        assert pacer.report()[0].min_gap_s >= 20

    asyncio.run(run())


@pytest.mark.parametrize(("ago", "waited"), [(0, 20), (15, 5), (25, 0), (-3600, 20)])
def test_who_takes_over_waits_a_whole_delay_after_the_last_moment_of_the_one_before(ago, waited):
    """Nobody knows when a dead process last sent something; a clock that was put back doesn't make the wait longer."""
    clock = FakeClock()

    async def run():
        pacer = Pacer(clock=clock, wait=clock.wait)
        pacer.others_sent(ago)
        pacer.slow_down("slow.example", 60)
        begun = clock.seconds
        async with pacer.turn("a.example", delay=20):
            pass
        assert clock.seconds - begun == waited
        async with pacer.turn("slow.example", delay=20):  # its robots.txt is known from the one before
            pass
        assert clock.seconds - begun == 60 - max(0, ago)

    asyncio.run(run())


def test_a_process_that_lost_its_hosts_sends_nothing(tmp_path):
    """It was stopped while it waited for its turn, and others have its hosts now."""
    clock, owned = FakeClock(), [True]

    async def lose(seconds):
        await clock.wait(seconds)
        owned[0] = False

    async def run():
        pacer = Pacer(clock=clock, wait=lose)
        pacer.may_send = lambda: owned[0]
        pacer.others_sent(0)
        async with pacer.turn("a.example", delay=5):
            raise AssertionError("it was sent")

    with pytest.raises(Stopping):
        asyncio.run(run())


def test_every_pause_is_told_with_the_time_that_is_left():
    """A shorter pause doesn't end a longer one, and whoever stores them learns the longer one."""
    clock, told = FakeClock(), []
    pacer = Pacer(clock=clock)
    pacer.when_paused = lambda host, seconds: told.append((host, seconds))
    pacer.back_off("a.example", 50)
    pacer.back_off("a.example", 10)
    assert told == [("a.example", 50), ("a.example", 50)]


def test_a_clock_that_jumped_does_not_stop_the_crawl(tmp_path):
    """A turn absurdly far ahead is ignored."""
    leases = HostLeases(tmp_path)
    leases.take("a.example", 10.0**9)
    assert leases.take("a.example", 1.0) == 0.0


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
    HostLeases().take("news.example", 1.0)
    for each in (folder, folder / "hosts"):
        assert each.stat().st_mode & 0o077 == 0
