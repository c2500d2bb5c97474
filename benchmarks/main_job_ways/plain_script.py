"""What anyone writes in an hour: Scrapy, warcio, trafilatura, sqlite-utils. ``plain_script.py URLS PAGES OUT``."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from pathlib import Path

import scrapy
import sqlite_utils
from scrapy.crawler import CrawlerProcess
from trafilatura import extract
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

BATCH = 50


class Stories(scrapy.Spider):
    """Fetches the listed pages, and keeps each as a WARC record and as a row."""

    name = "stories"

    def __init__(self, urls: str, out: str) -> None:
        super().__init__()
        self.start_urls = Path(urls).read_text().split()
        self.warc = (Path(out) / "stories.warc.gz").open("wb")
        self.writer = WARCWriter(self.warc, gzip=True)
        self.articles = sqlite_utils.Database(Path(out) / "stories.db")["articles"]
        self.rows: list[dict[str, str]] = []

    def parse(self, response: scrapy.http.Response) -> None:
        """Keep one page."""
        fields = [(name.decode(), value.decode()) for name, values in response.headers.items() for value in values]
        head = StatusAndHeaders(f"{response.status} OK", fields, protocol="HTTP/1.1")
        self.writer.write_record(
            self.writer.create_warc_record(response.url, "response", payload=BytesIO(response.body), http_headers=head)
        )
        found = extract(response.body, url=response.url, output_format="json", with_metadata=True)
        if found is not None:
            self.rows.append({"url": response.url, **json.loads(found)})
        if len(self.rows) >= BATCH:
            self.store()

    def store(self) -> None:
        """Write the waiting rows."""
        self.articles.insert_all(self.rows, alter=True)
        self.rows = []

    def closed(self, _reason: str) -> None:
        """Write what is left, and the index for full text."""
        self.store()
        self.articles.enable_fts(["title", "text"])
        self.warc.close()


if __name__ == "__main__":
    process = CrawlerProcess({"LOG_LEVEL": "ERROR", "DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS_PER_DOMAIN": 16})
    process.crawl(Stories, urls=sys.argv[1], out=sys.argv[3])
    process.start()
