"""``extract --compare``: the articles and fields that another extractor would change. Writes nothing."""

from __future__ import annotations

import hashlib
import heapq
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.fields import FIELDS
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.derivation import Progress
from talkscraper.ingest.page_reader import ReadPage, Unread, is_page, read_pages
from talkscraper.model import Capture, Extraction, Precision
from talkscraper.preserve.extract import check_source
from talkscraper.store import article_rows, articles, revisions
from talkscraper.store.content import Content
from talkscraper.store.database import open_reader, read_only_uri
from talkscraper.store.diff import word_diff
from talkscraper.store.identity import resolve
from talkscraper.store.page_captures import page_captures
from talkscraper.store.text_values import as_text, storable

if TYPE_CHECKING:
    from sqlite_utils import Database

EXCERPT = 160
"""Number of characters shown around the first change of a text."""
_CONTENT = ("title", "authors", "published_at", "published_precision", "text")
_LISTS = frozenset(each.name for each in FIELDS if each.is_list)
_NOT_COMPARED = frozenset({"url", "source_id", "text_digest", "word_count"})
_IMAGES = ("url", "alt", "caption", "credit")


class ChangeKind(StrEnum):
    """The effect on a page."""

    SAME = "same"
    CHANGED = "changed"
    """Still an article, with different fields."""
    NEW = "new article"
    LOST = "no article any more"
    OTHER = "another article"
    """It would become a page of another article."""
    KIND = "page kind"
    """No article before and after, but of another page kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A changed field; of a long text only the change is shown."""

    field: str
    before: Any
    after: Any
    words_gone: int | None = None
    words_come: int | None = None
    excerpt: str | None = None
    """The text around the first change: ``[-deleted-]`` and ``{+inserted+}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChange:
    """A page whose extraction would change."""

    verdict: ChangeKind
    url: str
    capture_id: str
    captured_at: str
    article_id: str | None
    title: str | None
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The changes that a new extraction would make."""

    pages: int
    """Number of pages extracted and compared."""
    same: int
    changes: tuple[PageChange, ...]
    fields: dict[str, int] = field(default_factory=dict)
    """Number of pages on which each field would change."""
    unread: tuple[Unread, ...] = ()


def compare(
    folder: ArchiveFolder,
    *,
    sample: int | None = None,
    source: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Extract pages again and compare the results with the rows; a crawl may run meanwhile.

    Args:
        folder: The archive.
        sample: Maximum number of pages: always the same ones, chosen by the digests of their ids.
        source: Only captures of this source.
        workers: Number of extractor processes.
        progress: Called with the number of pages extracted.

    Raises:
        NotAnArchive: there is no database.
        UsageError: there is no such source.
    """
    folder.require()
    newsrooms = Newsrooms.of(folder)
    connection = open_reader(folder.database)
    db = open_lookup(folder.database)
    try:
        check_source(connection, source)
        captures: Iterable[Capture] = (each for each in page_captures(connection, source=source) if is_page(each))
        total = 0
        if sample is not None:
            chosen = heapq.nsmallest(sample, captures, key=lambda each: hashlib.sha256(each.id.encode()).digest())
            captures = sorted(chosen, key=lambda each: (each.captured_at, each.id))
            total = len(chosen)
        elif progress is not None:
            total = sum(is_page(each) for each in page_captures(connection, source=source))
        changes: list[PageChange] = []
        unread: list[Unread] = []
        done = 0
        for page in read_pages(connection, folder, newsrooms, captures, workers=workers):
            done += 1
            if page.unread is not None:
                unread.append(page.unread)
            elif page.extraction is not None:
                change = page_change(db, page)
                if change is not None:
                    changes.append(change)
            if progress is not None:
                progress("pages", done, total)
    finally:
        db.close()
        connection.close()
    counts = Counter(each.field for change in changes for each in change.fields)
    return Comparison(
        pages=done,
        same=done - len(changes) - len(unread),
        changes=tuple(changes),
        fields=dict(counts.most_common()),
        unread=tuple(unread),
    )


def open_lookup(database: Path) -> Database:
    """Open the database for identity decisions, which use savepoints but don't write."""
    from sqlite_utils import Database as SqliteUtilsDatabase

    connection = sqlite3.connect(read_only_uri(database), uri=True)
    connection.text_factory = as_text
    connection.execute("pragma query_only = on")
    return SqliteUtilsDatabase(connection, recursive_triggers=False)


def page_change(db: Database, page: ReadPage) -> PageChange | None:
    """Return what the extraction of a page would change in the rows; None if nothing."""
    capture, extraction = page.capture, page.extraction
    assert extraction is not None
    row = next(iter(db.query("select * from captures where id = ?", [capture.id])), None)
    if row is None:
        return None
    before = row["article_id"]
    title = extraction.article.title if extraction.article is not None else None
    fields: tuple[FieldChange, ...] = ()
    if extraction.article is None:
        kinds = row["page_kind"], extraction.page_kind.value
        if before is None and kinds[0] == kinds[1]:
            return None
        verdict = ChangeKind.KIND if before is None else ChangeKind.LOST
        fields = (FieldChange(field="page_kind", before=kinds[0], after=kinds[1]),)
        if before is not None:
            article = article_rows.row_by_id(db, before)
            title = article["title"] if article is not None else None
    elif before is None:
        verdict = ChangeKind.NEW
    else:
        hosts = articles.hosts_of(db, row["source_id"])
        url = storable(resolve(db, capture, extraction, source_hosts=hosts).article_url)
        after = article_rows.article_id_of(url)
        fields = tuple(_fields(db, row, extraction, url))
        verdict = ChangeKind.OTHER if after != before else ChangeKind.CHANGED
        if after != before:
            fields = (FieldChange(field="article_id", before=before, after=after), *fields)
        elif not fields:
            return None
    return PageChange(
        verdict=verdict,
        url=capture.url,
        capture_id=capture.id,
        captured_at=row["captured_at"],
        article_id=before,
        title=title,
        fields=fields,
    )


def _fields(db: Database, row: dict[str, Any], extraction: Extraction, url: str) -> Iterator[FieldChange]:
    """Return the fields in which a page's article differs from what is stored of this capture."""
    assert extraction.article is not None
    content = Content.of(extraction.article)
    now = article_rows.fields_of(extraction, content, url=url, source_id=row["source_id"])
    article_id = row["article_id"]
    stored = next(
        iter(
            db.query(
                "select * from revisions where article_id = ? and content_digest = ? order by number limit 1",
                [article_id, row["content_digest"]],
            )
        ),
        None,
    )
    before: dict[str, Any] = {name: stored[name] for name in _CONTENT} if stored is not None else {}
    article = article_rows.row_by_id(db, article_id)
    newest = revisions.newest_read(db, article_id) == row["id"]
    if newest and article is not None:
        shown = {name: article[name] for name in now if name not in _NOT_COMPARED}
        before = {**shown, **before}
        before["images"] = [
            {name: each[name] for name in _IMAGES}
            for each in db.query("select * from images where article_id = ? order by position", [article_id])
        ]
        now["images"] = [
            {name: storable(getattr(each, name)) for name in _IMAGES} for each in extraction.article.images
        ]
    if before.get("published_precision") == now["published_precision"] == Precision.HOUR:
        # relative dates ("3 hours ago"): the value of the first capture is kept
        before.pop("published_at", None)
    for name, value in before.items():
        if now[name] != value:
            yield _field_change(name, value, now[name])


def _field_change(name: str, before: Any, after: Any) -> FieldChange:
    if name == "text":
        return _text_change(before or "", after or "")
    if name in _LISTS:
        before, after = json.loads(before), json.loads(after)
    return FieldChange(field=name, before=before, after=after)


def _text_change(before: str, after: str) -> FieldChange:
    pieces = word_diff(before, after)
    excerpt, started = "", False
    for op, text in pieces:
        if op == "equal":
            excerpt += text if started else text[-EXCERPT // 4 :]
        else:
            started = True
            excerpt += f"[-{text}-]" if op == "delete" else f"{{+{text}+}}"
        if started and len(excerpt) > EXCERPT:
            excerpt = excerpt[:EXCERPT] + "…"
            break
    return FieldChange(
        field="text",
        before=f"{len(before)} characters",
        after=f"{len(after)} characters",
        words_gone=sum(len(text.split()) for op, text in pieces if op == "delete"),
        words_come=sum(len(text.split()) for op, text in pieces if op == "insert"),
        excerpt=" ".join(excerpt.split()),
    )
