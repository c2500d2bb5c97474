"""Two runs of an archive, one right after the other: the hosts' delays and pauses hold between them too."""

import asyncio
import contextlib

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl import host_notes, run_rows
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run_setup import open_session
from talkscraper.fetch.politeness import Pacer
from talkscraper.store.writer import ArchiveWriter
from tests.support.clock import FakeClock

DELAY = 40.0


@pytest.fixture
def folder(archive, site):
    """An archive with a source."""
    archive.sources_for(site)
    return ArchiveFolder(archive.root)


async def request(pacer, host):
    async with pacer.turn(host, delay=DELAY):
        pacer.sent(host)


def run(folder, clock, *, journal=False):
    """Make a run with one request; return when it was sent."""
    options = CrawlOptions(clock=clock.now, pacer=Pacer(clock=clock, wait=clock.wait), journal=journal)
    with open_session(folder, options) as session:
        asyncio.run(request(session.pacer, "news.example"))
    return clock.seconds


def test_a_run_right_after_another_one_waits_for_the_rest_of_the_delay(folder):
    clock = FakeClock()
    first = run(folder, clock)
    clock.seconds += 10
    assert run(folder, clock) - first == DELAY
    clock.seconds += 1000
    later = clock.seconds
    assert run(folder, clock) == later


def test_a_run_after_a_killed_one_waits_for_the_whole_delay(folder):
    clock = FakeClock()
    folder.make()
    with contextlib.closing(ArchiveWriter(folder.database)) as writer:
        writer.run(lambda db: run_rows.begin_run(db, command="crawl", now=clock.now()))
    clock.seconds += 1000  # it went on until just now, for all that anybody knows
    begun = clock.seconds
    assert run(folder, clock) - begun == DELAY


def test_the_worker_of_a_shard_waits_for_the_whole_delay_whoever_had_its_hosts_before(folder):
    clock = FakeClock()
    assert run(folder, clock, journal=True) == DELAY


def test_a_pause_is_stored_at_once_so_that_it_holds_when_the_process_is_killed(folder):
    clock = FakeClock()
    with open_session(folder, CrawlOptions(clock=clock.now, pacer=Pacer(clock=clock, wait=clock.wait))) as session:
        session.pacer.back_off("news.example", 50)
        session.pacer.back_off("news.example", 10)
    with contextlib.closing(ArchiveWriter(folder.database)) as writer:
        assert writer.run(host_notes.pauses, clock.now()) == {"news.example": 50.0}
