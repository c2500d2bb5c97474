"""Answers to ``/web/<ts><modifier>/<url>``: a capture as a page without scripts, as a requisite, or as its bytes."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from talkscraper.model import Capture
from talkscraper.replay import addresses, lookup, memento
from talkscraper.replay.payload import Replayed, load
from talkscraper.replay.rewrite import Context, next_image_target, rewrite_html, rewrite_stylesheet
from talkscraper.store.captures import row_to_capture
from talkscraper.warc.cdxj import timestamp14
from talkscraper.warc.decoding import UndecodableContent, decode_content, really_applied
from talkscraper.web import policies
from talkscraper.web.options import ServeOptions
from talkscraper.web.origins import Origins
from talkscraper.web.pages import fragment, page

PAGE_BYTES = 32 * 1024 * 1024
"""A larger page isn't rewritten; its bytes can be had with ``id_``."""
REQUISITE_BYTES = 128 * 1024 * 1024
_PAGES = frozenset({"", "if_", "mp_", "fr_", "fw_"})
"""Modifiers of what a reader looks at; all others are requisites of a page."""
_HTML = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
_SCRIPTS = ("javascript", "ecmascript", "/json", "wasm")
_FONTS = ("font/", "application/font", "application/x-font", "application/vnd.ms-fontobject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an answer needs: the archive, a connection, and how the browser reaches us."""

    request: Request
    options: ServeOptions
    origins: Origins
    connection: sqlite3.Connection

    @property
    def base(self) -> str:
        """The replay origin of this request."""
        return self.origins.replay_url.rstrip("/") if self.origins.replay_url else self.origins.this(self.request.scope)

    @property
    def room(self) -> str:
        """The reading room's origin."""
        return self.origins.room(self.request.scope)


def timegate(desk: Desk, asked: addresses.WebAddress) -> Response:
    """302 to the memento nearest to ``Accept-Datetime`` (RFC 7089 §4.1); the newest without.

    Raises:
        UsageError: the header is no date.
    """
    wanted = memento.parse_accept_datetime(desk.request.headers.get("accept-datetime"))
    capture = lookup.closest(desk.connection, asked.url, wanted)
    if capture is None:
        return not_archived(desk, asked)
    around = lookup.around(desk.connection, capture)
    return Response(
        status_code=302,
        headers={
            "Location": desk.base + addresses.memento(capture.url, capture.captured_at, asked.modifier),
            "Vary": "accept-datetime",
            "Link": memento.links(desk.base, asked.url, around, capture),
        },
    )


def show(desk: Desk, asked: addresses.WebAddress) -> Response:
    """The memento itself."""
    is_page = asked.modifier in _PAGES or asked.modifier == "id_"
    capture = lookup.closest(desk.connection, asked.url, asked.at, as_requisite=not is_page)
    if capture is None and (inner := next_image_target(asked.url)):
        capture = lookup.closest(desk.connection, inner, asked.at, as_requisite=True)
    if capture is None and not is_page:
        capture = lookup.resized(desk.connection, asked.url, asked.at)
    if capture is None:
        return not_archived(desk, asked)
    exact = timestamp14(capture.captured_at)
    if is_page and asked.timestamp != exact:
        return RedirectResponse(
            desk.base + addresses.memento(asked.url, exact, asked.modifier),
            status_code=302,
            headers={"Link": memento.links(desk.base, asked.url)},
        )
    shown = load(desk.connection, desk.options.folder, capture)
    headers = _memento_headers(desk, asked.url, capture, shown)
    if asked.modifier == "id_":
        return _raw(desk, shown, headers)
    if 300 <= shown.status < 400 and (location := shown.get("Location")):
        shown.close()
        target = urljoin(capture.url, location.strip())
        headers["Location"] = desk.base + addresses.memento(target, capture.captured_at, asked.modifier)
        headers["Content-Security-Policy"] = policies.memento_policy(desk.room)
        return Response(status_code=shown.status, headers=headers)
    return _shown(desk, asked, shown, headers)


def not_archived(desk: Desk, asked: addresses.WebAddress) -> Response:
    """404, or 451 for what has been taken down; with pages of the same site to go on from."""
    reason = lookup.taken_down(desk.connection, asked.url)
    status = 404 if reason is None else 451
    headers = {
        "Content-Security-Policy": policies.own_page_policy(desk.room),
        "Link": memento.links(desk.base, asked.url),
    }
    if asked.modifier and asked.modifier not in _PAGES:
        return Response("not archived\n" if reason is None else "taken down\n", status, headers, "text/plain")
    nearby = [] if reason is not None else _same_site(desk.connection, asked.url)
    return page(
        "not_archived.html",
        status=status,
        headers=headers,
        url=asked.url,
        at=asked.at,
        reason=reason,
        nearby=nearby,
        memento=addresses.memento,
        room=desk.room,
        framed=asked.modifier == "if_",
    )


def _same_site(connection: sqlite3.Connection, url: str) -> list[Capture]:
    from talkscraper.urls import urlkey

    host = urlkey(url).partition(")")[0]
    rows = connection.execute(
        f"select * from captures where urlkey >= ? and urlkey < ? and mime like '%html%' and status = 200 "
        f"and {lookup.PLAYABLE} and {lookup.NOT_TAKEN_DOWN} group by urlkey order by urlkey limit 12",
        [f"{host})", f"{host})0"],
    )
    return [row_to_capture(row) for row in rows]


def _memento_headers(desk: Desk, url: str, capture: Capture, shown: Replayed) -> dict[str, str]:
    headers = {
        "Memento-Datetime": memento.http_date(capture.captured_at),
        "Link": memento.links(desk.base, url, lookup.around(desk.connection, capture), capture),
        "Cache-Control": "no-cache",
    }
    for name, value in shown.headers:
        key = f"X-Archive-Orig-{name}"
        if name.replace("-", "").replace("_", "").isalnum() and name.isascii() and name.lower() != "set-cookie":
            headers[key] = "".join(c for c in value if 0x20 <= ord(c) <= 0xFF and ord(c) != 0x7F)[:4096]
    return headers


def _raw(desk: Desk, shown: Replayed, headers: dict[str, str]) -> Response:
    """The bytes as captured: content-coded as they were, with the header that says so."""
    tag = f'"{hashlib.sha256(shown.capture.id.encode()).hexdigest()[:24]}"'
    headers["ETag"] = tag
    headers["Content-Security-Policy"] = (
        policies.PDF_POLICY if _mime(shown) == "application/pdf" else policies.RAW_POLICY
    )
    if _matches(desk.request, tag):
        shown.close()
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = _clean(shown.get("Content-Type")) or "application/octet-stream"
    # a header that lies would make browsers show nothing
    coded = really_applied(next(shown.chunks(), b""), shown.headers, REQUISITE_BYTES)
    if coding := _clean(", ".join(coded)):
        headers["Content-Encoding"] = coding
    if language := _clean(shown.get("Content-Language")):
        headers["Content-Language"] = language
    if not shown.chunked:
        headers["Content-Length"] = str(shown.record.spool.size - shown.body_start)
    return StreamingResponse(_streamed(shown), _status(shown), headers)


def _shown(desk: Desk, asked: addresses.WebAddress, shown: Replayed, headers: dict[str, str]) -> Response:
    capture = shown.capture
    context = Context(
        url=capture.url,
        timestamp=timestamp14(capture.captured_at),
        is_archived=lambda url: lookup.is_archived(desk.connection, url),
        frames_modifier=asked.modifier if asked.modifier in ("if_", "mp_") else "",
    )
    mime = _mime(shown)
    headers["Content-Security-Policy"] = policies.memento_policy(desk.room)
    stylesheet = asked.modifier == "cs_" or mime == "text/css"
    limit = PAGE_BYTES if mime in _HTML or stylesheet else REQUISITE_BYTES
    try:
        body = decode_content(shown.payload(), shown.headers, limit)
    except UndecodableContent:
        # it is too large: the browser may know better
        return _raw(desk, shown, headers)
    shown.close()
    content_type = shown.get("Content-Type")
    if mime in _HTML or (not mime and _looks_like_html(body)):
        banner = "" if asked.modifier else _banner(desk, capture, shown)
        return HTMLResponse(
            rewrite_html(body, content_type, context, banner=banner), status_code=_status(shown), headers=headers
        )
    if stylesheet:
        return Response(rewrite_stylesheet(body, content_type, context), 200, headers, "text/css")
    if mime == "application/pdf":
        headers["Content-Security-Policy"] = policies.PDF_POLICY
    if mime.startswith(_FONTS) or capture.url.partition("?")[0].endswith((".woff2", ".woff", ".ttf", ".otf")):
        # a sandboxed page has no origin, and fonts are asked for across origins
        headers["Access-Control-Allow-Origin"] = "*"
    headers["Content-Type"] = _safe_type(mime, content_type)
    return Response(body, _status(shown), headers)


def _banner(desk: Desk, capture: Capture, shown: Replayed) -> str:
    article = desk.connection.execute(
        "select articles.id from articles left join revisions on revisions.article_id = articles.id "
        "where (revisions.capture_id = ? or articles.capture_id = ?) and articles.hidden_at is null limit 1",
        [capture.id, capture.id],
    ).fetchone()
    from talkscraper.replay.viewer import installed

    return fragment(
        "banner.html",
        capture=capture,
        status=shown.status,
        around=lookup.around(desk.connection, capture),
        memento=addresses.memento,
        captures=addresses.captures,
        article_url=f"{desk.room}/article/{article[0]}" if article else None,
        record_url=f"{desk.room}/capture/{capture.id.strip('<>').removeprefix('urn:uuid:')}",
        scripts_url=f"/with-scripts/{timestamp14(capture.captured_at)}/{capture.url}" if installed() else None,
        room=desk.room,
    )


def _streamed(shown: Replayed) -> Iterator[bytes]:
    try:
        yield from shown.chunks()
    finally:
        shown.close()


def _status(shown: Replayed) -> int:
    # a part that was asked for by range is all there is; answers without a body would swallow what is there
    return 200 if shown.status in (204, 205, 206, 304) or shown.status < 200 else shown.status


def _mime(shown: Replayed) -> str:
    return (shown.get("Content-Type") or "").partition(";")[0].strip().lower()


def _safe_type(mime: str, content_type: str | None) -> str:
    if any(word in mime for word in _SCRIPTS):
        return "text/plain; charset=utf-8"
    return _clean(content_type) or "application/octet-stream"


def _clean(value: str | None) -> str:
    return "".join(c for c in value or "" if 0x20 <= ord(c) < 0x7F)[:200]


def _looks_like_html(body: bytes) -> bool:
    start = body[:1024].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in start


def _matches(request: Request, tag: str) -> bool:
    return tag in (request.headers.get("if-none-match") or "")
