"""scrapy-webarchive with the Scrapy it needs: WACZ, and nothing extracted. ``webarchive.py URLS PAGES OUT``."""

from __future__ import annotations

import sys
from pathlib import Path

import scrapy
from scrapy.crawler import CrawlerProcess


class Stories(scrapy.Spider):
    """Fetches the listed pages."""

    name = "stories"

    def __init__(self, urls: str) -> None:
        super().__init__()
        self.start_urls = Path(urls).read_text().split()

    def parse(self, response: scrapy.http.Response) -> None:
        """Nothing: the extension keeps the page."""


if __name__ == "__main__":
    out = Path(sys.argv[3])
    process = CrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "DOWNLOAD_DELAY": 0,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
            "EXTENSIONS": {"scrapy_webarchive.extensions.WaczExporter": 543},
            "DOWNLOADER_MIDDLEWARES": {"scrapy_webarchive.downloadermiddlewares.WaczMiddleware": None},
            "SW_EXPORT_URI": str(out / "stories.wacz"),
        }
    )
    process.crawl(Stories, urls=sys.argv[1])
    process.start()
