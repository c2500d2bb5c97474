"""What ``sources check`` proposes where a site has moved on, and what ``--fix`` writes."""

import json
from pathlib import Path

import pytest

from talkscraper.sources.load import load
from tests.support import cli
from tests.support.raw_server import Answer, RawServer

MISSING = Answer([b"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n"], "close")
FAILING = Answer([b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"], "close")
PATHS = [f"/2026/03/0{n}/the-wall-is-higher-by-{n}-feet" for n in range(1, 8)]
STORIES = "".join(f'<li><a href="{path}">The wall is higher by {path[-6]} feet</a></li>' for path in PATHS)


def _feed(base):
    items = "".join(f"<item><title>The wall of {path[9:11]}</title><link>{base}{path}</link></item>" for path in PATHS)
    return f'<rss version="2.0"><channel><title>Q</title>{items}</channel></rss>'


@pytest.fixture
def newsroom():
    with RawServer(otherwise=MISSING) as server:
        server.page("/robots.txt", "User-agent: *\nAllow: /\n", "text/plain")
        link = '<link rel="alternate" type="application/rss+xml" href="/new.xml">'
        server.page("/", f"<html><head>{link}</head><ul>{STORIES}</ul></html>")
        for path in ("/new.xml", "/other.xml"):
            server.page(path, _feed(server.base), "application/rss+xml")
        yield server


def _archive(tmp_path, newsroom, keys):
    real = tmp_path / "real.toml"
    real.write_text(
        f"# ours\n[sources.quay] # the first\nhomepage = '{newsroom.base}/' # home\nallow_private = true\ndelay = 0\n"
        f"{keys}\n# about the mill\n[sources.mill]\nhomepage = 'https://mill.example/'\nenabled = false\n"
    )
    (tmp_path / "archive").mkdir()
    link = tmp_path / "archive" / "sources.toml"
    link.symlink_to(real)
    return link


def _fixed(toml, *more):
    before = toml.read_text()
    shown = cli.run_here(toml.parent, "sources", "check", *more, "--json")
    assert toml.read_text() == before, "without --fix nothing is written"
    done = cli.run_here(toml.parent, "sources", "check", *(more or ("--all",)), "--fix", "--json")
    assert json.loads(shown.stdout)["diff"] == json.loads(done.stdout)["diff"]
    assert toml.is_symlink()
    assert toml.read_text().endswith(
        "# about the mill\n[sources.mill]\nhomepage = 'https://mill.example/'\nenabled = false\n"
    )
    assert json.loads(cli.run_here(toml.parent, "sources", "check", "quay", "--json").stdout)["diff"] == ""
    return load(toml).sources["quay"], json.loads(done.stdout)["diff"]


def test_feeds_that_moved_or_are_gone_are_replaced(newsroom, tmp_path):
    """A permanent redirect is followed, a 404 gives way to what the homepage announces; comments stay."""
    newsroom.answers["/old.xml"] = Answer(
        [f"HTTP/1.1 301 Moved\r\nLocation: {newsroom.base}/other.xml\r\nContent-Length: 0\r\n\r\n".encode()], "close"
    )
    toml = _archive(tmp_path, newsroom, f"feeds = ['{newsroom.base}/old.xml', '{newsroom.base}/dead.xml'] # by hand")
    quay, diff = _fixed(toml)
    assert quay.seeds_of("feed") == (f"{newsroom.base}/other.xml", f"{newsroom.base}/new.xml")
    assert "-feeds = [" in diff
    assert "] # by hand" in toml.read_text()
    assert f"homepage = '{newsroom.base}/' # home" in toml.read_text()


@pytest.mark.parametrize("status", [302, 307, 503])
def test_what_may_be_back_tomorrow_is_left_alone(newsroom, tmp_path, status):
    """A temporary redirect, a busy server; and other feeds that the site has are no reason to add them."""
    where = f"Location: {newsroom.base}/other.xml\r\n" if status < 400 else ""
    newsroom.answers["/old.xml"] = Answer(
        [f"HTTP/1.1 {status} So\r\n{where}Content-Length: 0\r\n\r\n".encode()], "close"
    )
    toml = _archive(tmp_path, newsroom, f"feeds = ['{newsroom.base}/old.xml', '{newsroom.base}/other.xml']")
    assert _fixed(toml, "quay")[1] == ""


def test_a_homepage_that_moved_for_good_is_the_new_one(newsroom, tmp_path):
    """Where the new page names articles."""
    newsroom.answers["/home"] = newsroom.answers["/"]
    newsroom.answers["/"] = Answer(
        [f"HTTP/1.1 308 Moved\r\nLocation: {newsroom.base}/home\r\nContent-Length: 0\r\n\r\n".encode()], "close"
    )
    assert _fixed(_archive(tmp_path, newsroom, ""))[0].homepage == f"{newsroom.base}/home"


def test_a_pattern_that_is_too_narrow_gets_company_and_a_date_in_one_is_generalised(newsroom, tmp_path):
    """The first matches nothing that the feed names; the other only one month's articles."""
    narrow = _archive(tmp_path, newsroom, "article_urls = ['/posts/[^/]+$']")
    patterns = [each.pattern for each in _fixed(narrow)[0].article_urls]
    assert patterns[0] == "/posts/[^/]+$"
    assert any(each.search(PATHS[0]) for each in load(narrow).sources["quay"].article_urls)
    (tmp_path / "b").mkdir()
    dated = _archive(Path(tmp_path / "b"), newsroom, "article_urls = ['/2026/02/[^?#]+$']")
    assert _fixed(dated)[0].article_urls[0].pattern == r"/\d{4}/\d+/[^?#]+$"
