"""An archive with one real WARC file: pages as a server sends them, captured, extracted and stored."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from talkscraper.extraction import extract
from talkscraper.model import Capture
from talkscraper.store.articles import Stored, store_extraction
from tests.support.archives import BuiltArchive

START = datetime(2025, 10, 28, 9, 0, tzinfo=UTC)
NAME = "cited-20251028090000000-00000-test.warc.gz"
URL = "https://news.test/posts/harbour-wall"

PARAGRAPHS = (
    "The old wall in the harbour gave way on Tuesday morning, and three boats were lost before the tide turned.",
    "“We had asked for repairs since the spring,” said the harbour master, who has kept the log for twenty years.",
    "Engineers of the city will look at the stones this week and say whether the quay beside it can still be used.",
    "Nobody was hurt, and the fish market opened an hour later than usual on the other side of the basin.",
)


def page(paragraphs: tuple[str, ...] = PARAGRAPHS, title: str = "Harbour wall gives way & falls") -> bytes:
    """An article as a newsroom sends it."""
    body = "".join(f"<p>{each}</p>" for each in paragraphs)
    return (
        f"<!doctype html><html lang=en><head><title>{title} | Daily</title>"
        '<meta property="og:site_name" content="The Daily"><meta name="author" content="Ann Reed">'
        '<meta property="article:published_time" content="2025-10-28T07:30:00Z"></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


class CitedArchive(BuiltArchive):
    """An archive of one WARC file, into which pages are captured, extracted and stored."""

    def crawl(
        self, html: bytes, at: datetime = START, coding: str | None = None, *, chunked: bool = False
    ) -> tuple[Capture, Stored]:
        """Capture a page, extract it, store it."""
        capture = self.respond(URL, at, html, coding=coding, chunked=chunked)
        found = extract(html, URL, at, (("Content-Type", "text/html; charset=utf-8"),), status=200)
        assert found.article is not None
        with self.db.conn:
            return capture, store_extraction(self.db, capture, found, source_id=None, now=at)

    def rewrite(self, change: Callable[[bytes], bytes]) -> None:
        """Change the file's one record behind the archive's back, as a whole gzip member."""
        data = zlib.decompress(self.path.read_bytes(), wbits=31)
        self.path.write_bytes(gzip.compress(change(data), mtime=0))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[CitedArchive]:
    """An archive without pages."""
    archive = CitedArchive(tmp_path / "archive", NAME, warcinfo=False)
    yield archive
    archive.db.conn.close()


HOUR = timedelta(hours=1)
