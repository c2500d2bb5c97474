"""Downloads of a whole result set, streamed, with its sources."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response

from talkscraper.errors import NotFound, UsageError
from talkscraper.replay.ranges import ByteRange, read_range
from talkscraper.replay.timestamps import parse_time
from talkscraper.replay.wacz import write_wacz
from talkscraper.replay.warc_package import article_ids, warc_stream
from talkscraper.store import export
from talkscraper.store.match import SearchRequest, prepare
from talkscraper.store.release import write_release
from talkscraper.warc.zips import ZipWriter
from talkscraper.web.context import RequestContext, archive_name
from talkscraper.web.request_guard import comes_from_elsewhere
from talkscraper.web.search_params import parse_search_params
from talkscraper.web.streams import Places, Stream, Work, in_blocks

TIME_LIMIT_S = 3600.0
"""Maximum number of seconds of a stream; the client may be slow."""
MAX_PAGES = 10_000
"""Maximum number of articles of a WACZ, which is made on the server's disk first; use the command for more."""
MAX_DOWNLOADS = 4
"""Maximum number of concurrent downloads of all readers."""
WAIT_S = 10.0
"""Seconds for which further downloads wait."""


@dataclass(frozen=True, slots=True)
class Order:
    """A requested download."""

    context: RequestContext
    request: SearchRequest
    since: datetime | None
    """Only articles new or changed in the archive since then, for the next instalment."""
    stem: str
    """Stem of the file's name."""


Answer = Callable[[Order], Response]


def places() -> Places:
    """Return the limit on concurrent downloads of a server."""
    return Places(MAX_DOWNLOADS, WAIT_S, "Too many downloads are being made just now. Try again in a while.")


MAX_STEM = 80
"""Maximum number of characters of the archive's name in a file name."""


def download(context: RequestContext) -> Response:
    """``/export.csv``, ``.jsonl``, ``.parquet``, ``.wacz``, ``.warc.gz`` and ``.release.zip``.

    Raises:
        NotFound: there is no such format.
        HTTPException: the request comes from another site's page (403).
        QueryError: the query is invalid.
    """
    form = context.request.path_params["form"]
    answer = FORMS.get(form)
    if answer is None:
        raise NotFound(f"there is no export as {form[:20]!r}: there are {', '.join(FORMS)}")
    if comes_from_elsewhere(context.request.headers):
        raise HTTPException(403, "Downloads must be requested from a page of this archive, not from another site.")
    request = parse_search_params(context.request.query_params).request(order="newest", after=None)
    # an invalid query must be refused before the first byte is sent
    prepare(request)
    text = context.request.query_params.get("since_indexed", "").strip()
    return answer(Order(context, request, parse_time(text) if text else None, _stem(context)))


def _streamed(ending: str, media_type: str, make: Callable[[Order, sqlite3.Connection], Iterator[bytes]]) -> Answer:
    """Return a response that is sent while it is made."""

    def answer(order: Order) -> Response:
        def pieces(work: Work) -> Iterator[bytes]:
            with order.context.readers.lease(time_limit_s=TIME_LIMIT_S, stopped=lambda: work.is_stopped) as connection:
                yield from in_blocks(make(order, connection))

        return _answer(order, ending, media_type, pieces)

    return answer


def _packed(ending: str, media_type: str, make: Callable[[Order, sqlite3.Connection, Path, Work], None]) -> Answer:
    """Return a response that is made in a temporary folder, sent, and removed."""

    def answer(order: Order) -> Response:
        def pieces(work: Work) -> Iterator[bytes]:
            with tempfile.TemporaryDirectory(prefix="talkscraper-") as folder:
                path = Path(folder) / f"package.{ending}"
                with order.context.readers.lease(
                    time_limit_s=TIME_LIMIT_S, stopped=lambda: work.is_stopped
                ) as connection:
                    make(order, connection, path, work)
                work.size = path.stat().st_size
                yield from read_range(path, ByteRange(0, work.size))

        return _answer(order, ending, media_type, pieces)

    return answer


def _answer(order: Order, ending: str, media_type: str, pieces: Callable[[Work], Iterator[bytes]]) -> Response:
    name = f"{order.stem}.{ending}"
    return Stream(
        pieces,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        media_type=media_type,
        places=order.context.downloads,
        limit_s=TIME_LIMIT_S,
    )


def _csv(order: Order, connection: sqlite3.Connection) -> Iterator[bytes]:
    return export.stream(connection, order.request, "csv", since_indexed=order.since)


def _jsonl(order: Order, connection: sqlite3.Connection) -> Iterator[bytes]:
    return export.stream(connection, order.request, "jsonl", since_indexed=order.since)


def _warc(order: Order, connection: sqlite3.Connection) -> Iterator[bytes]:
    return warc_stream(
        connection,
        order.context.folder,
        article_ids(connection, order.request, since_indexed=order.since),
        name=f"{order.stem}.warc.gz",
        made_at=datetime.now(UTC),
        note=f"search: {order.request.text}",
    )


def _parquet(order: Order, connection: sqlite3.Connection, path: Path, work: Work) -> None:
    export.export(connection, order.request, path, since_indexed=order.since, progress=lambda _done: work.check())


def _wacz(order: Order, connection: sqlite3.Connection, path: Path, work: Work) -> None:
    ids = list(islice(article_ids(connection, order.request, since_indexed=order.since), MAX_PAGES + 1))
    if len(ids) > MAX_PAGES:
        raise UsageError(
            f"a WACZ from here holds at most {MAX_PAGES:,} articles: narrow the search, "
            "or make it with 'talkscraper wacz'"
        )
    write_wacz(
        connection,
        order.context.folder,
        ids,
        path,
        title=order.request.text or "Archive",
        made_at=datetime.now(UTC),
        progress=lambda _done, _all: work.check(),
    )


def _release(order: Order, connection: sqlite3.Connection, path: Path, work: Work) -> None:
    """Return the folder of a frozen release as a ZIP."""
    folder = path.with_name("release")
    write_release(
        connection,
        order.request,
        folder,
        now=datetime.now(UTC),
        since_indexed=order.since,
        progress=lambda _done: work.check(),
    )
    # Parquet is compressed already
    with path.open("wb") as handle:
        packed = ZipWriter(handle, datetime.now(UTC))
        for each in sorted(folder.iterdir()):
            size = each.stat().st_size
            packed.put(f"{order.stem}/{each.name}", read_range(each, ByteRange(0, size)), at_most=size)
        packed.close()


def _stem(context: RequestContext) -> str:
    safe = "".join(c if c.isascii() and c.isalnum() else "-" for c in archive_name(context.folder)).strip("-").lower()
    return f"{safe[:MAX_STEM] or 'archive'}-{datetime.now(UTC):%Y%m%d%H%M%S}"


FORMS: dict[str, Answer] = {
    "csv": _streamed("csv", "text/csv; charset=utf-8", _csv),
    "jsonl": _streamed("jsonl", "application/x-ndjson", _jsonl),
    "parquet": _packed("parquet", "application/vnd.apache.parquet", _parquet),
    "wacz": _packed("wacz", "application/wacz", _wacz),
    "warc.gz": _streamed("warc.gz", "application/warc", _warc),
    "release.zip": _packed("zip", "application/zip", _release),
}
