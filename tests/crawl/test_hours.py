"""Time windows and daily budgets in runs: nothing is sent outside, what is due stays due, and nothing is an alarm."""

from __future__ import annotations

import json

from tests.support import pages

CLOSED, OPEN = "2026-03-02T09:00:00+00:00", "2026-03-02T22:30:00+00:00"
HOURS = 'requisites = false\nhours = "22:00-06:00"'


def test_outside_its_hours_nothing_is_sent_and_everything_stays_due(quay, archive, crawl_at):
    """By name, too; the source waits, which is no alarm, and is crawled when its window is open."""
    archive.sources_for(quay, extra=HOURS)
    for names in ((), ("quay",)):
        run = crawl_at(CLOSED, *names)
        assert run.code == 0, run.stderr
        assert quay.paths() == []
        assert run.source()["diagnosis"] == "waiting"
        assert run.source()["detail"].startswith("until 22:00 UTC")
    due = archive.rows("select url, next_due <= '2026-03-02T09:00:00Z' from urls")
    assert due == [(f"{quay.base}/", 1)]
    assert crawl_at(OPEN).source()["new"] == 2


def test_waiting_leaves_the_diagnosis_as_it_was(quay, archive, crawl_at):
    """A source that was unwell by night is so by day: that nothing was sent says nothing."""
    archive.sources_for(quay, extra=HOURS)
    quay.add("/", b"", status=403)
    assert crawl_at(OPEN).source()["diagnosis"] == "blocked"
    assert crawl_at("2026-03-03T09:00:00+00:00", "quay").source()["diagnosis"] == "waiting"
    (shown,) = json.loads(archive.run("status", "--json").stdout)["sources"]
    assert shown["diagnosis"].startswith("blocked")


def test_status_and_dry_run_say_until_when_a_source_waits(quay, archive):
    """Windows that are closed whenever this test runs: all but the present hour's neighbours."""
    from datetime import UTC, datetime, timedelta

    opening = (datetime.now(UTC) + timedelta(hours=6)).replace(minute=0)
    archive.sources_for(quay, extra=f'hours = "{opening:%H:%M}-{opening + timedelta(hours=1):%H:%M}"')
    archive.crawl()
    (shown,) = json.loads(archive.run("status", "--json").stdout)["sources"]
    assert shown["waiting_until"] == f"{opening:%Y-%m-%dT%H:00:00Z}"
    assert "outside its hours" in archive.run("status").stdout
    assert "outside its hours" in archive.run("crawl", "--dry-run").stdout


def test_a_page_given_by_hand_is_fetched_outside_the_hours_and_the_report_says_so(quay, archive):
    """The window is far from now; the front page isn't fetched."""
    from datetime import UTC, datetime, timedelta

    opening = datetime.now(UTC) + timedelta(hours=6)
    window = f"{opening:%H}:00-{opening:%H}:30"
    archive.sources_for(quay, extra=f'requisites = false\nhours = "{window}"')
    run = archive.crawl(f"{quay.base}/posts/story-1")
    assert run.code == 0
    assert quay.paths() == ["/robots.txt", "/posts/story-1"]
    assert run.summary["notes"] == [f"quay: its hours ({window}) don't hold for pages given by hand"]


def test_the_requests_of_a_day_are_counted_over_runs(quay, archive, crawl_at):
    """Two requests on one day: robots.txt and the front page; the articles come on the next day, then the rest."""
    archive.sources_for(quay, extra="requisites = false\nmax_requests_per_day = 2")
    first = crawl_at("2026-03-02T09:00:00+00:00")
    assert quay.paths() == ["/robots.txt", "/"]
    assert first.code == 0, "a budget that is used up is no alarm"
    assert (first.source()["diagnosis"], first.source()["capped"]) == ("waiting", "max-requests")
    again = crawl_at("2026-03-02T23:59:00+00:00", "quay")
    assert len(quay.log) == 2
    assert again.source()["capped"] == "max-requests"
    crawl_at("2026-03-03T00:00:00+00:00")
    assert len(quay.log) == 4
    assert archive.rows("select day, requests from request_days") == [("2026-03-02", 2), ("2026-03-03", 2)]


def test_the_budget_of_a_day_holds_by_hand(quay, archive):
    """What is beyond stays due, and isn't failed."""
    archive.sources_for(quay, extra="requisites = false\nmax_requests_per_day = 2")
    urls = [f"{quay.base}/posts/story-{n}" for n in range(1, 4)]
    run = archive.crawl(*urls)
    assert len(quay.log) == 2
    assert run.summary["by_hand"] == {"due": 2, "new": 1}


def test_the_end_of_a_window_ends_the_source_politely(quay, archive, tmp_path):
    """A clock that jumps over the end of the window after some requests: nothing more is sent, nothing fails."""
    import subprocess
    import sys

    from tests.support import cli

    archive.sources_for(quay, extra=HOURS)
    for number in range(30):
        quay.add(f"/posts/more-{number}", pages.article(f"More of the harbour, part {number}"))
    quay.add("/", pages.listing(*(f"/posts/more-{number}" for number in range(30))))
    script = tmp_path / "closing.py"
    script.write_text(_CLOSING, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, str(archive.root)],
        capture_output=True, text=True, timeout=cli.TIMEOUT_S, check=False,
    )  # fmt: skip
    summary = json.loads(done.stdout.splitlines()[-1])
    quay_row = summary["sources"]["quay"]
    assert (summary["exit_code"], quay_row["diagnosis"], quay_row["failed"]) == (0, "waiting", 0), done.stderr
    assert 2 <= len(quay.log) < 32
    assert archive.rows("select count(*) from urls where state not in ('due', 'done')") == [(0,)]
    waiting = archive.rows("select count(*) from urls where state = 'due' and next_due <= '2026-03-03T06:01:00Z'")
    assert waiting == [(32 - len(quay.log),)]


_CLOSING = """
import json, sys
from datetime import datetime, timedelta
from pathlib import Path
from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run import crawl

start = datetime.fromisoformat("2026-03-03T05:59:00+00:00")
sent = []

def progress(tallies):
    sent.append(None)

def clock():
    # the tenth answer comes when the window is over
    return start + timedelta(minutes=2 if len(sent) >= 10 else 0)

report = crawl(ArchiveFolder(Path(sys.argv[1])), CrawlOptions(clock=clock, progress=progress))
print(json.dumps(report.summary()))
"""


def test_sources_check_shows_the_delay_that_is_kept_and_why(quay, archive):
    """A site that asks for more than sources.toml gets it; one that asks for less gets the delay of sources.toml."""
    quay.add("/robots.txt", b"User-agent: *\nCrawl-delay: 0.2\n", content_type="text/plain")
    for delay, kept, why in (("0", 0.2, "robots.txt"), ("0.3", 0.3, "delay in sources.toml")):
        archive.sources_for(quay, extra=f"delay = {delay}")
        (shown,) = json.loads(archive.run("sources", "check", "--json").stdout)["sources"]
        assert (shown["crawl_delay_s"], shown["delay_s"], shown["delay_why"]) == (0.2, kept, why)
