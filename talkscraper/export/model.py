"""Types of exports: a format, and one export with its articles."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import UsageError
from talkscraper.store.export import article_ids, rows
from talkscraper.store.match import SearchRequest

_T = TypeVar("_T")

PROGRESS_EVERY = 500
"""Number of articles between two reports of progress."""


class Contents(StrEnum):
    """What a format contains; formats are listed in this order."""

    ROWS = "rows"
    """One row per article, with the columns of ``store.export.COLUMNS``."""
    TEXTS = "texts"
    """One file per article, with a table of them."""
    REFERENCES = "references"
    """A bibliography."""
    CAPTURES = "captures"
    """The WARC records of the articles' pages and their requisites."""
    RELEASE = "release"
    """A frozen release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOption:
    """A flag that a format takes: ``--NAME`` of ``talkscraper export``, an element of ``Export.options``."""

    name: str
    help: str
    served: bool = False
    """Whether a download takes it too, as ``NAME=1`` in its address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionMember:
    """An article of a collection, as an export needs it."""

    revision: int
    """The revision that bibliographies cite."""
    note: str | None = None


@dataclass(slots=True, kw_only=True)
class Export:
    """One export: the articles of a search, and what a format needs to write them."""

    connection: sqlite3.Connection
    """Returns ``sqlite3.Row`` (as ``open_reader`` does)."""
    folder: ArchiveFolder
    request: SearchRequest
    """``limit``, ``order`` and ``after`` are ignored."""
    name: str
    """The name of the file."""
    title: str
    made_at: datetime
    since_indexed: datetime | None = None
    """Only articles that became new, changed or visible in the archive at or after this time."""
    members: Mapping[str, CollectionMember] | None = None
    """Only these articles, by id: those of a collection; None: all that match."""
    options: frozenset[str] = frozenset()
    """Names of the ``FormatOption`` that are set."""
    max_articles: int | None = None
    progress: Callable[[int], None] = lambda _articles: None
    """Called with the number of articles so far; may raise to end the export."""
    articles: int = 0
    """Number of articles passed to the format so far."""

    def rows(self) -> Iterator[dict[str, Any]]:
        """Return the articles' rows, newest first, as mappings with ``store.export.COLUMNS`` as keys.

        Raises:
            QueryError: the query is invalid (raised at once, before the first row).
        """
        return self._counted(rows(self.connection, self.request, since_indexed=self.since_indexed, among=self.members))

    def article_ids(self) -> Iterator[str]:
        """Return the articles' ids, newest first.

        Raises:
            QueryError: the query is invalid (raised at once, before the first id).
            UsageError: there are more than ``max_articles`` (raised after as many).
        """
        return self._counted(
            article_ids(self.connection, self.request, since_indexed=self.since_indexed, among=self.members)
        )

    def _counted(self, found: Iterator[_T]) -> Iterator[_T]:
        for each in found:
            if self.articles == self.max_articles:
                raise UsageError(
                    f"this format holds at most {self.max_articles:,} articles here: narrow the search, "
                    "or make it with 'talkscraper export'"
                )
            self.articles += 1
            if self.articles % PROGRESS_EVERY == 0:
                self.progress(self.articles)
            yield each


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat:
    """A format of exports. It is either made in pieces, which are sent while it is made, or written to a file."""

    name: str
    """Its name in addresses: ``/export.NAME``."""
    label: str
    """Its name for readers."""
    description: str
    """One line, for help and docs."""
    media_type: str
    ending: str
    """The ending of its files, by which ``talkscraper export`` knows it."""
    other_endings: tuple[str, ...] = ()
    """Further endings that ``talkscraper export`` accepts."""
    may_be_gzipped: bool = False
    """Whether ``ending`` may be followed by ``.gz``; the file is then compressed."""
    contents: Contents = Contents.ROWS
    is_text: bool = False
    """Whether addresses and ids stand in the file as UTF-8, so that a takedown finds the exports that hold one."""
    options: tuple[FormatOption, ...] = ()
    max_served: int | None = None
    """Maximum number of articles of a download, for a format that is first written on the server's disk."""
    pieces: Callable[[Export], Iterator[bytes]] | None = None
    """Yields the bytes of the file."""
    write: Callable[[Export, Path], None] | None = None
    """Writes the file to a new path."""

    def __post_init__(self) -> None:
        if (self.pieces is None) == (self.write is None):
            raise ValueError(f"{self.name}: a format has either pieces or write")

    @property
    def endings(self) -> tuple[str, ...]:
        """Return all endings that ``talkscraper export`` accepts, the usual one first."""
        return (self.ending, *([f"{self.ending}.gz"] if self.may_be_gzipped else []), *self.other_endings)
