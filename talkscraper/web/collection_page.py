"""Pages of collections; and, where the operator allows it, what puts articles in and takes them out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from talkscraper.collections import add, collection, collections, remove
from talkscraper.collections.shelf import shown
from talkscraper.errors import UsageError
from talkscraper.export import export_formats
from talkscraper.web.context import RequestContext
from talkscraper.web.request_guard import comes_from_here

ADDRESS = "/collections"
MAX_FORM = 64 * 1024
MAX_FIELDS = 20
MAX_SHOWN = 1000
"""Articles on a page."""
FORM_TYPE = "application/x-www-form-urlencoded"
Fields = Mapping[str, str]
Answer = Callable[[RequestContext], Response]


def show_all(context: RequestContext) -> Response:
    """``/collections``."""
    return context.page("collections.html", here="collections", collections=collections(context.folder))


def show(context: RequestContext) -> Response:
    """``/collections/<name>``."""
    found = collection(context.folder, context.request.path_params["name"])
    return context.page(
        "collection.html",
        here="collections",
        collection=found,
        members=shown(context.connection, found, most=MAX_SHOWN),
        downloads=export_formats().values(),
        may_change=context.may_collect,
    )


def changing(
    with_context: Callable[[Answer], Callable[[Request], Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of ``POST /collections``: ``action`` is ``add`` or ``remove``.

    Raises:
        HTTPException: the request comes from another site's page, or isn't a form (403, 415, 413).
    """

    async def respond(request: Request) -> Response:
        if not comes_from_here(request.headers):
            raise HTTPException(403, "Collections are changed from pages of this archive, not from elsewhere.")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
            raise HTTPException(415, "Write a form.")
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_FORM:
                raise HTTPException(413, "This form is too large.")
        try:
            fields = dict(parse_qsl(bytes(body).decode("utf-8", "replace"), max_num_fields=MAX_FIELDS))
        except ValueError as e:
            raise HTTPException(400, "This isn't a form of this archive.") from e
        return await run_in_threadpool(with_context(lambda context: _change(context, fields)), request)

    return respond


def _change(context: RequestContext, fields: Fields) -> Response:
    name, article = fields.get("name", "").strip().lower(), fields.get("article", "").strip()
    if fields.get("action") == "remove":
        remove(context.connection, context.folder, name, [article])
    elif fields.get("action") == "add":
        number = fields.get("revision", "")
        add(
            context.connection,
            context.folder,
            name,
            [article],
            now=datetime.now(UTC),
            note=fields.get("note"),
            revision=int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else None,
        )
    else:
        raise UsageError("a form says whether it adds or removes an article")
    return RedirectResponse(f"{context.root}/collections/{name}", status_code=303)
