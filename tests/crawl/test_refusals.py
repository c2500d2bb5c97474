"""Refuse early and by name: one clear line, the right exit code, nothing lost; and what stays off for good."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import talkscraper
from tests.support import pages
from tests.support.servers import SiteServer, untrusted_tls
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(400)  # each crawl is a process of its own


def _one_line(done, code, *words):
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("talkscraper: ")
    assert all(word in line for word in words), line
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ("[sources.quay]\nhomepage = 'https://quay.example/'\nartcle_urls = ['/p/']\n", ("sources.toml:3", "article_urls")),
        ("[sources.quay]\nhomepage = 'https://quay.example/'\narticle_urls = ['(']\n", ("sources.toml:3", "expression")),
        ("[sources.quay]\nname = 'Q'\n", ("sources.toml:1", "no homepage")),
        ("[sources.quay\n", ("sources.toml:1",)),
    ],
)  # fmt: skip
def test_a_bad_sources_toml_is_refused_before_anything_is_fetched(archive, quay, sources, words):
    """Exit code 2, with file, line and what was probably meant; the archive isn't even made."""
    archive.write_sources(sources)
    _one_line(archive.run("crawl"), 2, *words)
    assert not (archive.root / "talkscraper.db").exists()


def test_a_database_that_is_none_is_refused_and_left_alone(archive, quay):
    """Somebody else's file under our name."""
    archive.sources_for(quay)
    (archive.root / "talkscraper.db").write_bytes(b"These are our holiday pictures." * 100)
    _one_line(archive.run("crawl"), 1, "talkscraper.db")
    assert (archive.root / "talkscraper.db").read_bytes().startswith(b"These are our holiday")
    assert quay.log == []


def test_a_database_of_a_newer_talkscraper_is_refused(archive, quay):
    """It may hold what this version would destroy."""
    archive.sources_for(quay)
    assert archive.run("crawl", "--max-pages", "0").returncode in (0, 3, 4)
    import sqlite3

    connection = sqlite3.connect(archive.root / "talkscraper.db")
    with connection:
        connection.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('talkscraper', 'm999_later', 'x')"
        )
    connection.close()
    _one_line(archive.run("crawl"), 1, "newer")


def test_an_archive_that_cannot_be_written_is_an_io_error(tmp_path, archive, quay):
    """A file where a folder should be: 74, one line."""
    archive.sources_for(quay)
    (archive.root / "warc").write_text("in the way")
    _one_line(archive.run("crawl"), 74, "warc")
    assert quay.log == []


@pytest.fixture
def shop_window():
    """A newspaper behind a certificate that nobody trusts."""
    with SiteServer(context=untrusted_tls()) as server:
        yield server


def test_a_certificate_that_nobody_vouches_for_makes_a_source_unreachable(archive, shop_window):
    """Told as such, exit code 3; not one request is sent through it, and 'sources add' refuses it likewise."""
    home = f"{shop_window.base}/"
    archive.write_sources(
        f'contact = "https://example.org"\n[sources.window]\nhomepage = "{home}"\nallow_private = true\ndelay = 0\n'
    )
    run = archive.crawl()
    assert (run.code, run.source("window")["diagnosis"]) == (3, "unreachable")
    assert "certificate" in run.source("window")["detail"]
    assert "Traceback" not in run.stderr
    archive.write_sources('contact = "https://example.org"\n')
    added = archive.run("sources", "add", home, "--allow-private")
    assert added.returncode == 3
    assert "certificate" in added.stderr
    assert shop_window.log == []


def test_what_must_stay_off_is_off_and_what_must_be_on_is_on():
    """As Scrapy itself reads the settings, with the add-on applied: no remote control, no telnet, no cookies, no cache."""
    script = (
        "from scrapy.crawler import AsyncCrawlerProcess\n"
        "from scrapy.utils.project import get_project_settings\n"
        "settings = get_project_settings()\n"
        "for name in ('REMOTE_CONTROL_ENABLED', 'TELNETCONSOLE_ENABLED', 'COOKIES_ENABLED', 'HTTPCACHE_ENABLED', 'JOBDIR',\n"
        "             'ROBOTSTXT_OBEY', 'DOWNLOAD_VERIFY_CERTIFICATES', 'DOWNLOAD_MAXSIZE', 'URLLENGTH_LIMIT',\n"
        "             'REDIRECT_MAX_TIMES', 'DOWNLOAD_HANDLERS'):\n"
        "    print(name, settings.get(name))\n"
    )
    root = Path(talkscraper.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True, timeout=500
    )
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    off = ("REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED", "COOKIES_ENABLED", "HTTPCACHE_ENABLED")
    assert {name: told[name] for name in off} == dict.fromkeys(off, "False")
    assert told["JOBDIR"] == "None"
    assert (told["ROBOTSTXT_OBEY"], told["DOWNLOAD_VERIFY_CERTIFICATES"]) == ("True", "True")
    assert (told["DOWNLOAD_MAXSIZE"], told["REDIRECT_MAX_TIMES"]) == (str(16 << 20), "10")


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="no /proc here")
def test_a_running_crawl_listens_on_nothing(archive, quay):
    """Neither Scrapy's remote control, which executes Python, nor its telnet console, nor anything else."""
    quay.add("/posts/story-1", pages.article("Story one"), delay=20)
    archive.sources_for(quay)
    run = subprocess.Popen(archive.command("crawl"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: "/posts/story-1" in quay.paths(), process=run)
        sockets = {
            match[1]
            for link in Path(f"/proc/{run.pid}/fd").iterdir()
            if (match := re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink())))
        }
        listening = [
            line.split()[1]
            for table in ("tcp", "tcp6")
            for line in Path(f"/proc/{run.pid}/net/{table}").read_text().splitlines()[1:]
            if line.split()[3] == "0A" and line.split()[9] in sockets
        ]
    finally:
        run.kill()
        run.wait()
    assert sockets, "it does hold the connection to the newspaper"
    assert listening == []
