"""``/changes`` and ``/changes.atom``: what newsrooms changed after publication."""

from __future__ import annotations

from html import escape
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import Response

from talkscraper.errors import QueryError
from talkscraper.fields import CHANGE_KINDS
from talkscraper.store.change_words import Excerpt, plain
from talkscraper.store.changes import ArticleChange, ChangesPage, ChangesRequest, changes, kind_of
from talkscraper.store.field_changes import FieldDifference
from talkscraper.store.source_names import unknown_sources
from talkscraper.web import atom
from talkscraper.web.context import RequestContext, archive_name
from talkscraper.web.search_params import MAX_FILTER_VALUES, MAX_VALUE_LENGTH
from talkscraper.web.templates import query, sentence

PAGE_CHANGES = 30
FEED_CHANGES = 50
MAX_API_CHANGES = 100
PARAMETERS = ("source", "since", "until", "kind")
MANY = ("source", "kind")
"""Parameters that may be given several times."""
State = dict[str, str | list[str]]


def show(context: RequestContext) -> Response:
    """``/changes``."""
    state = _state(context.request.query_params)
    found, error = ChangesPage(changes=(), next_cursor=None), None
    try:
        found = listed(context, PAGE_CHANGES)
    except QueryError as e:
        error = sentence(str(e))
    kept = {name: state[name] for name in PARAMETERS}
    return context.page(
        "changes.html",
        here="changes",
        state=state,
        kept=kept,
        error=error,
        notes=[sentence(note) for note in unknown_sources(context.connection, state["source"])],
        found=found.changes,
        next_link=query(kept, after=found.next_cursor) if found.next_cursor else None,
        kinds=CHANGE_KINDS,
        chosen=[_kind(each) for each in state["kind"]],
        feed=f"{context.root}/changes.atom{query(kept)}".removesuffix("?"),
        known_sources=context.known.sources.get(context.connection),
        diff_link=lambda each: f"{context.root}/article/{each.article_id}{_compared(each)}",
    )


def as_atom(context: RequestContext) -> Response:
    """``/changes.atom``, with the parameters of ``/changes``.

    Raises:
        QueryError: a parameter is invalid.
    """
    state = _state(context.request.query_params)
    kept = {name: state[name] for name in PARAMETERS}
    found = listed(context, FEED_CHANGES)
    here = f"{context.room}/changes.atom"
    links = {"self": f"{here}{query(state)}".removesuffix("?")}
    links["first"] = f"{here}{query(kept)}".removesuffix("?")
    if found.next_cursor:
        links["next"] = f"{here}{query(kept, after=found.next_cursor)}"
    narrowed = ", ".join(
        f"{name}: {each}"
        for name, value in kept.items()
        for each in ([value] if isinstance(value, str) else value)
        if each
    )
    name = archive_name(context.folder)
    feed = atom.Feed(
        tag=f"changes{query(kept)}".removesuffix("?"),
        title=f"{name}: changes" + (f" ({narrowed})" if narrowed else ""),
        subtitle="What newsrooms changed after publication",
        archive=name,
        public=context.origins.room_url,
        links=links,
        alternate=f"{context.room}/changes{query(kept)}".removesuffix("?"),
        entries=tuple(_entry(context, each) for each in found.changes),
    )
    return atom.respond(feed, context.request.headers)


def listed(context: RequestContext, limit: int) -> ChangesPage:
    """Return the page of changes that the parameters of a request ask for; ``after`` or ``cursor`` is its place.

    Raises:
        QueryError: a parameter is invalid.
    """
    state = _state(context.request.query_params)
    request = ChangesRequest(
        source=tuple(state["source"]),
        since=str(state["since"]) or None,
        until=str(state["until"]) or None,
        kind=tuple(state["kind"]),
        limit=limit,
        after=str(state["after"]) or None,
    )
    return context.remember("changes", request, lambda: changes(context.connection, request))


def document(page: ChangesPage, room: str) -> dict[str, Any]:
    """Return a page of changes as JSON; ``room`` is the reading room's address."""
    return {
        "changes": [
            {
                "at": each.at,
                "kind": each.kind,
                "kinds": list(each.kinds),
                "article_id": each.article_id,
                "article": f"{room}/article/{each.article_id}",
                "url": each.url,
                "source_id": each.source_id,
                "source_name": each.source_name,
                "title": each.title,
                "language": each.language,
                "revision": each.number,
                "since": each.since,
                "capture_id": each.capture_id,
                "reason": each.reason,
                "fields": [
                    {"field": field.field, "before": field.before, "after": field.after} for field in each.fields
                ],
                "words": [[[op, text] for op, text in excerpt] for excerpt in each.words],
                "more": each.more,
            }
            for each in page.changes
        ],
        "next_cursor": page.next_cursor,
    }


def _state(parameters: QueryParams) -> State:
    def values(name: str) -> list[str]:
        given = [each.strip()[:MAX_VALUE_LENGTH] for each in parameters.getlist(name)]
        return list(dict.fromkeys(each for each in given if each))[:MAX_FILTER_VALUES]

    state: State = {name: values(name) if name in MANY else "".join(values(name)[-1:]) for name in PARAMETERS}
    state["after"] = "".join((values("after") or values("cursor"))[-1:])
    return state


def _kind(text: str) -> str:
    try:
        return kind_of(text) if text else ""
    except QueryError:
        return ""


def _compared(each: ArticleChange) -> str:
    """Return the address of a revision against the one before, below that of its article."""
    assert each.number is not None
    return f"/diff?a={each.number - 1}&b={each.number}"


def _entry(context: RequestContext, each: ArticleChange) -> atom.Entry:
    link = f"{context.room}/article/{each.article_id}"
    if each.number:
        link += _compared(each)
    what = each.number or f"{each.kind}:{each.at}"
    return atom.Entry(
        tag=f"article/{each.article_id}/change/{what}",
        title=f"{each.title or each.url} ({', '.join(each.kinds)})",
        updated=each.at,
        link=link,
        source=each.source_name,
        related=each.url,
        summary=plain(each.words) or each.reason or _facts(each.fields) or each.kind,
        html="".join(
            [
                *(f"<p>{escape(field.label)}: {_marked(field.pieces)}</p>" for field in each.fields),
                *(f"<p>{_marked(excerpt)}</p>" for excerpt in each.words),
                f"<p>{escape(each.reason)}</p>" if each.reason else "",
            ]
        ),
        language=each.language,
        categories=each.kinds,
    )


def _facts(fields: tuple[FieldDifference, ...]) -> str:
    return "; ".join(f"{each.label}: {plain((each.pieces,))}" for each in fields)


def _marked(pieces: Excerpt) -> str:
    tags = {"delete": "del", "insert": "ins"}
    return "".join(f"<{tags[op]}>{escape(text)}</{tags[op]}>" if op in tags else escape(text) for op, text in pieces)
