"""What every page of the reading room needs: the archive, a connection, and the two origins."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.model import Capture
from talkscraper.replay import replay_urls
from talkscraper.store.database import limit_statements
from talkscraper.web.cache import Answers, Remembered, figures, known_sources
from talkscraper.web.connection_pool import TIME_LIMIT_S, Readers
from talkscraper.web.operations_view import operations
from talkscraper.web.origins import Origins
from talkscraper.web.streams import Places
from talkscraper.web.templates import page

T = TypeVar("T")


class ArchiveCache:
    """What the process remembers about the archive."""

    def __init__(self) -> None:
        self.sources = Remembered(known_sources)
        self.figures = Remembered(figures)
        self.answers = Answers()
        self.operations = Remembered(operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """A reader's table: one request with what it needs."""

    request: Request
    folder: ArchiveFolder
    origins: Origins
    readers: Readers
    connection: sqlite3.Connection
    known: ArchiveCache
    downloads: Places
    """How many may be made at the same time."""

    @property
    def replay(self) -> str:
        """The replay origin as this browser reaches it."""
        return self.origins.replay(self.request.scope)

    @property
    def room(self) -> str:
        """The origin this request came to."""
        return self.origins.this(self.request.scope)

    def remember(self, kind: str, request: Hashable, find: Callable[[], T]) -> T:
        """What ``find`` gives, or gave for the same request since the last commit or a moment before.

        A takedown, and another file in the database's place, count at once.
        """

        def found() -> T:
            # the time limit is for the search, not for the wait before it
            limit_statements(self.connection, TIME_LIMIT_S)
            return find()

        taken = self.connection.execute("select max(id) from takedowns").fetchone()[0]
        version = self.readers.version()
        return self.known.answers.get((kind, request, taken, version[:1]), version, found)

    def memento(self, url: str, at: datetime | str, modifier: str = "") -> str:
        """The address of a memento on the replay origin."""
        return self.replay + replay_urls.memento(url, at, modifier)

    def page(
        self,
        template: str,
        *,
        here: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """A rendered page of the reading room."""
        return page(
            template, status=status, headers=headers, here=here, archive_name=archive_name(self.folder), **values
        )


def archive_name(folder: ArchiveFolder) -> str:
    """What the archive is called: its folder's name, unless that says nothing."""
    name = folder.root.absolute().name
    return "News archive" if name in ("", "archive") else name


def record_ref(record_id: str) -> str:
    """A WARC-Record-ID as a part of an address."""
    from urllib.parse import quote

    return quote(record_id.strip("<>").removeprefix("urn:uuid:"), safe="")


def raw_url(table: RequestContext, capture: Capture) -> str:
    """The address of a capture's bytes."""
    return table.memento(capture.url, capture.captured_at, "id_")
