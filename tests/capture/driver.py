"""A crawl in a process of its own, since a reactor runs once: reads a job as JSON, prints what came of it as JSON.

The handler and the writer are the real ones; the database is a list of captures.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import IgnoreRequest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture import CAPTURE_META_KEY, attach_writer
from talkscraper.capture.download_handler import WarcDownloadHandler
from talkscraper.capture.warcinfo import CrawlInfo
from talkscraper.capture.writer import WarcWriter

HANDLER = "talkscraper.capture.download_handler.WarcDownloadHandler"
GUARDED = "__main__.Guarded"


class Guarded(WarcDownloadHandler):
    """Refuses the peers of some requests, and cuts off what is under way when one of them has been answered."""

    under_way: ClassVar[set[asyncio.Task[Any]]] = set()
    peers: ClassVar[list[str]] = []

    def check_peer(self, request: Request, ip: str) -> None:
        self.peers.append(ip)
        if "refused" in request.url:
            raise IgnoreRequest("not to this peer")

    async def download_request(self, request: Request) -> Any:
        task = asyncio.ensure_future(super().download_request(request))
        self.under_way.add(task)
        try:
            response = await task
        except asyncio.CancelledError as e:
            raise IgnoreRequest("cut off") from e
        finally:
            self.under_way.discard(task)
        if "cuts-off" in request.url:
            for other in self.under_way:
                other.cancel()
        return response


class Unhooked:
    """An add-on that breaks the tee, as a new version of Scrapy or Twisted would."""

    def __init__(self) -> None:
        from twisted.web.client import HTTPConnectionPool

        import talkscraper.capture.download_handler as module

        module.TeePool = HTTPConnectionPool


def main() -> None:
    job: dict[str, Any] = json.loads(sys.stdin.read())
    if job.get("unhook"):
        Unhooked()
    folder = ArchiveFolder(Path(job["folder"])).make()
    committed: list[dict[str, Any]] = []
    by_digest: dict[str, Any] = {}

    def commit(captures: Any) -> None:
        for capture in captures:
            committed.append({name: str(getattr(capture, name)) for name in ("id", "url", "status", "record_type")})
            if capture.record_type == "response" and capture.status == 200:
                by_digest.setdefault(capture.payload_digest, capture)

    writer = WarcWriter(
        folder,
        commit=commit,
        find_originals=lambda digest: [by_digest[digest]] if digest in by_digest else [],
        info=CrawlInfo(user_agent="tests"),
        **job.get("writer", {}),
    )
    results: list[dict[str, Any]] = []

    class Fetcher(Spider):
        name = "fetcher"

        async def start(self) -> Any:
            for item in job["requests"]:
                yield Request(
                    item["url"],
                    method=item.get("method", "GET"),
                    headers=item.get("headers"),
                    body=item.get("body", "").encode() or None,
                    meta={"download_timeout": item["timeout"]} if "timeout" in item else None,
                    dont_filter=True,
                    callback=self.parse,
                    errback=self.failed,
                )

        def parse(self, response: Any) -> None:
            capture = response.meta[CAPTURE_META_KEY]
            results.append(
                {
                    "url": response.request.url,
                    "status": response.status,
                    "capture": capture.id,
                    "offset": capture.warc_offset,
                    "body": len(response.body),
                }
            )

        def failed(self, failure: Any) -> None:
            capture = failure.request.meta.get(CAPTURE_META_KEY)
            results.append(
                {
                    "url": failure.request.url,
                    "error": failure.type.__name__,
                    "capture": capture.id if capture is not None else None,
                }
            )

    handler = GUARDED if job.get("guarded") else HANDLER
    process = AsyncCrawlerProcess(
        {
            "DOWNLOAD_HANDLERS": {
                "http": handler,
                "https": handler,
                "ftp": None,
                "file": None,
                "data": None,
                "s3": None,
            },
            "CONCURRENT_REQUESTS": job.get("concurrency", 32),
            "CONCURRENT_REQUESTS_PER_DOMAIN": job.get("concurrency", 32),
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "RETRY_ENABLED": False,
            "HTTPERROR_ALLOW_ALL": True,
            "DOWNLOAD_MAXSIZE": job.get("maxsize", 16 * 2**20),
            "DOWNLOAD_TIMEOUT": 60,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "COMPRESSION_ENABLED": False,
            "COOKIES_ENABLED": False,
            "LOG_LEVEL": "ERROR",
            **job.get("settings", {}),
        }
    )
    crawler = process.create_crawler(Fetcher)
    attach_writer(crawler, writer)
    process.crawl(crawler)
    process.start()
    failed = None
    try:
        writer.close()
    except Exception as e:  # the test looks at it
        failed = f"{type(e).__name__}: {e}"
    print(  # noqa: T201  the answer
        json.dumps(
            {
                "results": results,
                "committed": committed,
                "files": writer.warc_files,
                "failed": failed,
                "peers": Guarded.peers,
                "reason": crawler.stats.get_value("finish_reason"),
            }
        )
    )


if __name__ == "__main__":
    main()
