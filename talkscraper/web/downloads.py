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
from talkscraper.replay.moments import parse_time
from talkscraper.replay.packing import article_ids, warc_stream
from talkscraper.replay.wacz import write_wacz
from talkscraper.store import export
from talkscraper.store.matching import SearchRequest, prepare
from talkscraper.store.release import write_release
from talkscraper.warc.zips import ZipWriter
from talkscraper.web.asking import asked_of
from talkscraper.web.common import Table, archive_name

TIME_LIMIT_S = 3600.0
"""A stream may take as long as its reader does."""
BLOCK_BYTES = 64 * 1024
MOST_PAGES = 10_000
"""A WACZ is made on the server's disk before it is sent; larger ones are made with the command."""

MAX_STEM = 80
"""Of an archive's name, so much stands in the names of what is taken away."""


def download(table: Table) -> Response:
    """``/export.csv``, ``.jsonl``, ``.parquet``, ``.wacz``, ``.warc.gz`` and ``.release.zip``.

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


def _rows(form: export.Form, media_type: str) -> Callable[[Table, SearchRequest], Response]:
    def answer(table: Table, request: SearchRequest) -> Response:
        since = _since_indexed(table)

        def pieces() -> Iterator[bytes]:
            with table.readers.lease(time_limit_s=TIME_LIMIT_S) as connection:
                yield from in_blocks(export.stream(connection, request, form, since_indexed=since))

        return StreamingResponse(pieces(), headers=_attachment(f"{_stem(table)}.{form}"), media_type=media_type)

    return answer


def in_blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of some size: each piece costs a hop between threads."""
    block = bytearray()
    for piece in pieces:
        block += piece
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def _parquet(table: Table, request: SearchRequest) -> Response:
    path = _temporary(".parquet")
    try:
        with table.readers.lease(time_limit_s=TIME_LIMIT_S) as connection:
            export.export(connection, request, path, since_indexed=_since_indexed(table))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return _sent(path, f"{_stem(table)}.parquet", "application/vnd.apache.parquet")


def _warc(table: Table, request: SearchRequest) -> Response:
    name = f"{_stem(table)}.warc.gz"
    since = _since_indexed(table)

    def pieces() -> Iterator[bytes]:
        with table.readers.lease(time_limit_s=TIME_LIMIT_S) as connection:
            yield from warc_stream(
                connection,
                table.folder,
                article_ids(connection, request, since_indexed=since),
                name=name,
                made_at=datetime.now(UTC),
                note=f"search: {request.text}",
            )

    return StreamingResponse(pieces(), headers=_attachment(name), media_type="application/warc")


def _wacz(table: Table, request: SearchRequest) -> Response:
    name = f"{_stem(table)}.wacz"
    with table.readers.lease(time_limit_s=TIME_LIMIT_S) as connection:
        ids = list(islice(article_ids(connection, request, since_indexed=_since_indexed(table)), MOST_PAGES + 1))
        if len(ids) > MOST_PAGES:
            raise UsageError(
                f"a WACZ from here holds at most {MOST_PAGES:,} articles: narrow the search, "
                "or make it with 'talkscraper wacz'"
            )
        path = _temporary(".wacz")
        try:
            write_wacz(connection, table.folder, ids, path, title=request.text or "Archive", made_at=datetime.now(UTC))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return _sent(path, name, "application/wacz")


def _release(table: Table, request: SearchRequest) -> Response:
    """The folder of a frozen release as a ZIP."""
    stem = _stem(table)
    path = _temporary(".zip")
    try:
        with tempfile.TemporaryDirectory(prefix="talkscraper-") as folder:
            with table.readers.lease(time_limit_s=TIME_LIMIT_S) as connection:
                write_release(
                    connection, request, Path(folder), now=datetime.now(UTC), since_indexed=_since_indexed(table)
                )
            # Parquet is compressed already
            with path.open("wb") as handle:
                packed = ZipWriter(handle, datetime.now(UTC))
                for each in sorted(Path(folder).iterdir()):
                    packed.put(f"{stem}/{each.name}", _pieces_of(each), at_most=each.stat().st_size)
                packed.close()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return _sent(path, f"{stem}.zip", "application/zip")


def _pieces_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        yield from iter(lambda: handle.read(BLOCK_BYTES), b"")


def _since_indexed(table: Table) -> datetime | None:
    """``since_indexed=TIME``: only what became new or changed in the archive since then, for the next instalment."""
    text = table.request.query_params.get("since_indexed", "").strip()
    return parse_time(text) if text else None


def _temporary(suffix: str) -> Path:
    with tempfile.NamedTemporaryFile(prefix="talkscraper-", suffix=suffix, delete=False) as handle:
        return Path(handle.name)


def _sent(path: Path, name: str, media_type: str) -> Response:
    """A file that is removed once it has been sent."""
    return FileResponse(
        path,
        headers=_attachment(name),
        media_type=media_type,
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def _stem(table: Table) -> str:
    safe = "".join(c if c.isascii() and c.isalnum() else "-" for c in archive_name(table.folder)).strip("-").lower()
    return f"{safe[:MAX_STEM] or 'archive'}-{datetime.now(UTC):%Y%m%d%H%M%S}"


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


FORMS: dict[str, Callable[[Table, SearchRequest], Response]] = {
    "csv": _rows("csv", "text/csv; charset=utf-8"),
    "jsonl": _rows("jsonl", "application/x-ndjson"),
    "parquet": _parquet,
    "wacz": _wacz,
    "warc.gz": _warc,
    "release.zip": _release,
}
