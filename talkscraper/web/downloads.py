"""Downloads of a whole result set, streamed, with its sources."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response

from talkscraper.collections import Collection, collection
from talkscraper.errors import NotFound
from talkscraper.export import Export, ExportFormat, export_formats
from talkscraper.export.members import members
from talkscraper.export.model import Contents
from talkscraper.replay.ranges import ByteRange, read_range
from talkscraper.replay.timestamps import parse_time
from talkscraper.store.match import SearchRequest, prepare
from talkscraper.web.captured_bytes import reading_captures
from talkscraper.web.context import RequestContext, archive_name
from talkscraper.web.request_guard import comes_from_elsewhere
from talkscraper.web.search_params import parse_search_params
from talkscraper.web.streams import Places, Stream, Work, in_blocks

TIME_LIMIT_S = 3600.0
"""Maximum number of seconds of a stream; the client may be slow."""
MAX_DOWNLOADS = 4
"""Maximum number of concurrent downloads of all readers."""
WAIT_S = 10.0
"""Seconds for which further downloads wait."""
MAX_STEM = 80
"""Maximum number of characters of the archive's name in a file name."""


@dataclass(frozen=True, slots=True)
class Order:
    """A requested download."""

    context: RequestContext
    format: ExportFormat
    request: SearchRequest
    since: datetime | None
    """Only articles new or changed in the archive since then, for the next instalment."""
    name: str
    """The file's name."""
    options: frozenset[str] = frozenset()
    collection: Collection | None = None
    """Only the articles of this collection."""

    def pieces(self, work: Work) -> Iterator[bytes]:
        """Yield the file: while it is made, or from a temporary folder."""
        with self.context.readers.lease(time_limit_s=TIME_LIMIT_S, stopped=lambda: work.is_stopped) as connection:
            export = Export(
                connection=connection,
                folder=self.context.folder,
                request=self.request,
                name=self.name,
                title=self.request.text or "Archive",
                made_at=datetime.now(UTC),
                since_indexed=self.since,
                members=None if self.collection is None else members(connection, self.collection),
                options=self.options,
                max_articles=self.format.max_served,
                progress=lambda _articles: work.check(),
            )
            if self.format.pieces is not None:
                yield from in_blocks(self._read(self.format.pieces(export)))
                return
            assert self.format.write is not None
            with tempfile.TemporaryDirectory(prefix="talkscraper-") as folder:
                path = Path(folder) / f"package{self.format.ending}"
                with self._reading():
                    self.format.write(export, path)
                work.size = path.stat().st_size
                yield from read_range(path, ByteRange(0, work.size))

    def _read(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        with self._reading():
            yield from pieces

    def _reading(self) -> AbstractContextManager[None]:
        return reading_captures() if self.format.contents is Contents.CAPTURES else nullcontext()


def places() -> Places:
    """Return the limit on concurrent downloads of a server."""
    return Places(MAX_DOWNLOADS, WAIT_S, "Too many downloads are being made just now. Try again in a while.")


def download(context: RequestContext) -> Response:
    """``/export.NAME``, for each of ``talkscraper.export``'s formats.

    Raises:
        NotFound: there is no such format.
        HTTPException: the request comes from another site's page (403).
        QueryError: the query is invalid.
    """
    name = context.request.path_params["form"]
    found = export_formats().get(name)
    if found is None:
        raise NotFound(f"there is no export as {name[:20]!r}: there are {', '.join(export_formats())}")
    if comes_from_elsewhere(context.request.headers):
        raise HTTPException(403, "Downloads must be requested from a page of this archive, not from another site.")
    request = parse_search_params(context.request.query_params).request(order="newest", after=None)
    # an invalid query must be refused before the first byte is sent
    prepare(request)
    text = context.request.query_params.get("since_indexed", "").strip()
    given = context.request.query_params
    options = frozenset(each.name for each in found.options if each.served and given.get(each.name) in ("1", "true"))
    since = parse_time(text) if text else None
    order = Order(context, found, request, since, f"{_stem(context)}{found.ending}", options, _collection(context))
    return Stream(
        order.pieces,
        headers={"Content-Disposition": f'attachment; filename="{order.name}"'},
        media_type=found.media_type,
        places=context.downloads,
        limit_s=TIME_LIMIT_S,
    )


def _collection(context: RequestContext) -> Collection | None:
    name = context.request.query_params.get("collection", "").strip()
    return collection(context.folder, name) if name else None


def _stem(context: RequestContext) -> str:
    safe = "".join(c if c.isascii() and c.isalnum() else "-" for c in archive_name(context.folder)).strip("-").lower()
    return f"{safe[:MAX_STEM] or 'archive'}-{datetime.now(UTC):%Y%m%d%H%M%S}"
