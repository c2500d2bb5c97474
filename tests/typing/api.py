"""What a type checker tells callers of the public names: 'make types' reads this file, nothing runs it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import assert_type

import talkscraper
from talkscraper import (
    Access,
    Archive,
    ArchiveFolder,
    Article,
    Author,
    AuthorKind,
    Capture,
    Extraction,
    FieldProvenance,
    Filters,
    Image,
    PageKind,
    Precision,
    PublishedDate,
    RecordType,
    Rival,
    SelectorSet,
    StoredArticle,
    StoredRevision,
    extract,
)

assert_type(talkscraper.__version__, str)

when = datetime(2026, 1, 2, tzinfo=UTC)
found = extract(b"<p>", "https://example.org/a", when)
assert_type(found, Extraction)
extract(b"<p>", "https://example.org/a", when, {"Content-Type": "text/html"}, status=200)
extract(b"<p>", "https://example.org/a", when, [("X-Robots-Tag", "noai"), ("X-Robots-Tag", "noarchive")])
extract("<p>", "https://example.org/a", when)  # type: ignore[arg-type]
extract(b"<p>", "https://example.org/a", when, None, None)  # type: ignore[call-arg]


def with_selectors(selectors: SelectorSet) -> Extraction:
    return extract(b"<p>", "https://example.org/a", when, selectors=selectors)


assert_type(found.page_kind, PageKind)
assert_type(found.article, Article | None)
assert_type(found.reason, str | None)
assert_type(found.provenance, tuple[FieldProvenance, ...])
assert_type(found.provenance[0].rivals, tuple[Rival, ...])
assert_type(found.signals, tuple[Rival, ...])
title = found.article.title  # type: ignore[union-attr]

article = found.article
assert article is not None
assert_type(article.title, str | None)
assert_type(article.text, str)
assert_type(article.authors, tuple[Author, ...])
assert_type(article.authors[0].kind, AuthorKind)
assert_type(article.images, tuple[Image, ...])
assert_type(article.access, Access | None)
assert_type(article.licence, str | None)
assert_type(article.published, PublishedDate | None)
assert_type(article.published_at, datetime | None)
assert_type(article.published_precision, Precision | None)
article.title = "another"  # type: ignore[misc]

with Archive("archive") as archive:
    assert_type(archive, Archive)
    assert_type(archive.folder, ArchiveFolder)
    assert_type(archive.search("harbour", since=date(2025, 1, 1), order="best"), Iterator[StoredArticle])
    filters: Filters = {"source": "talkofnations", "until": "2025-10"}
    assert_type(archive.search("harbour", **filters), Iterator[StoredArticle])
    assert_type(archive.search("harbour", order="oldest", source=["a", "b"]), Iterator[StoredArticle])
    archive.search("harbour", order="shortest")  # type: ignore[arg-type]
    archive.search("harbour", "newest")  # type: ignore[call-arg]
    archive.search("harbour", sauce="a-source")  # type: ignore[call-arg]
    archive.search("harbour", source=1)  # type: ignore[arg-type]
    stored = archive.article("an-id")
    assert_type(stored, StoredArticle)
    assert_type(stored.published_at, datetime | None)
    assert_type(stored.published_day, date | None)
    assert_type(stored.first_captured_at, datetime)
    assert_type(stored.authors, tuple[str, ...])
    assert_type(stored.licence, str | None)
    assert_type(stored.tags, tuple[str, ...])
    assert_type(archive.revisions(stored.id), list[StoredRevision])
    assert_type(archive.revisions(stored.id)[0].number, int)
    assert_type(archive.captures(stored.url), list[Capture])
    assert_type(archive.captures(stored.url)[0].record_type, RecordType)
