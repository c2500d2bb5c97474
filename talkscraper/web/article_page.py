"""Pages of an article: the article itself, its JSON, the comparison of revisions, and the record of a capture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from talkscraper.cite import Reference, citation_formats, reference, render
from talkscraper.cite.embedded import coins, embedded_metadata
from talkscraper.errors import NotFound, UsageError
from talkscraper.replay import lookup
from talkscraper.replay.package_selection import raw_member
from talkscraper.replay.timestamps import first_instant
from talkscraper.store.article_lookup import find_article
from talkscraper.store.database import from_iso
from talkscraper.warc.cdxj import timestamp14
from talkscraper.web import article_view, record_view
from talkscraper.web.article_document import article_document
from talkscraper.web.captured_bytes import reading_captures
from talkscraper.web.context import RequestContext, raw_url, record_ref
from talkscraper.web.marked_text import marked_text
from talkscraper.web.search_params import MAX_VALUE_LENGTH
from talkscraper.web.templates import pretty
from talkscraper.whole_numbers import whole_number

if TYPE_CHECKING:
    from talkscraper.store.diff import Op


def show(context: RequestContext) -> Response:
    """``/article/<id>`` and ``/article/<id>/<ts14>``."""
    ref = context.request.path_params["ref"]
    if ref.endswith(".json"):
        return as_json(context, ref.removesuffix(".json"))
    at = context.request.path_params.get("at")
    shown = article_view.article(context.connection, ref, first_instant(at) if at else None)
    article_id = shown.row["id"]
    capture = shown.capture
    q = context.request.query_params.get("q", "").strip()[:MAX_VALUE_LENGTH]
    cited = _cited(context, article_id, shown.revision.number)
    return context.page(
        "article.html",
        shown=shown,
        marked=marked_text(shown.revision.title or "Untitled", shown.paragraphs, q),
        q=q,
        address=shown.row["url"] if shown.row["url"].startswith(("http://", "https://")) else None,
        unknown=[each.field for each in shown.fields if each.value is None],
        record_ref=record_ref,
        ts14=lambda text: timestamp14(from_iso(text)),
        permalink=f"{context.root}/article/{article_id}/{timestamp14(from_iso(shown.revision.captured_at))}",
        frame_url=context.memento(capture.url, capture.captured_at, "if_") if capture else None,
        page_url=context.memento(capture.url, capture.captured_at) if capture else None,
        picture_url=lambda url, at: context.memento(url, timestamp14(from_iso(at)), "im_"),
        memento_url=lambda each: context.memento(each.url, each.captured_at),
        citation=render(cited) if cited else None,
        embedded=embedded_metadata(cited) if cited else (),
        coins=coins(cited) if cited else "",
        may_collect=context.may_collect,
        citation_formats=citation_formats().values(),
        at_query="" if shown.is_newest else f"?revision={shown.revision.number}",
    )


def by_url(context: RequestContext) -> Response:
    """``/article?url=…``: the article with this address, canonical or alias."""
    found = find_article(context.connection, context.request.query_params.get("url", ""))
    return RedirectResponse(f"{context.root}/article/{found['id']}", status_code=302)


def as_json(context: RequestContext, ref: str) -> Response:
    """The article as one JSON document."""
    document = article_document(article_view.article(context.connection, ref))
    return Response(pretty(document) + "\n", media_type="application/json")


def compare(context: RequestContext) -> Response:
    """``/article/<id>/diff?a=1&b=2``: a word diff of two revisions."""
    from talkscraper.store.diff import kinds_of, word_diff
    from talkscraper.store.field_changes import field_changes

    row = find_article(context.connection, context.request.path_params["ref"])
    numbers = [_number(context.request.query_params.get(name, "")) for name in ("a", "b")]
    newest = article_view.newest_number(context.connection, row["id"])
    first, second = (numbers[0] or max(1, newest - 1)), (numbers[1] or newest)
    old = article_view.revision_with_text(context.connection, row["id"], first)
    new = article_view.revision_with_text(context.connection, row["id"], second)
    if old is None or new is None:
        raise NotFound(f"this article has no revision {first if old is None else second}")
    before = article_view.content_of(context.connection, row["id"], first)
    after = article_view.content_of(context.connection, row["id"], second)
    pieces = word_diff(old.text, new.text)
    return context.page(
        "diff.html",
        article_id=row["id"],
        language=row["language"],
        old=old,
        new=new,
        kinds=kinds_of(before, after) if before and after and second == first + 1 else (),
        pieces=pieces,
        fields=field_changes(before, after) if before and after else (),
        added=_words(pieces, "insert"),
        removed=_words(pieces, "delete"),
    )


def _words(pieces: Sequence[tuple[Op, str]], op: Op) -> int:
    """Return the number of inserted or deleted words; punctuation alone isn't counted."""
    return sum(any(c.isalnum() for c in word) for each, text in pieces if each == op for word in text.split())


def _number(text: str) -> int | None:
    if not text:
        return None
    number = whole_number(text)
    if number is None:
        raise UsageError(f"a revision has a number, not {text[:20]!r}")
    return number


def record(context: RequestContext) -> Response:
    """``/capture/<record id>``."""
    shown = record_view.record(context.connection, context.folder, context.request.path_params["record"])
    capture = shown.capture
    return context.page(
        "record.html",
        shown=shown,
        record_ref=record_ref,
        memento_url=context.memento(capture.url, capture.captured_at),
        raw_url=raw_url(context, capture),
        warc_url=f"{context.replay}/warc/{capture.warc_file}",
    )


def record_file(context: RequestContext) -> Response:
    """``/capture/<record id>/record.warc.gz``: the record's gzip member, byte for byte."""
    capture = lookup.by_id(context.connection, context.request.path_params["record"])
    name = f"{timestamp14(capture.captured_at)}.warc.gz"
    with reading_captures():
        member = raw_member(context.connection, context.folder, capture)
    return Response(
        member,
        media_type="application/warc",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def cite(context: RequestContext) -> Response:
    """``/article/<id>/cite.ENDING``, for each format of references."""
    ending = context.request.path_params["form"]
    formats = {each.ending: each for each in citation_formats().values()}
    if ending not in formats:
        raise NotFound(f"there is no reference as {ending[:20]!r}: there are {', '.join(formats)}")
    found = reference(
        context.connection,
        context.request.path_params["ref"],
        _number(context.request.query_params.get("revision", "")),
    )
    return Response(
        render(found, formats[ending].name) + "\n",
        media_type=formats[ending].media_type,
        headers={"Content-Disposition": f'inline; filename="{found.article_id}.{ending}"'},
    )


def _cited(context: RequestContext, article_id: str, revision: int) -> Reference | None:
    """Return a reference; None if its capture is missing."""
    try:
        return reference(context.connection, article_id, revision)
    except NotFound:
        return None
