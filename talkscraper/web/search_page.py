"""The search page; without a query the homepage."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from talkscraper.errors import NotFound, QueryError
from talkscraper.export import export_formats
from talkscraper.replay import lookup, replay_urls
from talkscraper.store.article_lookup import find_article
from talkscraper.store.facets import Facet, facets
from talkscraper.store.match import match
from talkscraper.store.search import search
from talkscraper.store.word_totals import WordTotal, word_totals
from talkscraper.web import facet_view, front_page
from talkscraper.web.context import RequestContext
from talkscraper.web.feed_page import feed_link
from talkscraper.web.search_params import SearchParams, parse_search_params
from talkscraper.web.templates import number, query, sentence


def show(context: RequestContext) -> Response:
    """``/``: the front page, or results."""
    params = parse_search_params(context.request.query_params)
    if params.is_empty and not params.after and "q" not in context.request.query_params:
        return front_page.show(context, params)
    return results(context, params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The archive's data on an address typed into the search box."""

    url: str
    count: int
    captures_url: str
    article_id: str | None


def typed_address(context: RequestContext, text: str) -> Address | None:
    """Return the captures of a web address, if the search is one; None for words."""
    if not text.lower().startswith(("http://", "https://")) or " " in text:
        return None
    url = replay_urls.absolute(text)
    capture = lookup.closest(context.connection, url) if url else None
    if url is None or capture is None:
        return None
    try:
        article_id = str(find_article(context.connection, text)["id"])
    except NotFound:
        article_id = None
    return Address(
        url=url,
        count=lookup.around(context.connection, capture).count,
        captures_url=context.replay + replay_urls.captures(url),
        article_id=article_id,
    )


def results(context: RequestContext, params: SearchParams) -> Response:
    """Return a page of hits with facets; an invalid query is explained above an empty list."""
    found, counted, error = None, None, None
    totals: tuple[WordTotal, ...] = ()
    by_filter: dict[str, tuple[Facet, ...]] = {}
    try:
        request = params.request()
        # matches and facets are the same for all pages and in either order
        whole = params.request(after=None, order="newest")
        matched = context.remember("matched", whole, lambda: match(context.connection, whole))
        found = context.remember("search", request, lambda: search(context.connection, request, matched))
        counted = context.remember("facets", whole, lambda: facets(context.connection, whole, matched))
        by_filter = facet_view.widened(context, params, counted)
        totals = context.remember("words", whole, lambda: word_totals(context.connection, whole, matched))
    except QueryError as e:
        error = sentence(str(e))
    names = context.source_names
    words_alone = {name: value for name, value in params.state.items() if name not in ("after", "author", "title")}
    return context.page(
        "search.html",
        here="search",
        params=params,
        error=error,
        address=typed_address(context, params.q),
        notes=[sentence(note) for note in (found.notes if found else ())],
        hits=found.hits if found else (),
        total_text=_total(found.total, exact=found.total_is_exact, stories=bool(params.copies)) if found else "",
        next_cursor=found.next_cursor if found else None,
        word_totals=[(each, _count(each), query(words_alone, q=each.query)) for each in totals],
        chips=facet_view.chips(params, names),
        facets=facet_view.shown(params, counted, by_filter, names) if counted else (),
        facet_note=None
        if counted is None or counted.is_complete
        else f"Counted among the newest {number(counted.counted)} matches.",
        known_sources=context.known.sources.get(context.connection),
        downloads=export_formats().values(),
        feed=feed_link(context.root, params),
    )


def _count(word: WordTotal) -> str:
    return number(word.total) if word.is_exact else f"more than {number(word.total)}"


def _total(total: int, *, exact: bool, stories: bool = False) -> str:
    one, many = ("story", "stories") if stories else ("article", "articles")
    if not exact:
        return f"More than {number(total)} {many}"
    return f"1 {one}" if total == 1 else f"{number(total)} {many}"
