"""``crawl --quiet`` as cron runs it: a good run prints nothing, a bad one what is wrong, and the log file has it all."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.crawls import CrawlArchive
from tests.support.pages import article, listing
from tests.support.servers import SiteServer


@pytest.fixture
def site():
    with SiteServer() as served:
        served.add("/", listing("/posts/gulls"))
        served.add("/posts/gulls", article("Gulls over the market"))
        yield served


def _cron(archive: CrawlArchive, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a crawl with the environment of a cron job."""
    return subprocess.run(
        archive.command("crawl", "--quiet", *map(str, arguments)),
        env={"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "HOME": os.environ.get("HOME", "/"), "LOGNAME": "desk"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_a_good_run_prints_nothing_and_its_log_file_has_times(tmp_path: Path, site: SiteServer):
    archive = CrawlArchive(tmp_path / "a")
    archive.sources_for(site)
    log = tmp_path / "crawl.log"
    for _ in range(2):
        done = _cron(archive, "--log-file", log)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "run 3:" not in archive.crawl("--log-file", str(log), "--max-time", "1h").stderr
    lines = log.read_text().splitlines()
    assert [number for number in (1, 2, 3) if any(f" run {number}: exit 0 (done): " in line for line in lines)] == [
        1, 2, 3,
    ]  # fmt: skip
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+ ", line)


def test_an_outage_is_a_line_and_exit_code_3(tmp_path: Path):
    archive = CrawlArchive(tmp_path / "a")
    with SiteServer() as gone:
        base = gone.base
    archive.write_sources(
        'contact = "https://example.org/bot"\n'
        + "".join(
            f'[sources.p{n}]\nname = "P{n}"\nhomepage = "{base}/{n}/"\nallow_private = true\ndelay = 0\n'
            for n in range(9)
        )
    )
    log = tmp_path / "crawl.log"
    done = _cron(archive, "--log-file", log)
    assert done.returncode == 3
    first, second = done.stdout.splitlines()
    assert "network of this machine" in first
    assert re.fullmatch(r"9 sources: unreachable.* refused.*: p0, p1, p2 and 6 more", second)
    assert done.stderr == ""
    assert len(log.read_text().splitlines()) >= 9


def test_a_run_that_finds_another_at_work_is_no_trouble(tmp_path: Path, site: SiteServer):
    from talkscraper.archive_folder import ArchiveFolder

    archive = CrawlArchive(tmp_path / "a")
    archive.sources_for(site)
    with ArchiveFolder(archive.root).lock(what="crawl"):
        done = _cron(archive)
    assert (done.returncode, done.stdout, done.stderr) == (75, "", "")


def test_a_mistake_in_sources_toml_is_told(tmp_path: Path):
    archive = CrawlArchive(tmp_path / "a")
    archive.write_sources("[sources.quay]\nhomepages = 1\n")
    done = _cron(archive)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_a_full_log_file_is_rotated_and_a_failing_one_ends_no_run(tmp_path: Path, monkeypatch, capsys):
    import logging

    from talkscraper.crawl import logs

    monkeypatch.setattr(logs, "MAX_LOG_BYTES", 2000)
    with logs.start_logging(as_json=False, verbose=False, quiet=True, file=tmp_path / "new" / "crawl.log"):
        for number in range(300):
            logging.getLogger("talkscraper.crawl").info("line %d", number)
    names = sorted(each.name for each in (tmp_path / "new").iterdir())
    assert names == ["crawl.log", *(f"crawl.log.{number}" for number in range(1, 6))]
    assert all(each.stat().st_size <= 2000 for each in (tmp_path / "new").iterdir())
    with logs.start_logging(as_json=False, verbose=False, quiet=True, file=tmp_path / "no" / "such" / "crawl.log"):
        for _ in range(3):
            logging.getLogger("talkscraper.crawl").info("lost")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_logrotate_snippet_of_the_docs_is_one(tmp_path: Path):
    """Checked by logrotate where it is installed, and else by its form."""
    import shutil

    docs = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
    snippet = re.search(r"```logrotate\n(.*?)```", docs, re.DOTALL)[1]
    head, *body, end = snippet.splitlines()
    assert re.fullmatch(r"/\S+ \{", head)
    assert end == "}"
    words = {"weekly", "rotate", "maxsize", "compress", "missingok", "notifempty", "copytruncate"}
    assert {line.split()[0] for line in body} <= words
    if (program := shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin")) is not None:
        (tmp_path / "conf").write_text(snippet)
        done = subprocess.run(
            [program, "--debug", "--state", tmp_path / "state", tmp_path / "conf"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_a_page_asked_for_by_hand_that_failed_is_told(tmp_path: Path, site: SiteServer):
    archive = CrawlArchive(tmp_path / "a")
    archive.sources_for(site)
    good = _cron(archive, f"{site.base}/posts/gulls")
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    bad = _cron(archive, f"{site.base}/posts/gulls", f"{site.base}/nothing")
    assert (bad.returncode, bad.stderr) == (3, "")
    assert re.fullmatch(rf"failed {re.escape(site.base)}/nothing \([a-z]+\): answered 404\n", bad.stdout)
