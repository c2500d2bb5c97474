"""Routes of ReplayWeb.page, which shows pages with their scripts, if the operator has installed it.

The viewer reads a small CDXJ (a page and its requisites) and then ranges of the WARCs, all from this origin. Its
files are outside the package: they are its authors', under the AGPL.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from talkscraper.errors import NotFound
from talkscraper.model import Capture
from talkscraper.replay import lookup, replay_urls, viewer
from talkscraper.store import requisites
from talkscraper.store.captures import NOT_TAKEN_DOWN, row_to_capture
from talkscraper.warc.cdxj import is_indexed, line, timestamp14
from talkscraper.web import content_security
from talkscraper.web.memento_routes import ReplayContext
from talkscraper.web.templates import page
from talkscraper.whole_numbers import whole_number

REQUISITES = 2000
"""Maximum number of lines of one page's CDXJ; a viewer takes seconds for tens of thousands."""


def routes(with_context: Callable[[Callable[[ReplayContext], Response]], Callable[[Request], Response]]) -> list[Route]:
    """The viewer's routes."""
    return [
        Route("/with-scripts/{rest:path}", with_context(_with_scripts)),
        Route("/page-index/{name}", with_context(_page_index)),
        Route("/viewer/{name:path}", _file),
    ]


def _with_scripts(context: ReplayContext) -> Response:
    from talkscraper.web.replay_app import rest_of_path

    address = replay_urls.parse(rest_of_path(context.request, "/with-scripts/"))
    if address is None or address.at is None:
        raise NotFound("which page? write /with-scripts/20251028143000/https://example.org/page")
    capture = lookup.closest(context.connection, address.url, address.at)
    if capture is None:
        return memento_not_archived(context, address)
    if not viewer.installed():
        return page("no_viewer.html", status=404, memento=replay_urls.memento(capture.url, capture.captured_at))
    newest = context.connection.execute("select max(seq) from captures").fetchone()[0]
    row = context.connection.execute("select seq from captures where id = ?", [capture.id]).fetchone()
    # the viewer identifies a collection by its address: a new capture must give a new address
    source = f"/page-index/{row[0]}-{newest}.cdxj"
    target = (
        f"/viewer/?source={quote(context.base + source, safe='')}#view=pages&url={quote(capture.url, safe='')}"
        f"&ts={timestamp14(capture.captured_at)}"
    )
    return RedirectResponse(target, status_code=302)


def memento_not_archived(context: ReplayContext, address: replay_urls.WebAddress) -> Response:
    """Return the page for an address that isn't archived."""
    from talkscraper.web.memento_routes import not_archived

    return not_archived(context, address)


def _page_index(context: ReplayContext) -> Response:
    """Return the CDXJ of a page and its requisites, including the originals of revisits."""
    seq = whole_number(context.request.path_params["name"].partition("-")[0])
    if seq is None:
        return PlainTextResponse("no such index\n", 404)
    shown = f"{lookup.PLAYABLE} and {NOT_TAKEN_DOWN}"
    row = context.connection.execute(f"select * from captures where seq = ? and {shown}", [seq]).fetchone()
    captures: dict[str, Capture] = {}
    if row is not None:
        shown_page = row_to_capture(row)
        needed = requisites.of_page(context.connection, shown_page, where=shown, limit=REQUISITES)
        captures = {each.id: each for each in (shown_page, *needed)}
    from talkscraper.replay.payload import original_of

    for capture in list(captures.values()):
        if capture.record_type == "revisit" and (original := original_of(context.connection, capture)):
            captures.setdefault(original.id, original)
    lines = sorted(
        {
            line(capture).replace(f'"filename": "{capture.warc_file}"', f'"filename": "/warc/{capture.warc_file}"')
            for capture in captures.values()
            if is_indexed(capture)
        }
    )
    # Starlette sends Content-Length with it, without which the viewer refuses the index
    return Response("".join(f"{each}\n" for each in lines), media_type="text/x-cdxj")


def _file(request: Request) -> Response:
    name = request.path_params["name"] or "index.html"
    path = viewer.file(name)
    if path is None:
        return PlainTextResponse("no such file of the viewer's\n", 404)
    headers = {"Content-Security-Policy": content_security.VIEWER_POLICY, "Cache-Control": "no-cache"}
    return FileResponse(path, headers=headers)
