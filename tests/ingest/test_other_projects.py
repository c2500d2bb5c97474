"""Pages of another project's spider are stored by the rules of an import."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime

from talkscraper.ingest.page import CapturedPage, store_page
from talkscraper.model import Capture, RecordType
from talkscraper.store import captures, page_captures
from talkscraper.store.database import first, open_writer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROJECT = """
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

class Theirs(scrapy.Spider):
    name = "theirs"

    async def start(self):
        for path in ("steady", "moved", "no-page", "missing"):
            yield scrapy.Request("{base}/posts/" + path)

    def parse(self, response):
        pass

process = AsyncCrawlerProcess({{
    "ADDONS": {{"talkscraper.ArchiveAddon": 500}}, "REMOTE_CONTROL_ENABLED": False, "TELNETCONSOLE_ENABLED": False,
}})
process.crawl(Theirs)
process.start()
"""


def capture(number: int, **more) -> Capture:
    """A capture of a page, complete but for what ``more`` says otherwise."""
    values = {
        "id": f"<urn:uuid:{number}>", "url": "https://quay.example/a", "urlkey": "example,quay)/a", "captured_at": NOW,
        "status": 200, "mime": "text/html", "payload_digest": f"sha1:{number}", "record_type": RecordType.RESPONSE,
        "warc_file": "a.warc.gz", "warc_offset": number, "warc_length": 1,
    }  # fmt: skip
    return Capture(**(values | more))


def test_the_same_rule_says_what_an_addon_and_an_import_read(tmp_path):
    """``may_be_page`` of a new capture agrees with the SQL by which an import selects pages and pages that are gone."""
    db = open_writer(tmp_path / "talkscraper.db")
    captures.open_warc_file(db, "a.warc.gz", NOW)
    methods = ("GET", "POST")
    statuses = (200, 204, 301, 404, 410, 503)
    mimes = ("text/html", "Text/HTML", "application/xhtml+xml", "image/png", None)
    made = [
        capture(number, method=method, status=status, mime=mime, page_capture_id=page)
        for number, (method, status, mime, page) in enumerate(
            itertools.product(methods, statuses, mimes, (None, "<urn:uuid:page>"))
        )
    ]
    captures.add_captures(db, made)
    selected = {row["id"] for row in db.query(f"select id from captures where {page_captures.READABLE}")}
    selected |= {row["id"] for row in db.query(f"select id from captures where {page_captures.GONE}")}
    assert {each.id for each in made if page_captures.may_be_page(each)} == selected
    assert selected


def test_a_notice_that_a_page_is_gone_marks_its_article(tmp_path, make):
    """A 404 in a crawl by another project marks the article of an earlier capture, as its import does."""
    from talkscraper.extraction import extract

    db = open_writer(tmp_path / "talkscraper.db")
    captures.open_warc_file(db, "a.warc.gz", NOW)
    page, gone = capture(1), capture(2, status=404, captured_at=NOW.replace(day=3))
    captures.add_captures(db, [page, gone])
    extraction = extract(make.article("The wall is raised"), page.url, NOW)
    stored = store_page(
        db, CapturedPage(capture=page, extraction=extraction, source_id="theirs"), now=NOW.replace(day=3)
    )
    assert stored.outcome == "new"
    assert store_page(db, CapturedPage(capture=gone, source_id="theirs"), now=NOW.replace(day=3)).outcome == "gone"
    row = first(db, "select source_id, gone_at, gone_reason from articles")
    assert row == {"source_id": "theirs", "gone_at": "2026-03-03T09:00:00Z", "gone_reason": "answered 404"}
    assert first(db, "select source_id from captures where status = 200") == {"source_id": "theirs"}


def test_extract_and_import_give_the_rows_of_another_projects_crawl(tmp_path, make, differences):
    """Articles, aliases and signals are the same; only the source's name isn't in the WARC files."""
    site = make.Site()
    try:
        for name in ("steady", "moved-here"):
            site.add(f"/posts/{name}", make.article(f"Story of {name}", paragraphs=(f"{name} " * 12, *make.paragraphs)))
        site.add("/posts/moved", b"", 301, headers={"Location": "/posts/moved-here"})
        site.add("/posts/no-page", b"\x00" * 300, content_type="application/octet-stream")
        script = tmp_path / "theirs.py"
        script.write_text(PROJECT.format(base=site.base))
        root = tmp_path / "archive"
        done = subprocess.run(
            [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=500, check=False,
            env=os.environ | {"TALKSCRAPER_ARCHIVE": str(root)},
        )  # fmt: skip
    finally:
        site.close()
    assert done.returncode == 0, done.stderr
    before = make.rows_of(root)
    assert [row["source_id"] for row in before["articles"]] == ["theirs", "theirs"]
    assert [row["url"] for row in before["aliases"]] == [f"{site.base}/posts/moved"]
    again = tmp_path / "again"
    shutil.copytree(root, again)
    make.command(again, "extract")
    assert differences(before, make.rows_of(again)) == []
    other = tmp_path / "other"
    make.command(other, "import", root / "warc", "--copy")
    names = frozenset({"source_id", "sources", "marks"})
    assert differences(make.rows_of(root, without=names), make.rows_of(other, without=names)) == []
