"""``/feed.atom``: what a search finds, by the time at which it became new or changed in the archive."""

from __future__ import annotations

from html import escape
from typing import Any

from starlette.responses import Response

from talkscraper.store.new_matches import NewMatch, NewMatches, new_matches
from talkscraper.web import atom, facet_view
from talkscraper.web.context import RequestContext, archive_name
from talkscraper.web.search_params import SearchParams, parse_search_params
from talkscraper.web.templates import query

FEED_ARTICLES = 50
MAX_SUMMARY = 500


def show(context: RequestContext) -> Response:
    """``/feed.atom``, with the parameters of a search.

    Raises:
        QueryError: the query is invalid.
    """
    params = parse_search_params(context.request.query_params)
    kept = kept_parameters(params)
    after = params.after or None
    request = params.request(order="newest", after=None, limit=FEED_ARTICLES)

    def find() -> NewMatches:
        return new_matches(context.connection, request, limit=FEED_ARTICLES, before=after)

    found = context.remember(f"feed {after or ''}", request, find)
    here = f"{context.room}/feed.atom"
    links = {"self": f"{here}{query(kept, after=after)}".removesuffix("?")}
    links["first"] = f"{here}{query(kept)}".removesuffix("?")
    if found.next_cursor:
        links["next"] = f"{here}{query(kept, after=found.next_cursor)}"
    name = archive_name(context.folder)
    words = "; ".join([*([params.q] if params.q else []), *facet_view.said(params, context.source_names)])
    feed = atom.Feed(
        tag=f"feed{query(kept)}".removesuffix("?"),
        title=f"{name}: {words}" if words else name,
        subtitle="Articles that are new or changed in the archive, newest first",
        archive=name,
        public=context.origins.room_url,
        links=links,
        alternate=f"{context.room}/{query(kept, order='newest')}",
        entries=tuple(_entry(context, each) for each in found.matches),
    )
    return atom.respond(feed, context.request.headers)


def kept_parameters(params: SearchParams) -> dict[str, Any]:
    """Return the parameters of a search that its feed has too."""
    return {name: value for name, value in params.state.items() if name not in ("after", "order")}


def feed_link(root: str, params: SearchParams) -> str:
    """Return the address of a search's feed."""
    return f"{root}/feed.atom{query(kept_parameters(params))}".removesuffix("?")


def _entry(context: RequestContext, each: NewMatch) -> atom.Entry:
    lead = each.text[: MAX_SUMMARY + 1]
    if len(lead) > MAX_SUMMARY:
        lead = f"{lead[:MAX_SUMMARY].rsplit(' ', 1)[0]} …"
    return atom.Entry(
        tag=f"article/{each.article_id}",
        title=each.title or each.url,
        updated=each.indexed_at,
        published=each.published_at,
        link=f"{context.room}/article/{each.article_id}",
        authors=each.authors,
        source=each.source_name,
        related=each.url,
        summary=lead,
        html="".join(f"<p>{escape(paragraph)}</p>" for paragraph in each.text[: atom.MAX_CONTENT].split("\n\n")),
        language=each.language,
        categories=tuple(value for value in (each.section, each.wire_agency) if value),
    )
