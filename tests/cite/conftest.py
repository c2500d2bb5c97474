"""An archive with one real WARC file: pages as a server sends them, captured, extracted and stored."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.extraction import extract
from talkscraper.model import Capture, RecordType
from talkscraper.store import captures
from talkscraper.store.articles import Stored, store_extraction
from talkscraper.store.writer import ArchiveWriter
from talkscraper.urls.canonical import urlkey
from talkscraper.warc.content_coding import decode_content
from talkscraper.warc.digests import sha1_base32
from talkscraper.warc.http import parse_head
from talkscraper.warc.records import build_response, build_revisit

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


class Kept:
    """The archive."""

    def __init__(self, root: Path) -> None:
        self.folder = ArchiveFolder(root).make()
        self.writer = ArchiveWriter(self.folder.database)
        self.writer.run(captures.open_warc_file, NAME, START)
        self.file = self.folder.warc / NAME

    def add(self, record, capture_fields: dict) -> Capture:
        """Append a record to the WARC, and its row."""
        offset = self.file.stat().st_size if self.file.exists() else 0
        member = b"".join(record.member())
        with self.file.open("ab") as handle:
            handle.write(member)
        fields = dict(record.fields)
        capture = Capture(
            id=record.record_id,
            urlkey=urlkey(capture_fields["url"]),
            mime="text/html",
            payload_digest=fields["WARC-Payload-Digest"],
            record_type=record.record_type,
            warc_file=NAME,
            warc_offset=offset,
            warc_length=len(member),
            **capture_fields,
        )
        self.writer.run(captures.add_captures, [capture])
        return capture

    def crawl(
        self, html: bytes, at: datetime = START, coding: str | None = None, chunked: bool = False
    ) -> tuple[Capture, Stored]:
        """Capture a page, extract it, store it."""
        sent = gzip.compress(html, mtime=0) if coding == "gzip" else html
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        head += b"Content-Encoding: gzip\r\n" if coding else b""
        head += b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"\r\n"
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(sent), sent) if chunked else sent
        record = build_response(url=URL, date=at, block=head + body, payload_digest=sha1_base32(sent))
        capture = self.add(record, {"url": URL, "captured_at": at, "status": 200})
        headers = parse_head(head).headers
        found = extract(decode_content(sent, headers, 1 << 20), URL, at, headers, status=200)
        assert found.article is not None
        return capture, self.writer.run(store_extraction, capture, found, source_id=None, now=at)

    def revisit(self, original: Capture, at: datetime) -> Capture:
        """The same payload again."""
        record = build_revisit(
            url=URL, date=at, head=b"HTTP/1.1 200 OK\r\n\r\n", profile="http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
            payload_digest=original.payload_digest, refers_to=original.id, refers_to_url=URL, refers_to_date=original.captured_at,
        )  # fmt: skip
        return self.add(record, {"url": URL, "captured_at": at, "status": 200, "refers_to": original.id})

    def rewrite(self, change) -> None:
        """Change the file's one record behind the archive's back, as a whole gzip member."""
        data = zlib.decompress(self.file.read_bytes(), wbits=31)
        self.file.write_bytes(gzip.compress(change(data), mtime=0))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """An archive without pages."""
    archive = Kept(tmp_path / "archive")
    yield archive
    archive.writer.close()


HOUR = timedelta(hours=1)
__all__ = ["HOUR", "NAME", "PARAGRAPHS", "START", "URL", "Kept", "RecordType", "page"]
