"""Responses to ``/web/<ts><modifier>/<url>``: a capture as a page without scripts, as a requisite, or as its bytes."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from talkscraper.model import Capture
from talkscraper.replay import lookup, media, memento, replay_urls
from talkscraper.replay.html_rewrite import next_image_target
from talkscraper.replay.media import MediaKind
from talkscraper.replay.payload import Replayed, load
from talkscraper.replay.rewriter import MAX_PAGE_BYTES, Job, Rewritten, shared
from talkscraper.store.captures import NOT_TAKEN_DOWN, row_to_capture
from talkscraper.urls.resolution import of_header, resolved
from talkscraper.warc.cdxj import timestamp14
from talkscraper.warc.content_coding import codings, really_applied
from talkscraper.web import content_security
from talkscraper.web.origins import Origins
from talkscraper.web.rewritten import RewrittenAnswer
from talkscraper.web.serve_options import ServeOptions
from talkscraper.web.streams import Places, Stream
from talkscraper.web.templates import fragment, page

_PAGES = frozenset({"", "if_", "mp_", "fr_", "fw_"})
"""Modifiers of pages for readers; all others are for requisites."""
MAX_ORIGINAL_HEADERS = 60
MAX_ORIGINAL_BYTES = 24 * 1024
"""Maximum number of archived headers in a response, since clients limit them."""
_FONT_ENDINGS = (".woff2", ".woff", ".ttf", ".otf")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayContext:
    """The context of a replay request: the archive, a connection, and the origins."""

    request: Request
    options: ServeOptions
    origins: Origins
    connection: sqlite3.Connection
    rewritings: Places
    """Limits the number of concurrent rewritings."""

    @property
    def base(self) -> str:
        """The replay origin of this request."""
        return self.origins.replay_url.rstrip("/") if self.origins.replay_url else self.origins.this(self.request.scope)

    @property
    def room(self) -> str:
        """The reading room's origin."""
        return self.origins.room(self.request.scope)

    @property
    def room_links(self) -> str:
        """The beginning of links to the reading room: its origin and the path under which it is served."""
        return self.room + self.origins.base_path


def timegate(context: ReplayContext, address: replay_urls.WebAddress) -> Response:
    """302 to the memento nearest to ``Accept-Datetime`` (RFC 7089 §4.1); the newest without.

    Raises:
        UsageError: the header isn't a date.
    """
    wanted = memento.parse_accept_datetime(context.request.headers.get("accept-datetime"))
    capture = lookup.closest(context.connection, address.url, wanted)
    if capture is None:
        return not_archived(context, address)
    around = lookup.around(context.connection, capture)
    return Response(
        status_code=302,
        headers={
            "Location": context.base + replay_urls.memento(capture.url, capture.captured_at, address.modifier),
            "Vary": "accept-datetime",
            "Link": memento.links(context.base, address.url, around, capture),
        },
    )


def show(context: ReplayContext, address: replay_urls.WebAddress) -> Response:
    """Return the memento itself."""
    is_page = address.modifier in _PAGES or address.modifier == "id_"
    capture = lookup.closest(context.connection, address.url, address.at, as_requisite=not is_page)
    if capture is None and (inner := next_image_target(address.url)):
        capture = lookup.closest(context.connection, inner, address.at, as_requisite=True)
    if capture is None and not is_page:
        capture = lookup.resized(context.connection, address.url, address.at)
    if capture is None:
        return not_archived(context, address)
    exact = timestamp14(capture.captured_at)
    if is_page and address.timestamp != exact:
        return RedirectResponse(
            context.base + replay_urls.memento(address.url, exact, address.modifier),
            status_code=302,
            headers={"Link": memento.links(context.base, address.url)},
        )
    shown = load(context.connection, context.options.folder, capture)
    around = lookup.around(context.connection, capture)
    headers = _memento_headers(context, address.url, shown, around)
    if address.modifier == "id_":
        return _raw(context, shown, headers)
    if 300 <= shown.status < 400 and (target := _target(capture.url, shown.get("Location"))):
        shown.close()
        headers["Location"] = context.base + replay_urls.memento(target, capture.captured_at, address.modifier)
        headers["Content-Security-Policy"] = content_security.memento_policy(
            context.room, in_frame=address.modifier == "if_", with_password=context.options.credentials is not None
        )
        return Response(status_code=shown.status, headers=headers)
    return _shown(context, address, shown, headers, around)


def _target(url: str, location: str | None) -> str | None:
    """Return the target of an archived redirect; None if its address is invalid."""
    return resolved(url, of_header(location)) if location else None


def not_archived(context: ReplayContext, address: replay_urls.WebAddress) -> Response:
    """Return 404, or 451 for a taken-down address; with links to pages of the same site."""
    reason = lookup.taken_down(context.connection, address.url)
    kept = lookup.pruned(context.connection, address.url) if reason is None else None
    status = 404 if reason is None else 451
    headers = {
        "Content-Security-Policy": content_security.own_page_policy(context.room, in_frame=address.modifier == "if_"),
        "Link": memento.links(context.base, address.url),
    }
    if address.modifier and address.modifier not in _PAGES:
        missing = "not archived\n" if kept is None else f"{kept}\n"
        return Response(missing if reason is None else "taken down\n", status, headers, "text/plain")
    nearby = [] if reason is not None else _same_site(context.connection, address.url)
    return page(
        "not_archived.html",
        status=status,
        headers=headers,
        url=address.url,
        at=address.at,
        reason=reason,
        not_kept=kept,
        nearby=nearby,
        memento=replay_urls.memento,
        room=context.room_links,
        framed=address.modifier == "if_",
    )


def _same_site(connection: sqlite3.Connection, url: str) -> list[Capture]:
    from talkscraper.urls.canonical import urlkey

    host = urlkey(url).partition(")")[0]
    rows = connection.execute(
        f"select * from captures where urlkey >= ? and urlkey < ? and mime like '%html%' and status = 200 "
        f"and {lookup.PLAYABLE} and {NOT_TAKEN_DOWN} group by urlkey order by urlkey limit 12",
        [f"{host})", f"{host})0"],
    )
    return [row_to_capture(row) for row in rows]


def _memento_headers(context: ReplayContext, url: str, shown: Replayed, around: lookup.Around) -> dict[str, str]:
    headers = {
        "Memento-Datetime": memento.http_date(shown.capture.captured_at),
        "Link": memento.links(context.base, url, around, shown.capture),
        "Cache-Control": "no-cache",
    }
    room = MAX_ORIGINAL_BYTES
    for name, value in shown.headers[:MAX_ORIGINAL_HEADERS]:
        if not (name.replace("-", "").replace("_", "").isalnum() and name.isascii()) or name.lower() == "set-cookie":
            continue
        # a value may not begin or end with spaces, even after truncation
        plain = "".join(c for c in value[:4096] if 0x20 <= ord(c) <= 0xFF and ord(c) != 0x7F).strip(" \xa0\x85")
        room -= len(name) + len(plain)
        if room < 0:
            break
        headers[f"X-Archive-Orig-{name}"] = plain
    return headers


def _raw(context: ReplayContext, shown: Replayed, headers: dict[str, str]) -> Response:
    """Return the bytes as captured, with their Content-Encoding. Documents are sent as text."""
    tag = f'"{hashlib.sha256(shown.capture.id.encode()).hexdigest()[:24]}"'
    headers["ETag"] = tag
    found = media.parse(shown.get("Content-Type"))
    start = next(shown.chunks(), b"")
    is_pdf = _is_pdf(found, start)
    headers["Content-Security-Policy"] = content_security.PDF_POLICY if is_pdf else content_security.RAW_POLICY
    if _matches(context.request, tag):
        shown.close()
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = _sent_type(found, is_pdf=is_pdf)
    if found is not None and found.kind is MediaKind.PAGE and not _is_browser(context.request):
        headers["Content-Type"] = str(found)
    # a wrong header would make browsers show nothing
    coded = really_applied(start, shown.headers, MAX_PAGE_BYTES)
    if coding := _clean(", ".join(coded)):
        headers["Content-Encoding"] = coding
    if language := _clean(shown.get("Content-Language")):
        headers["Content-Language"] = language
    return _streamed(shown, headers)


def _is_browser(request: Request) -> bool:
    """Whether the client would render a page; other programs get its media type."""
    return (
        any(name.startswith("sec-fetch-") for name in request.headers)
        or "text/html" in request.headers.get("accept", "")
        or "mozilla" in request.headers.get("user-agent", "").lower()
    )


def _streamed(shown: Replayed, headers: dict[str, str]) -> Response:
    if not shown.chunked:
        headers["Content-Length"] = str(shown.record.spool.size - shown.body_start)
    return Stream(lambda _work: shown.chunks(), _status(shown), headers, close=shown.close)


def _shown(
    context: ReplayContext,
    address: replay_urls.WebAddress,
    shown: Replayed,
    headers: dict[str, str],
    around: lookup.Around,
) -> Response:
    capture = shown.capture
    found = media.parse(shown.get("Content-Type"))
    kind = found.kind if found is not None else None
    if address.modifier == "cs_" and kind is not MediaKind.PAGE:
        kind = MediaKind.STYLE
    headers["Content-Security-Policy"] = content_security.memento_policy(
        context.room, in_frame=address.modifier == "if_", with_password=context.options.credentials is not None
    )
    if (found is not None and found.is_font) or capture.url.partition("?")[0].endswith(_FONT_ENDINGS):
        # a sandboxed page has an opaque origin, and fonts are requested across origins
        headers["Access-Control-Allow-Origin"] = "*"
    coded = tuple((name, value) for name, value in shown.headers if name.lower() == "content-encoding")
    if kind in (MediaKind.BYTES, MediaKind.PDF) and not codings(coded):
        return _passed(shown, headers, found)
    if shown.record.spool.size > MAX_PAGE_BYTES:
        return _raw(context, shown, headers)
    banner = "" if address.modifier or kind not in (MediaKind.PAGE, None) else _banner(context, shown, around)

    def job() -> Job:
        return Job(
            payload=shown.payload(),
            codings=coded,
            media=found,
            kind=kind,
            url=capture.url,
            timestamp=timestamp14(capture.captured_at),
            frames_modifier=address.modifier if address.modifier in ("if_", "mp_") else "",
            refresh=shown.get("Refresh"),
            banner=banner,
            database=context.options.folder.database,
        )

    def answer(result: Rewritten | None) -> Response:
        if result is None:
            # unknown coding, or too large: the browser may be able to decode it
            return _raw(context, shown, headers)
        if result.kind is MediaKind.PAGE:
            return HTMLResponse(result.body, _status(shown), headers)
        if result.kind is MediaKind.STYLE:
            return Response(result.body, 200, headers, "text/css")
        if result.kind is MediaKind.DRAWING:
            return Response(result.body, _status(shown), {**headers, "Content-Type": "image/svg+xml; charset=utf-8"})
        if result.kind is MediaKind.TEXT:
            return Response(result.body, _status(shown), {**headers, "Content-Type": "text/plain; charset=utf-8"})
        is_pdf = _is_pdf(found, result.body)
        if is_pdf:
            headers["Content-Security-Policy"] = content_security.PDF_POLICY
        return Response(result.body, _status(shown), {**headers, "Content-Type": _sent_type(found, is_pdf=is_pdf)})

    def failed() -> Response:
        return page(
            "not_prepared.html",
            status=503,
            headers={
                **headers,
                "Content-Security-Policy": content_security.own_page_policy(
                    context.room, in_frame=address.modifier == "if_"
                ),
                "Retry-After": "600",
            },
            url=capture.url,
            raw=replay_urls.memento(capture.url, capture.captured_at, "id_"),
        )

    return RewrittenAnswer(
        job, rewriter=shared, places=context.rewritings, answer=answer, failed=failed, close=shown.close
    )


def _passed(shown: Replayed, headers: dict[str, str], found: media.MediaType | None) -> Response:
    """Return bytes that are neither rewritten nor decoded."""
    is_pdf = _is_pdf(found, next(shown.chunks(), b""))
    if is_pdf:
        headers["Content-Security-Policy"] = content_security.PDF_POLICY
    headers["Content-Type"] = _sent_type(found, is_pdf=is_pdf)
    return _streamed(shown, headers)


def _is_pdf(found: media.MediaType | None, start: bytes) -> bool:
    """Whether it really is a PDF: these are the only documents served without a sandbox."""
    return found is not None and found.kind is MediaKind.PDF and start.startswith(b"%PDF-")


def _sent_type(found: media.MediaType | None, *, is_pdf: bool) -> str:
    if found is None or (found.kind is MediaKind.PDF and not is_pdf):
        return media.BYTES_TYPE
    return found.sent


def _banner(context: ReplayContext, shown: Replayed, around: lookup.Around) -> str:
    capture = shown.capture
    article = context.connection.execute(
        "select articles.id from articles left join revisions on revisions.article_id = articles.id "
        "where (revisions.capture_id = ? or articles.capture_id = ?) and articles.hidden_at is null limit 1",
        [capture.id, capture.id],
    ).fetchone()
    from talkscraper.replay.viewer import installed

    return fragment(
        "banner.html",
        capture=capture,
        status=shown.status,
        around=around,
        memento=replay_urls.memento,
        captures=replay_urls.captures,
        article_url=f"{context.room_links}/article/{article[0]}" if article else None,
        record_url=f"{context.room_links}/capture/{capture.id.strip('<>').removeprefix('urn:uuid:')}",
        scripts_url=f"/with-scripts/{timestamp14(capture.captured_at)}/{capture.url}" if installed() else None,
        room=context.room_links,
    )


def _status(shown: Replayed) -> int:
    # a part requested by range is all there is; a status without a body would hide the content
    return 200 if shown.status in (204, 205, 206, 304) or shown.status < 200 else shown.status


def _clean(value: str | None) -> str:
    return "".join(c for c in (value or "")[:200] if 0x20 <= ord(c) < 0x7F).strip()


def _matches(request: Request, tag: str) -> bool:
    return tag in (request.headers.get("if-none-match") or "")
