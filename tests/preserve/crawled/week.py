"""A process of its own: a newspaper that never changes, crawled daily by a clock that this file moves.

``python week.py FOLDER RECRAWL`` prints the bytes of the WARC files after each day, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from twisted.internet import asyncioreactor

if __name__ == "__main__":
    asyncioreactor.install()

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run import crawl_async
from talkscraper.extraction.pool import ExtractorPool
from talkscraper.fixture_site import FixtureSite
from talkscraper.fixture_site.reply import Reply

DAYS = 7
ARTICLES = 10
PICTURES = 2
PICTURE_BYTES = 100_000


class Unchanging:
    """Ten articles of 40 KB with two pictures each, as heavy as they are on the web."""

    name = "still"
    day = 0

    def __init__(self) -> None:
        seeded = random.Random(11)
        words = ["".join(seeded.choices("abcdefghijklmnopqrstuvwxyz", k=seeded.randrange(2, 11))) for _ in range(5000)]
        self._pages = [self._article(number, seeded, words) for number in range(ARTICLES)]
        self._pictures = {
            f"/{number}-{each}.jpg": seeded.randbytes(PICTURE_BYTES)
            for number in range(ARTICLES)
            for each in range(PICTURES)
        }

    @staticmethod
    def _article(number: int, seeded: random.Random, words: list[str]) -> bytes:
        text = "".join(f"<p>{' '.join(seeded.choices(words, k=60))}.</p>" for _ in range(100))
        pictures = "".join(f'<img src="/{number}-{each}.jpg">' for each in range(PICTURES))
        return (
            f"<!doctype html><html lang=en><head><title>Story {number}</title>"
            '<meta property="article:published_time" content="2026-02-28T08:00:00Z"></head>'
            f"<body><article><h1>Story {number}</h1>{text}{pictures}</article></body></html>"
        ).encode()

    def answer(self, target: str, base: str) -> Reply:
        """The reply to ``GET target``."""
        if target == "/":
            links = "".join(
                f'<li><a href="{base}/posts/{number}">Story {number}</a></li>' for number in range(ARTICLES)
            )
            return Reply(200, "text/html", f"<html><body><ul>{links}</ul></body></html>".encode())
        if target.startswith("/posts/"):
            return Reply(200, "text/html; charset=utf-8", self._pages[int(target.rpartition("/")[2])])
        if target in self._pictures:
            return Reply(200, "image/jpeg", self._pictures[target])
        return Reply(404, "text/plain", b"nothing")


async def week(folder: ArchiveFolder, recrawl: str) -> list[int]:
    """Bytes after each day."""
    folder.make()
    pool = ExtractorPool(1)
    sizes = []
    with FixtureSite(sites=[Unchanging()]) as newsroom:
        folder.sources_toml.write_text(
            f'[sources.still]\nname = "Still"\nhomepage = "{newsroom.homepages[0]}"\n'
            f'article_urls = ["/posts/"]\ndelay = 0\nallow_private = true\nrecrawl = {recrawl}\n',
            encoding="utf-8",
        )
        for day in range(DAYS):
            now = datetime(2026, 3, 1, 6, tzinfo=UTC) + timedelta(days=day)
            await crawl_async(folder, CrawlOptions(sources=("still",), clock=lambda now=now: now, pool=pool))
            sizes.append(sum(path.stat().st_size for path in folder.warc.iterdir()))
    pool.close()
    return sizes


def main() -> None:
    """Run the reactor around the week."""
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    outcome: list[list[int]] = []

    async def run() -> None:
        try:
            outcome.append(await week(ArchiveFolder(Path(sys.argv[1])), sys.argv[2]))
        finally:
            reactor.stop()

    reactor.callWhenRunning(lambda: Deferred.fromFuture(asyncio.ensure_future(run())))
    reactor.run()
    print(json.dumps(outcome[0]))  # noqa: T201


if __name__ == "__main__":
    main()
