"""Context of a reading room request: the archive, a connection, and the two origins."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.collections import has_collections
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
    """Cached data about the archive."""

    def __init__(self) -> None:
        self.sources = Remembered(known_sources)
        self.figures = Remembered(figures)
        self.answers = Answers()
        self.operations = Remembered(operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """The context of one request."""

    request: Request
    folder: ArchiveFolder
    origins: Origins
    readers: Readers
    connection: sqlite3.Connection
    known: ArchiveCache
    downloads: Places
    """Limits the number of concurrent downloads."""
    with_password: bool = False
    """Whether readers have passwords, which a browser sends for no requisite of an opaque origin."""

    may_collect: bool = False
    """Whether readers may change collections."""

    @property
    def root(self) -> str:
        """The path under which the reading room is served, without a slash at its end; mostly empty."""
        return self.origins.base_path

    @property
    def replay(self) -> str:
        """The replay origin as this browser reaches it."""
        return self.origins.replay(self.request.scope)

    @property
    def room(self) -> str:
        """The reading room's address, without a slash at its end."""
        return (self.origins.room_url or self.origins.this(self.request.scope)) + self.root

    def remember(self, kind: str, request: Hashable, find: Callable[[], T]) -> T:
        """Return the result of ``find``, cached since the last commit or for a short time.

        A takedown, and a replaced database file, take effect at once.
        """

        def found() -> T:
            # the time limit is for the search, not for the wait before it
            limit_statements(self.connection, TIME_LIMIT_S)
            return find()

        taken = tuple(row[0] for row in self.connection.execute("select max(id) from takedowns"))
        version = self.readers.version()
        return self.known.answers.get((kind, request, taken, version[:1]), version, found)

    @property
    def source_names(self) -> dict[str, str]:
        """The names of sources by their ids."""
        return {source.id: source.name for source in self.known.sources.get(self.connection)}

    def memento(self, url: str, at: datetime | str, modifier: str = "") -> str:
        """Return the address of a memento on the replay origin."""
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
        """Return a rendered page of the reading room."""
        return page(
            template,
            status=status,
            # without a referrer a browser names no origin in a form that it sends
            headers={**({"Referrer-Policy": "same-origin"} if self.may_collect else {}), **(headers or {})},
            here=here,
            root=self.root,
            with_password=self.with_password,
            with_collections=self.may_collect or has_collections(self.folder),
            archive_name=archive_name(self.folder),
            **values,
        )


def archive_name(folder: ArchiveFolder) -> str:
    """Return the archive's name: its folder's, unless that is generic."""
    name = folder.root.absolute().name
    return "News archive" if name in ("", "archive") else name


def record_ref(record_id: str) -> str:
    """Return a WARC-Record-ID as a part of an address."""
    from urllib.parse import quote

    return quote(record_id.strip("<>").removeprefix("urn:uuid:"), safe="")


def raw_url(context: RequestContext, capture: Capture) -> str:
    """Return the address of a capture's bytes."""
    return context.memento(capture.url, capture.captured_at, "id_")
