"""Take it away: the whole result set, streamed, with its sources; not the page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from talkscraper.errors import NotFound, UsageError
from talkscraper.replay.packing import article_ids, warc_stream
from talkscraper.replay.wacz import write_wacz
from talkscraper.store.search import SearchRequest, prepare
from talkscraper.web.asking import asked_of
from talkscraper.web.common import Table, archive_name

TIME_LIMIT_S = 3600.0
"""A stream may take as long as its reader does."""
MOST_PAGES = 10_000
"""A WACZ is made on the server's disk before it is sent; larger ones are made with the command."""


def export(table: Table) -> Response:
    """``/export.csv``, ``.jsonl``, ``.parquet``, ``.wacz`` and ``.warc.gz``.

    Raises:
        NotFound: there is no such form.
        QueryError: the query can't be read.
    """
    form = table.request.path_params["form"]
    answer = FORMS.get(form)
    if answer is None:
        raise NotFound(f"there is no export as {form[:20]!r}: there are {', '.join(FORMS)}")
    request = asked_of(table.request.query_params).request(order="newest", after=None)
    # what can't be read must be refused before the first byte is sent
    prepare(request)
    return answer(table, request)


def _warc(table: Table, request: SearchRequest) -> Response:
    name = f"{_stem(table)}.warc.gz"

    def pieces() -> Iterator[bytes]:
        with table.readers.lease(time_limit_s=TIME_LIMIT_S) as connection:
            yield from warc_stream(
                connection,
                table.folder,
                article_ids(connection, request),
                name=name,
                made_at=datetime.now(UTC),
                note=f"search: {request.text}",
            )

    return StreamingResponse(pieces(), headers=_attachment(name), media_type="application/warc")


def _wacz(table: Table, request: SearchRequest) -> Response:
    name = f"{_stem(table)}.wacz"
    with table.readers.lease(time_limit_s=TIME_LIMIT_S) as connection:
        ids = list(islice(article_ids(connection, request), MOST_PAGES + 1))
        if len(ids) > MOST_PAGES:
            raise UsageError(
                f"a WACZ from here holds at most {MOST_PAGES:,} articles: narrow the search, "
                "or make it with 'talkscraper wacz'"
            )
        with tempfile.NamedTemporaryFile(prefix="talkscraper-", suffix=".wacz", delete=False) as handle:
            path = Path(handle.name)
        try:
            write_wacz(connection, table.folder, ids, path, title=request.text or "Archive", made_at=datetime.now(UTC))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return FileResponse(
        path,
        headers=_attachment(name),
        media_type="application/wacz",
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def _stem(table: Table) -> str:
    safe = "".join(c if c.isascii() and c.isalnum() else "-" for c in archive_name(table.folder)).strip("-").lower()
    return f"{safe or 'archive'}-{datetime.now(UTC):%Y%m%d%H%M%S}"


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


FORMS: dict[str, Callable[[Table, SearchRequest], Response]] = {"wacz": _wacz, "warc.gz": _warc}
