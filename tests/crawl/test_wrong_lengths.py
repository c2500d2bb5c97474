"""Servers that announce more than they send: their articles are kept, marked as truncated, and found again."""

from __future__ import annotations

import pytest

from tests.support import pages
from tests.support.crawls import CrawlArchive
from tests.support.raw_server import Answer, RawServer

pytestmark = pytest.mark.timeout(400)  # each command is a process of its own


def too_short(body: bytes, content_type: str = "text/html") -> Answer:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body) + 500}\r\n\r\n"
    return Answer([head.encode(), body], "close")


def test_an_article_that_never_has_its_length_is_kept(tmp_path):
    """robots.txt, front page and article are each too short: the crawl reads them, and so do extract and import."""
    archive, imported = CrawlArchive(tmp_path / "archive"), CrawlArchive(tmp_path / "imported")
    with RawServer() as server:
        server.answers["/robots.txt"] = too_short(b"User-agent: *\nAllow: /\n", "text/plain")
        server.answers["/"] = too_short(pages.listing("/posts/ferry-late"))
        server.answers["/posts/ferry-late"] = too_short(pages.article("The ferry was late"))
        server.otherwise = Answer([b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"])
        settings = "delay = 0\nfeeds = []\nsitemaps = []\nrequisites = false\n"
        archive.write_sources(
            f'contact = "https://example.org/bot"\n[sources.quay]\nname = "The Quay"\nhomepage = "{server.base}/"\n'
            f"article_urls = ['/posts/[^/?#]+$']\nallow_private = true\n{settings}"
        )
        assert archive.crawl().code == 0
    text = archive.rows("select text from articles")
    assert len(text) == 1
    assert archive.rows("select truncated from captures where id in (select capture_id from articles)") == [
        ("disconnect",)
    ]
    assert archive.rows("select count(*) from fetch_failures") == [(0,)]
    assert archive.run("extract", "--from-start").returncode == 0
    assert archive.rows("select text from articles") == text
    imported.write_sources('contact = "https://example.org/bot"\n')
    imported.run("import", *map(str, (archive.root / "warc").glob("*.gz")))
    assert imported.rows("select text from articles") == text
