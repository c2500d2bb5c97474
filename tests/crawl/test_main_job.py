"""The main job: a newspaper is crawled, captured, extracted, stored; it moves on; it is crawled again."""

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import talkscraper
from tests.support import crawls, pages, servers
from tests.support.waiting import wait_until


def test_a_newspaper_is_archived_and_followed(archive, quay):
    """Discovery, capture, rows, requisites; then nothing new, a correction, an article gone, a new one."""
    page = pages.article(
        "Story number 1 from the harbour",
        head='<link rel=stylesheet href="/main.css"><link rel="alternate" type="application/rss+xml" href="/feed.xml">',
    ).replace(b"</article>", b'<img src="/boat.jpg" alt="a boat"></article>')
    quay.add("/posts/story-1", page)
    quay.add(
        "/",
        pages.listing("/posts/story-1", "/posts/story-2").replace(
            b"<head>", b'<head><link rel="alternate" type="application/rss+xml" href="/feed.xml">'
        ),
    )
    quay.add("/main.css", b"@font-face{src:url(/font.woff2)}", content_type="text/css")
    quay.add("/font.woff2", b"wOF2 font", content_type="font/woff2")
    quay.add("/boat.jpg", b"\xff\xd8\xff jpeg", content_type="image/jpeg")
    archive.sources_for(quay, extra='recrawl = "always"')

    first = archive.crawl()
    assert first.code == 0, first.stderr
    assert (first.source()["found"], first.source()["new"], first.source()["diagnosis"]) == (4, 4, "first")
    assert archive.rows("select count(*) from articles where source_id = 'quay'") == [(4,)]
    paths = set(quay.paths())
    assert {"/robots.txt", "/", "/feed.xml", "/main.css", "/font.woff2", "/boat.jpg"} <= paths
    assert len(quay.paths()) == len(paths), "nothing is asked for twice"
    captured = dict(archive.rows("select url, id from captures"))
    assert set(captured) == {quay.base + path for path in paths}, "every exchange is captured"
    page_of = dict(archive.rows("select url, page_capture_id from captures where page_capture_id is not null"))
    story = captured[f"{quay.base}/posts/story-1"]
    assert page_of == {f"{quay.base}{path}": story for path in ("/main.css", "/font.woff2", "/boat.jpg")}
    assert archive.rows("select distinct run_id from captures") == [(1,)]
    assert archive.rows("select exit_code, reason from runs") == [(0, "done")]
    assert archive.rows("select found, fetched, new, failed, diagnosis from run_sources") == [(4, 4, 4, 0, "first")]
    assert archive.rows("select count(*) from mentions where day = ?", first.summary["started_at"][:10]) == [(4,)]
    assert all("talkscraper" in asked.headers["user-agent"] for asked in quay.log)
    assert all("https://example.org/bot" in asked.headers["user-agent"] for asked in quay.log)
    assert all("zstd" not in asked.headers["accept-encoding"] for asked in quay.log)

    second = archive.crawl()
    assert second.code == 0, second.stderr
    assert (second.source()["new"], second.source()["revised"], second.source()["unchanged"]) == (0, 0, 4)
    assert quay.paths().count("/boat.jpg") == 1, "a picture of yesterday isn't fetched again"

    quay.add(
        "/posts/story-2",
        pages.article(
            "Story number 2 from the harbour",
            paragraphs=(pages.PARAGRAPHS[0].replace("a metre", "two metres"), *pages.PARAGRAPHS[1:]),
        ),
    )
    quay.add("/posts/story-3", b"gone", 410, content_type="text/plain")
    quay.add("/posts/story-5", pages.article("Story number 5 from the harbour"))
    quay.add("/", pages.listing("/posts/story-5", "/posts/story-1"))
    third = archive.crawl()
    assert third.code == 0, third.stderr
    source = third.source()
    assert (source["new"], source["revised"], source["gone"], source["unchanged"]) == (1, 1, 1, 2)
    assert archive.rows("select count(*), max(revision_count) from articles") == [(5, 2)]
    ((gone_at, reason),) = archive.rows("select gone_at, gone_reason from articles where gone_at is not null")
    assert date.fromisoformat(gone_at[:10])
    assert "410" in reason


def test_validators_make_the_second_visit_cheap(archive, site):
    """With ETag and Last-Modified, a page that hasn't changed is answered 304, and nothing is extracted."""
    etag, body = '"v1"', pages.article("The story with a tag")

    def answer(headers):
        if headers.get("if-none-match") == etag:
            return servers.Reply(b"", 304, None, {"ETag": etag})
        return servers.Reply(body, headers={"ETag": etag, "Last-Modified": "Mon, 20 Oct 2025 08:00:00 GMT"})

    site.add("/", pages.listing("/posts/tagged"))
    site.pages["/posts/tagged"] = answer
    archive.sources_for(site, extra='recrawl = "always"')
    archive.crawl()
    again = archive.crawl()
    assert site.log[-1].headers["if-none-match"] == etag
    assert site.log[-1].headers["if-modified-since"] == "Mon, 20 Oct 2025 08:00:00 GMT"
    assert (again.source()["unchanged"], again.source()["bytes"] < 2000) == (1, True)
    assert archive.rows("select last_status, state from urls where kind = 'article'") == [(304, "done")]


def test_what_cannot_be_an_article_costs_one_line_each_and_nothing_else(archive, quay):
    """A binary that calls itself HTML, an empty page and a page that breaks off: named, counted, exit code 3."""
    quay.add("/posts/binary", b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 40)
    quay.add("/posts/empty", b"")
    quay.add("/posts/off", b"x" * 50, headers={"Content-Encoding": "gzip"})
    quay.add("/", pages.listing("/posts/binary", "/posts/empty", "/posts/off", "/posts/story-1", "/posts/story-2"))
    archive.sources_for(quay)
    run = archive.crawl()
    assert run.code == 3, run.stderr
    assert (run.source()["new"], run.source()["failed"], run.source()["diagnosis"]) == (2, 3, "failing")
    for name in ("binary", "empty", "off"):
        assert sum(f"/posts/{name}" in line for line in run.stderr.splitlines()) == 1
    assert "Traceback" not in run.stderr
    assert archive.rows("select count(*) from fetch_failures") == [(3,)]
    assert archive.rows("select count(*) from captures where url like '%/posts/%'") == [(5,)]


def test_a_source_that_does_not_answer_is_told_and_the_others_are_crawled(archive, quay):
    """Nobody listens on the port: one clear line, exit code 3, and the other newspaper is archived."""
    archive.write_sources(
        f'contact = "https://example.org"\n[sources.quay]\nname = "Q"\nhomepage = "{quay.base}/"\ndelay = 0\n'
        "article_urls = ['/posts/']\nallow_private = true\n"
        '[sources.dead]\nname = "D"\nhomepage = "http://127.0.0.1:9/"\nallow_private = true\ndelay = 0\n'
    )
    run = archive.crawl()
    assert run.code == 3
    assert run.source("dead")["diagnosis"] == "unreachable"
    assert run.source()["new"] == 2
    assert "Traceback" not in run.stderr
    assert archive.rows("select state, next_due > last_fetched_at from urls where source_id = 'dead'") != []


def test_a_budget_of_pages_ends_the_run_and_the_rest_is_due(archive, quay):
    """--max-pages 1: one article, exit code 4; the next runs fetch the others, none twice."""
    archive.sources_for(quay, extra=f'feeds = ["{quay.base}/feed.xml"]')
    codes = [archive.crawl("--max-pages", "2").code for _ in range(3)]
    assert codes == [4, 0, 0]
    posts = [path for path in quay.paths() if path.startswith("/posts/")]
    assert sorted(posts) == [f"/posts/story-{n}" for n in range(1, 5)]
    assert archive.rows("select reason from runs order by id") == [("max-pages",), ("done",), ("done",)]


def test_sigterm_drains_and_a_second_run_is_locked_out_meanwhile(archive, quay):
    """A server that stalls for ever, before its answer and in the middle of one, holds the end up for 6 s, no longer.

    What came is kept and says that it isn't whole; both pages are due again; the lock exits 75 at once.
    """
    quay.add("/posts/story-1", pages.article("Story one"), delay=3600)
    quay.add("/posts/story-2", pages.article("Story two"), stall=200)
    archive.sources_for(quay, extra="concurrency = 4")
    run = subprocess.Popen(
        archive.command("crawl", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until(lambda: {"/posts/story-1", "/posts/story-2"} <= set(quay.paths()), process=run)
        locked = archive.run("crawl")
        assert locked.returncode == 75
        assert "in use by" in locked.stderr
        run.send_signal(signal.SIGTERM)
        out, err = run.communicate(timeout=110)
    finally:
        run.kill()
    assert run.returncode == 4, err
    # not its time-out of 60 s, nor the server, but the run's own patience ended it
    assert "After 6 s: what is still being received or read is cut" in err
    assert archive.rows("select truncated from captures where url like '%story-2'") == [("unspecified",)]
    assert '"reason": "sigterm"' in out
    assert archive.rows("select state from urls where url like '%story-1' or url like '%story-2'") == [("due",)] * 2
    assert archive.rows("select count(*) from urls where state = 'leased'") == [(0,)]


def test_kill_9_loses_no_address(archive, quay):
    """The next run takes up what the killed one held, and says that it died."""
    quay.add("/posts/story-1", pages.article("Story one"), delay=20)
    archive.sources_for(quay)
    run = subprocess.Popen(archive.command("crawl"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: "/posts/story-1" in quay.paths(), process=run)
    run.kill()
    run.wait()
    quay.add("/posts/story-1", pages.article("Story one"))
    again = archive.crawl()
    assert again.code == 0, again.stderr
    assert archive.rows("select reason from runs order by id") == [("died",), ("done",)]
    assert archive.rows("select count(*) from articles where url like '%/posts/%'") == [(2,)]


@pytest.mark.parametrize(
    "spider", [["news", "-a", "source=talkofnations"], ["talkofnations"]], ids=lambda names: names[0]
)
def test_scrapy_crawl_gives_the_same_archive(archive, quay, tmp_path, spider):
    """scrapy crawl news -a source=NAME, scrapy crawl talkofnations, talkscraper crawl: the same captures, rows, figures."""
    theirs = crawls.CrawlArchive(tmp_path / "theirs")
    for each in (archive, theirs):
        each.write_sources(
            f'contact = "https://example.org/bot"\n[sources.talkofnations]\nhomepage = "{quay.base}/"\ndelay = 0\n'
            f"article_urls = ['/posts/[^/?#]+$']\nallow_private = true\nfeeds = ['{quay.base}/feed.xml']\n"
        )
    ours = archive.crawl("talkofnations")
    assert ours.code == 0, ours.stderr
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", *spider],
        cwd=Path(talkscraper.__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=500,
        env=os.environ | {"TALKSCRAPER_ARCHIVE": str(theirs.root)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for query in (
        "select url, status, payload_digest, record_type, source_id from captures order by url",
        "select id, url, title, text_digest, published_at, source_id, revision_count from articles order by id",
        "select article_id, field, value, rule from provenance order by 1, 2, 3",
        # which of the seeds named an address first, and so had news, is the faster one's luck
        "select url, kind, state, last_status from urls order by url",
        "select source_id, found, fetched, new, revised, unchanged, failed, skipped, bytes, diagnosis from run_sources",
        "select exit_code, reason from runs",
        "select count(*) from warc_files where closed_at is null",
    ):
        assert theirs.rows(query) == archive.rows(query), query
    assert archive.rows("select count(*) from articles") == [(4,)]
    assert theirs.rows("select command from runs") == [(f"scrapy {spider[0]}",)]
    assert not list((theirs.root / "warc").glob("*.open"))
