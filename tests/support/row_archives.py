"""Archives of rows only, whose captures have no bytes, and articles to store in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from pathlib import Path

import pytest

from talkscraper.model import (
    Article,
    Author,
    Capture,
    Extraction,
    FieldProvenance,
    Image,
    PageKind,
    Precision,
    PublishedDate,
    RecordType,
)
from talkscraper.store import captures
from talkscraper.store.articles import Stored, store_extraction
from talkscraper.store.writer import ArchiveWriter
from talkscraper.urls.canonical import urlkey

START = datetime(2025, 10, 28, 9, 0, tzinfo=UTC)
WARC = "made-20251028090000000-00000-test.warc.gz"


def digest_of(text: str) -> str:
    """A text's digest as the extraction gives it."""
    return f"sha256:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def published(moment: datetime, precision: Precision = Precision.SECOND, offset: int | None = 0) -> PublishedDate:
    """A date as a page prints it."""
    instant = moment if precision is not Precision.DAY else moment.replace(hour=0, minute=0, second=0)
    return PublishedDate(instant=instant, precision=precision, day=instant.date(), offset_minutes=offset)


def article(url: str = "https://news.test/a", text: str = "The wall stands.", **fields: object) -> Article:
    """An article; what isn't given is plain."""
    values = {
        "title": "Harbour wall",
        "word_count": len(text.split()),
        "text_digest": digest_of(text),
        "language": "en",
        "authors": (Author(name="Ann Reed"),),
        "published": published(START - timedelta(hours=1)),
        "images": (Image(url="https://news.test/1.jpg", alt="The wall", caption="The wall at dusk"),),
    }
    return Article(url=url, text=text, **{**values, **fields})


def extraction_of(what: Article | None, kind: PageKind | None = None) -> Extraction:
    """An extraction as the extractor gives it."""
    return Extraction(
        page_kind=kind or (PageKind.ARTICLE if what else PageKind.LISTING),
        article=what,
        reason=None if what else "a list of links",
        provenance=(FieldProvenance(field="title", value=what.title, rule="h1"),) if what else (),
        extractor="test 1",
    )


class RowArchive:
    """A writer on a database of its own, and short ways to fill it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = ArchiveWriter(path)
        self.writer.run(captures.open_warc_file, WARC, START)
        self._count = itertools.count()

    def capture(self, url: str, at: datetime, **fields: object) -> Capture:
        """A capture whose row isn't written yet."""
        number = next(self._count)
        body = str(fields.pop("body", f"{url} {at}"))
        name = sha1(f"{url} {at.isoformat()} {fields.get('record_type')}".encode("utf-8", "surrogatepass")).hexdigest()
        values = {
            "id": f"<urn:uuid:{name}>",
            "url": url,
            "urlkey": urlkey(url),
            "captured_at": at,
            "status": 200,
            "mime": "text/html",
            "payload_digest": f"sha1:{sha1(body.encode('utf-8', 'surrogatepass')).hexdigest()}",
            "record_type": RecordType.RESPONSE,
            "warc_file": WARC,
            "warc_offset": number * 1000,
            "warc_length": 900,
        }
        return Capture(**{**values, **fields})

    def add(self, capture: Capture) -> None:
        """Write the row of a capture."""
        self.writer.run(captures.add_captures, [capture])

    def store(self, capture: Capture, what: Article | None, now: datetime | None = None, **keywords: object) -> Stored:
        """Capture a page and store what it holds."""
        self.add(capture)
        extraction = keywords.pop("extraction", None) or extraction_of(what)
        source_id = keywords.pop("source_id", None)
        return self.writer.run(
            store_extraction, capture, extraction, source_id=source_id, now=now or capture.captured_at
        )

    def page(self, what: Article, at: datetime = START, **fields: object) -> Stored:
        """A page captured at ``at`` and stored."""
        return self.store(self.capture(what.url, at, **fields), what)

    def rows(self, query: str, *values: object) -> list[dict]:
        """Rows of a query, as mappings."""
        return self.writer.run(lambda db: list(db.query(query, list(values))))

    def row(self, query: str, *values: object) -> dict:
        """The one row of a query."""
        (row,) = self.rows(query, *values)
        return row


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[], RowArchive]]:
    """Make empty archives; they are closed afterwards."""
    made: list[RowArchive] = []

    def one() -> RowArchive:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(RowArchive(folder / "talkscraper.db"))
        return made[-1]

    yield one
    for each in made:
        each.writer.close()


@pytest.fixture
def archive(make: Callable[[], RowArchive]) -> RowArchive:
    """One empty archive."""
    return make()
