"""The replay origin: ``/web/…``, ``/cdx``, ``/warc/<name>``, and the viewer for pages with scripts where installed."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from talkscraper.errors import (
    ArchiveError,
    DamagedRecord,
    NotAnArchive,
    NotFound,
    StorageError,
    StoreUnreachable,
    TalkscraperError,
    UsageError,
)
from talkscraper.object_store.remote_warc import RemoteWarc, WarcPlace
from talkscraper.replay import cdx, lookup, memento, replay_urls
from talkscraper.replay.cdx_query import Parameters, parse_query
from talkscraper.replay.payload import warc_path
from talkscraper.replay.ranges import ByteRange, Multipart, Unsatisfiable, parse_ranges, read_range
from talkscraper.store.database import iso
from talkscraper.urls.resolution import of_bytes
from talkscraper.web import content_security, memento_routes, rewritten, viewer_routes
from talkscraper.web.connection_pool import Readers
from talkscraper.web.door import FrontDoor
from talkscraper.web.memento_routes import ReplayContext
from talkscraper.web.origins import Origins
from talkscraper.web.request_guard import Guard, comes_from_elsewhere
from talkscraper.web.serve_options import ServeOptions
from talkscraper.web.streams import Places, Stream, Work, in_blocks
from talkscraper.web.templates import page

Answer = Callable[[ReplayContext], Response]
_WARC_TYPE = "application/warc"
MAX_LOOKUPS = 8
"""Maximum number of concurrent responses from the index, for all readers."""
WAIT_S = 10.0


def replay_app(options: ServeOptions, origins: Origins, readers: Readers) -> ASGIApp:
    """Return the ASGI application of the replay origin."""

    def with_context(answer: Answer) -> Callable[[Request], Response]:
        def respond(request: Request) -> Response:
            with readers.lease() as connection:
                return answer(
                    ReplayContext(
                        request=request, options=options, origins=origins, connection=connection, rewritings=rewritings
                    )
                )

        return respond

    def index(request: Request) -> Response:
        return _index(request, readers, lookups)

    rewritings = rewritten.places()
    lookups = Places(MAX_LOOKUPS, WAIT_S, "Too many requests read the index at the moment. Try again in a while.")

    app = Starlette(
        routes=[
            Route("/", with_context(_front)),
            Route("/robots.txt", lambda _: PlainTextResponse("User-agent: *\nDisallow: /\n")),
            Route("/web/{rest:path}", with_context(_web)),
            Route("/cdx", index),
            Route("/warc/{name}", with_context(_warc)),
            *viewer_routes.routes(with_context),
        ],
        exception_handlers={
            TalkscraperError: _error_page,
            sqlite3.OperationalError: _error_page,
            HTTPException: _error_page,
            Exception: _error_page,
        },
    )

    def headers(scope: Scope) -> dict[str, str]:
        return {"Content-Security-Policy": content_security.own_page_policy(origins.room(scope))}

    guarded = Guard(app, host_names=options.accepted_names, headers=headers)
    return FrontDoor(guarded, options=options, readers=readers)


def _front(context: ReplayContext) -> Response:
    counted = context.connection.execute("select count(*) from (select 1 from captures limit 1000001)")
    count = sum(row[0] for row in counted)
    return page("replay_front.html", room=context.room_links, base=context.base, captures=count)


def rest_of_path(request: Request, prefix: str) -> str:
    """Return the part of the request's target after ``prefix``, byte for byte, with its query string."""
    raw = request.scope.get("raw_path")
    path = of_bytes(raw) if raw else request.scope["path"]
    query = request.scope["query_string"].decode("ascii", "replace")
    rest = path[len(prefix) :] if path.startswith(prefix) else request.scope["path"][len(prefix) :]
    # some clients percent-encode the whole address, like any other part of a path
    if "%3a%2f%2f" in rest[:32].lower():
        rest = unquote(rest)
    return f"{rest}?{query}" if query or request.url.query else rest


def _web(context: ReplayContext) -> Response:
    if context.request.headers.get("service-worker"):
        # an archived script must not become a service worker of this origin
        return PlainTextResponse("no service workers here\n", 403)
    rest = rest_of_path(context.request, replay_urls.PREFIX)
    if rest.startswith("?url=") or rest == "":
        rest = context.request.query_params.get("url", "")
    address = replay_urls.parse(rest)
    if address is None:
        raise UsageError("the address is missing: write /web/https://example.org/page")
    if address.kind == "timemap":
        return _timemap(context, address)
    if address.kind == "captures":
        return _captures(context, address)
    if address.kind == "timegate":
        return memento_routes.timegate(context, address)
    return memento_routes.show(context, address)


def _timemap(context: ReplayContext, address: replay_urls.WebAddress) -> Response:
    url, size = address.url, memento.TIMEMAP_PAGE
    found = list(lookup.all_of(context.connection, url, limit=size + 1, offset=(address.page - 1) * size))
    if not found:
        missing = f"{url} is not archived" if address.page == 1 else f"the TimeMap has no page {address.page}"
        return PlainTextResponse(f"{missing}\n", 404, headers={"Link": memento.links(context.base, url)})
    listed = memento.TimeMapPage.of(context.base, url, address.page, found)
    if address.form == "json":
        return Response(listed.as_json(), media_type="application/json")
    return Response("".join(listed.as_links()), media_type=memento.TIMEMAP_TYPE)


def _captures(context: ReplayContext, address: replay_urls.WebAddress) -> Response:
    found = list(lookup.all_of(context.connection, address.url))
    if not found:
        return memento_routes.not_archived(context, address)
    return page(
        "captures.html",
        url=address.url,
        captures=found,
        memento=replay_urls.memento,
        room=context.room_links,
        most=lookup.COUNTED,
        iso=iso,
    )


def _index(request: Request, readers: Readers, lookups: Places) -> Response:
    written = {name: request.query_params.getlist(name) for name in request.query_params}
    query = parse_query(Parameters(written))

    def pieces(work: Work) -> Iterator[bytes]:
        with readers.lease(time_limit_s=cdx.TIME_LIMIT_S, stopped=lambda: work.is_stopped) as connection:
            yield from in_blocks(line.encode() for line in cdx.answer(connection, query))

    # a statement that waits for a slow client would hold a snapshot of the database
    return Stream(pieces, media_type=query.media_type, places=lookups, limit_s=2 * cdx.TIME_LIMIT_S)


def _warc(context: ReplayContext) -> Response:
    """Return a WARC, whole or in part; its name must be in ``warc_files``."""
    name = context.request.path_params["name"]
    if comes_from_elsewhere(context.request.headers, from_site=True):
        return PlainTextResponse("WARCs must be requested from a page of this archive, not from another site.\n", 403)
    try:
        path = warc_path(context.connection, context.options.folder, name)
    except ArchiveError:
        return PlainTextResponse("no such WARC\n", 404)
    size, tag = _size_and_tag(path)
    headers = {"Accept-Ranges": "bytes", "ETag": tag, "Cache-Control": "no-cache"}
    if tag in (context.request.headers.get("if-none-match") or ""):
        return Response(status_code=304, headers=headers)
    header = context.request.headers.get("range")
    condition = context.request.headers.get("if-range")
    try:
        parts = parse_ranges(header if condition in (None, tag) else None, size)
    except Unsatisfiable:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    for wanted in parts or [ByteRange(0, size)]:
        if reason := _holds_hidden(context.connection, name, wanted):
            return PlainTextResponse(f"a record in this range has been taken down: {reason}\n", 451, headers)
    # never a Content-Encoding: a client that decompresses would lose the offsets
    if len(parts) > 1:
        answer = Multipart(parts, size, _WARC_TYPE, secrets.token_hex(16))
        headers["Content-Length"] = str(answer.length)
        return Stream(lambda _work: answer.read(path), 206, headers, answer.content_type)
    wanted = parts[0] if parts else ByteRange(0, size)
    headers["Content-Length"] = str(wanted.length)
    if parts:
        headers["Content-Range"] = wanted.content_range(size)
    return Stream(lambda _work: read_range(path, wanted), 206 if parts else 200, headers, _WARC_TYPE)


def _size_and_tag(path: WarcPlace) -> tuple[int, str]:
    """Return a WARC's size and its ETag; of one in a store what was recorded, which reading it checks."""
    if isinstance(path, RemoteWarc):
        return path.size, f'"{path.sha256}"'
    found = path.stat()
    return found.st_size, f'"{found.st_mtime_ns:x}-{found.st_size:x}"'


def _holds_hidden(connection: sqlite3.Connection, name: str, part: ByteRange) -> str | None:
    row = connection.execute(
        "select takedowns.reason from takedowns join captures on captures.urlkey = takedowns.urlkey "
        "where captures.warc_file = ?1 and captures.warc_offset < ?2 "
        "and captures.warc_offset + captures.warc_length > ?3 "
        # the positions of records whose rows were deleted are only in the receipt
        "union all select takedowns.reason from takedowns, json_each(takedowns.receipt, '$.records') as place "
        "where takedowns.depth = 'delete' and json_extract(place.value, '$.file') = ?1 "
        "and json_extract(place.value, '$.offset') < ?2 "
        "and json_extract(place.value, '$.offset') + json_extract(place.value, '$.length') > ?3 limit 1",
        [name, part.stop, part.start],
    ).fetchone()
    return str(row[0]) if row else None


def _error_page(request: Request, error: Exception) -> Response:
    """Return an error as a page with a one-line message."""
    status, headers = 500, {}
    if isinstance(error, HTTPException):
        status, headers = error.status_code, dict(error.headers or {})
        message = "There is nothing at this address." if status == 404 else error.detail
    elif isinstance(error, NotFound):
        status, message = 404, str(error)
    elif isinstance(error, UsageError):
        status, message = 400, str(error)
    elif isinstance(error, NotAnArchive):
        status, message = 503, str(error)
    elif isinstance(error, sqlite3.OperationalError):
        slow = "interrupted" in str(error)
        status = 503
        message = "That took too long: narrow the request." if slow else "The database can't be read just now."
    elif isinstance(error, StoreUnreachable):
        status, message = 503, f"The capture can't be read just now: {error}"
    elif isinstance(error, DamagedRecord | StorageError):
        message = f"The capture is in the index, but its record can't be read: {error}"
    elif isinstance(error, TalkscraperError):
        message = str(error)
    else:
        message = "This page can’t be shown because of an error. The server’s log has the reason."
    if request.url.path.startswith(("/cdx", "/warc")):
        return PlainTextResponse(f"{message}\n", status, headers)
    return page("error.html", status=status, headers=headers, message=message, code=status)
