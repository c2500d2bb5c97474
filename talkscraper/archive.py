"""``talkscraper.Archive``: read-only access to an archive in Python."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Self, Unpack

from talkscraper.archive_folder import find
from talkscraper.errors import NotFound
from talkscraper.fields import FIELD, Filters, Kind, PageFields
from talkscraper.model import Capture
from talkscraper.store.article_lookup import find_article, spellings
from talkscraper.store.article_revisions import article_revisions
from talkscraper.store.captures import NOT_TAKEN_DOWN, row_to_capture
from talkscraper.store.database import from_iso
from talkscraper.store.federation import open_archives
from talkscraper.store.match import Order, SearchRequest
from talkscraper.store.search import MAX_HITS, search
from talkscraper.store.text_values import listed

_PAGE = 100
_OF_REVISIONS: dict[str, Kind] = {"captured_at": "time"}
"""Columns of ``revisions`` that ``articles`` doesn't have, and that aren't text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle(PageFields):
    """An article of the archive in its newest revision. Times are aware and in UTC; unknown values are None."""

    id: str
    source_id: str | None
    url: str
    title: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    published_precision: str | None
    published_day: date | None
    """The day as printed, in the newsroom's own time zone."""
    modified_at: datetime | None
    text: str
    text_digest: str
    word_count: int
    access: str | None
    first_captured_at: datetime
    last_captured_at: datetime
    revision_count: int
    gone_at: datetime | None
    wire_agency: str | None
    cluster_id: str | None
    capture_id: str
    extractor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRevision:
    """A revision of an article. Times are aware and in UTC."""

    article_id: str
    number: int
    capture_id: str
    captured_at: datetime
    title: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    modified_at: datetime | None
    text: str
    text_digest: str
    word_count: int
    change: str
    extractor: str


class Archive:
    """An archive folder, opened for reading only; a crawl may be writing at the same time.

    Several folders answer as one. An article that two of them have is there once, as the one with the newest look at it
    has it, with the revisions of both.

    Example:
        >>> with Archive("archive") as archive:
        ...     for article in archive.search("harbour wall", since="2025-10-01"):
        ...         print(article.title)

    Raises:
        NotAnArchive: a folder isn't one, or has no database yet.
        UsageError: a folder is named twice, or there are too many.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *others: str | os.PathLike[str]) -> None:
        self.folders = tuple(find(each).require() for each in (path, *others))
        self.folder = self.folders[0]
        """The first folder."""
        self.connection: sqlite3.Connection = open_archives([each.database for each in self.folders])
        """A read-only connection, for SQL queries of your own. Of several archives, each is asked in turn, and their
        rows come one after another; ``connection.members`` are those of the archives."""

    def search(
        self,
        query: str = "",
        *,
        order: Order = "newest",
        limit: int | None = None,
        **filters: Unpack[Filters],
    ) -> Iterator[StoredArticle]:
        """Yield all articles that match, newest first (see ``order``), a page of hits at a time.

        Args:
            query: Words in the query language of docs/searching.md; empty for everything.
            order: ``newest``, ``oldest``, or ``best``, which ranks only the newest few thousand matches.
            limit: Maximum number of articles.
            **filters: ``source`` (its id), ``since`` and ``until`` (the first and last printed day), ``language`` (such
                as ``en``), ``section`` (its name), ``author`` and ``title`` (words in them); see ``fields.Filters``.
                Several values as a list: articles with one of them.

        Raises:
            QueryError: the query is invalid.
        """
        left, after = limit, None
        while left is None or left > 0:
            page = search(
                self.connection,
                SearchRequest(
                    text=query,
                    order=order,
                    after=after,
                    limit=min(_PAGE if left is None else left, MAX_HITS),
                    **filters,
                ),
            )
            for hit in page.hits:
                with suppress(NotFound):  # deleted by a writer since the index was read
                    yield _article(find_article(self.connection, hit.article_id))
            after = page.next_cursor
            if after is None:
                return
            left = None if left is None else left - len(page.hits)

    def article(self, ref: str) -> StoredArticle:
        """Return the article with this id, unique prefix of an id, or URL.

        Raises:
            NotFound: there is none, or more than one id has the prefix.
        """
        return _article(find_article(self.connection, ref))

    def revisions(self, ref: str) -> list[StoredRevision]:
        """Return all revisions of an article, oldest first.

        Raises:
            NotFound: as for ``article``.
        """
        rows = article_revisions(self.connection, find_article(self.connection, ref)["id"])
        return [StoredRevision(**{name: _value(name, row[name]) for name in _IN_REVISION}) for row in rows]

    def captures(self, url: str) -> list[Capture]:
        """Return all captures of a URL, oldest first, unless it was taken down."""
        wanted = spellings(url)
        rows = self.connection.execute(
            f"select * from captures where url in ({', '.join('?' * len(wanted))}) and {NOT_TAKEN_DOWN}"
            " order by captured_at, seq",
            wanted,
        )
        found = {capture.id: capture for capture in map(row_to_capture, rows)}
        return sorted(found.values(), key=lambda each: each.captured_at)  # of several archives: one after another

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


_IN_ARTICLE = tuple(each.name for each in fields(StoredArticle))
_IN_REVISION = tuple(each.name for each in fields(StoredRevision))


def _article(row: Mapping[str, Any] | sqlite3.Row) -> StoredArticle:
    return StoredArticle(**{name: _value(name, row[name]) for name in _IN_ARTICLE})


def _value(name: str, stored: Any) -> Any:
    """Return the value of a column as Python has it: aware times, days, tuples."""
    kind = FIELD[name].kind if name in FIELD else _OF_REVISIONS.get(name, "text")
    if kind == "list":
        return tuple(listed(stored))
    if not stored:
        return stored
    if kind == "time":
        return from_iso(stored)
    return date.fromisoformat(stored) if kind == "day" else stored
