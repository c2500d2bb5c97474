"""The reading room's routes, and its errors as pages."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.collections import has_collections
from talkscraper.errors import DamagedRecord, NotAnArchive, NotFound, StorageError, TalkscraperError, UsageError
from talkscraper.monitor import metrics
from talkscraper.web import (
    article_page,
    changes_page,
    collection_page,
    content_security,
    downloads,
    feed_page,
    kwic_page,
    open_search,
    operators_page,
    search_page,
    timeline_page,
)
from talkscraper.web.api import routes as api
from talkscraper.web.connection_pool import Readers
from talkscraper.web.context import ArchiveCache, RequestContext, archive_name
from talkscraper.web.door import FrontDoor
from talkscraper.web.origins import Origins
from talkscraper.web.request_guard import Guard
from talkscraper.web.serve_options import ServeOptions
from talkscraper.web.templates import STATIC, page, sentence

_WITHOUT_BYTES = (
    "Articles can be read and cited all the same, and tables, texts and references of them be taken away (CSV,"
    " JSON Lines, Parquet, texts, BibTeX, RIS)."
)
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Answer = Callable[[RequestContext], Response]
log = logging.getLogger(__name__)


def reading_room(options: ServeOptions, origins: Origins, readers: Readers) -> ASGIApp:
    """Return the ASGI application of the reading room's origin."""

    def with_context(answer: Answer) -> Callable[[Request], Response]:
        def respond(request: Request) -> Response:
            with readers.lease() as connection:
                context = RequestContext(
                    request=request,
                    folder=options.folder,
                    origins=origins,
                    readers=readers,
                    connection=connection,
                    known=known,
                    downloads=places,
                    with_password=options.credentials is not None,
                    may_collect=options.allow_collections,
                )
                return answer(context)

        return respond

    def error_page(request: Request, error: Exception) -> Response:
        status, message = explain(error, options.folder)
        headers = error.headers if isinstance(error, HTTPException) else None
        if api.is_api(request):
            return api.error(status, message, headers)
        return page(
            "room_error.html",
            status=status,
            headers=headers,
            message=message,
            code=status,
            here="",
            root=origins.base_path,
            archive_name=name,
            with_collections=options.allow_collections or has_collections(options.folder),
        )

    changes = [Route(collection_page.ADDRESS, collection_page.changing(with_context), methods=["POST"])]
    known = ArchiveCache()
    places = downloads.places()
    name = archive_name(options.folder)
    app = Starlette(
        routes=[
            Route("/", with_context(search_page.show)),
            Route("/help", with_context(_help)),
            Route("/timeline", with_context(timeline_page.show)),
            Route("/timeline.csv", with_context(timeline_page.as_csv)),
            Route("/changes", with_context(changes_page.show)),
            Route("/changes.atom", with_context(changes_page.as_atom)),
            Route("/feed.atom", with_context(feed_page.show)),
            Route("/kwic", with_context(kwic_page.show)),
            Route("/kwic.csv", with_context(kwic_page.as_csv)),
            Route("/sources", with_context(operators_page.show)),
            Route("/metrics", lambda _: PlainTextResponse(metrics.of_archive(options.folder), media_type=METRICS_TYPE)),
            Route("/export.{form}", with_context(downloads.download)),
            Route("/article", with_context(article_page.by_url)),
            Route("/article/{ref}", with_context(article_page.show)),
            Route("/article/{ref}/diff", with_context(article_page.compare)),
            Route("/article/{ref}/cite.{form}", with_context(article_page.cite)),
            Route("/article/{ref}/{at}", with_context(article_page.show)),
            Route("/capture/{record}", with_context(article_page.record)),
            Route("/capture/{record}/record.warc.gz", with_context(article_page.record_file)),
            *changes,
            Route(collection_page.ADDRESS, with_context(collection_page.show_all)),
            Route("/collections/{name}", with_context(collection_page.show)),
            *api.routes(with_context),
            Route("/opensearch.xml", with_context(open_search.show)),
            Route("/robots.txt", lambda _: PlainTextResponse("User-agent: *\nDisallow: /\n")),
            Mount("/static", _Static(directory=STATIC)),
        ],
        exception_handlers={
            TalkscraperError: error_page,
            sqlite3.Error: error_page,
            HTTPException: error_page,
            Exception: error_page,
        },
    )

    def headers(scope: Scope) -> dict[str, str]:
        return {
            "Content-Security-Policy": content_security.room_policy(origins.replay(scope)),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-cache",
        }

    writable = (collection_page.ADDRESS,) if options.allow_collections else ()
    guarded = Guard(app, host_names=options.accepted_names, headers=headers, writable=writable)
    return FrontDoor(guarded, options=options, readers=readers, base_path=options.base_path)


class _Static(StaticFiles):
    """Static files of the package; their addresses contain their digest, so that browsers may cache them."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Return a file that may be cached for a year."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _help(context: RequestContext) -> Response:
    return context.page("help.html", here="help")


def explain(error: Exception, folder: ArchiveFolder) -> tuple[int, str]:
    """Return the status and a one-line message for an error, without paths of this machine."""
    if isinstance(error, HTTPException):
        return error.status_code, "There is nothing at this address." if error.status_code == 404 else error.detail
    if isinstance(error, NotFound):
        return 404, sentence(str(error))
    if isinstance(error, UsageError):
        return 400, sentence(str(error))
    if isinstance(error, NotAnArchive):
        return 503, sentence(str(error))
    if isinstance(error, sqlite3.Error):
        if "interrupted" in str(error):
            return 503, "That search took too long and was stopped. Fewer or rarer words are faster."
        log.warning("the database can't be read: %s", error)
        return 503, "The database can’t be read just now."
    if isinstance(error, DamagedRecord | StorageError):
        log.warning("captured bytes can't be read: %s", error)
        what = str(error).replace(f"{folder.root}/", "")
        return 503, f"The captured bytes can’t be read: {what}. {_WITHOUT_BYTES}"
    if isinstance(error, TalkscraperError):
        return 500, sentence(str(error))
    # the server logs it with its traceback, which is of no use to a reader
    return 500, "This page can’t be shown because of an error. The server’s log has the reason."
