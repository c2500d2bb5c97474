"""One ADDONS line in somebody else's Scrapy project."""

import os
import subprocess
import sys

from tests.support import pages

PROJECT = """
import scrapy
from scrapy.crawler import {process}

class Theirs(scrapy.Spider):
    name = "theirs"
    custom_settings = {settings}

    async def start(self):
        yield scrapy.Request("{base}/")

    def parse(self, response):
        for href in response.css("a::attr(href)").getall():
            yield response.follow(href, self.parse_story)

    def parse_story(self, response):
        yield {{"title": response.css("h1::text").get()}}

process = {process}({{
    "ADDONS": {{"talkscraper.ArchiveAddon": 500}}, "REMOTE_CONTROL_ENABLED": False, "TELNETCONSOLE_ENABLED": False,
    "FEEDS": {{"items.jsonl": {{"format": "jsonlines"}}}},
}})
process.crawl(Theirs)
process.start()
"""


def _run(tmp_path, base, *, process="AsyncCrawlerProcess", settings="{}"):
    script = tmp_path / "crawl.py"
    script.write_text(PROJECT.format(base=base, process=process, settings=settings))
    return subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=500, check=False,
        env=os.environ | {"TALKSCRAPER_ARCHIVE": str(tmp_path / "archive")},
    )  # fmt: skip


def test_another_project_gets_records_and_articles_for_one_line(archive, quay, tmp_path):
    """Their spider yields its items as ever; every exchange has a record, every page a row."""
    done = _run(tmp_path, quay.base)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "items.jsonl").read_text().splitlines()) == 2
    assert archive.rows("select count(*) from captures where url like '%/posts/%' and status = 200") == [(2,)]
    assert archive.rows("select source_id, count(*) from articles group by 1") == [("theirs", 2)]
    assert archive.rows("select command, exit_code from runs") == [("scrapy theirs", 0)]
    assert list((tmp_path / "archive" / "warc").glob("*.warc.gz"))
    assert not list((tmp_path / "archive" / "warc").glob("*.open"))


def test_a_page_cannot_lead_another_project_to_a_private_address(archive, quay, other_site, tmp_path):
    """The project may crawl loopback because it says so itself; a link to the neighbour's port is refused."""
    other_site.add("/secret", pages.article("Secret"))
    quay.add("/", pages.listing("/posts/story-1", f"{other_site.base}/secret"))
    done = _run(tmp_path, quay.base, process="CrawlerProcess")
    assert other_site.log == []
    assert "private address" in done.stderr
    assert archive.rows("select count(*) from articles") == [(1,)]


def test_an_answer_without_a_capture_ends_the_crawl_with_an_error(archive, quay, tmp_path):
    """Another download handler in the way: said in one line, exit code in the run's row, nothing stored silently."""
    settings = '{"DOWNLOAD_HANDLERS": {"http": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"}}'
    done = _run(tmp_path, quay.base, settings=settings)
    assert "without a capture" in done.stderr
    assert archive.rows("select exit_code, reason from runs") == [(1, "error")]
    assert not (tmp_path / "items.jsonl").exists() or not (tmp_path / "items.jsonl").read_text()
