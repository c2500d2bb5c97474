"""The search page; without a query the homepage."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from talkscraper.errors import NotFound, QueryError
from talkscraper.export import export_formats
from talkscraper.fields import FILTERS
from talkscraper.replay import lookup, replay_urls
from talkscraper.store.article_lookup import find_article
from talkscraper.store.facets import Facets, facets
from talkscraper.store.match import SearchRequest, match
from talkscraper.store.search import search
from talkscraper.web.context import RequestContext
from talkscraper.web.search_params import SearchParams, parse_search_params
from talkscraper.web.templates import number, query

NEWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of a facet, with the address of the narrowed search."""

    label: str
    count: int
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFacet:
    """A facet as shown."""

    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """An active filter, with the address without it."""

    label: str
    without: str


def show(context: RequestContext) -> Response:
    """``/``: the front page, or results."""
    params = parse_search_params(context.request.query_params)
    if params.is_empty and not params.after and "q" not in context.request.query_params:
        return front(context, params)
    return results(context, params)


def front(context: RequestContext, params: SearchParams) -> Response:
    """Return the homepage: the archive's articles, newest first."""
    newest = search(context.connection, SearchRequest(order="newest", limit=NEWEST))
    return context.page(
        "front.html",
        here="search",
        params=params,
        figures=context.known.figures.get(context.connection),
        known_sources=context.known.sources.get(context.connection),
        newest=newest.hits,
    )


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
    try:
        request = params.request()
        # matches and facets are the same for all pages and in either order
        whole = params.request(after=None, order="newest")
        matched = context.remember("matched", whole, lambda: match(context.connection, whole))
        found = context.remember("search", request, lambda: search(context.connection, request, matched))
        counted = context.remember("facets", whole, lambda: facets(context.connection, whole, matched))
    except QueryError as e:
        error = str(e)[:1].upper() + str(e)[1:] + "."
    names = {source.id: source.name for source in context.known.sources.get(context.connection)}
    return context.page(
        "search.html",
        here="search",
        params=params,
        error=error,
        address=typed_address(context, params.q),
        notes=[note[:1].upper() + note[1:] + "." for note in (found.notes if found else ())],
        hits=found.hits if found else (),
        total_text=_total(found.total, exact=found.total_is_exact, stories=bool(params.copies)) if found else "",
        next_cursor=found.next_cursor if found else None,
        chips=_chips(params, names),
        facets=_shown(params, counted, names) if counted else (),
        facet_note=None
        if counted is None or counted.is_complete
        else f"Counted among the newest {number(counted.counted)} matches.",
        known_sources=context.known.sources.get(context.connection),
        downloads=export_formats().values(),
    )


def _total(total: int, *, exact: bool, stories: bool = False) -> str:
    one, many = ("story", "stories") if stories else ("article", "articles")
    if not exact:
        return f"More than {number(total)} {many}"
    return f"1 {one}" if total == 1 else f"{number(total)} {many}"


def _chips(params: SearchParams, names: dict[str, str]) -> list[Chip]:
    found = []
    for each in FILTERS:
        value = params.filters[each.name]
        if value and each.label:
            shown = names.get(value, value) if each.name == "source" else value
            without = query(params.state, **{each.name: None, "after": None})
            found.append(Chip(label=f"{each.label.lower()}: {shown}", without=without))
    return found


def _shown(params: SearchParams, counted: Facets, names: dict[str, str]) -> tuple[ShownFacet, ...]:
    def narrowed(**changed: str) -> str:
        return query(params.state, after=None, **changed)

    shown = []
    for filter_ in FILTERS:
        name, found = filter_.name, counted.by_filter.get(filter_.name, ())
        values = tuple(
            Value(
                label=names.get(each.value, each.value) if name == "source" else each.value,
                count=each.count,
                link=narrowed(**{name: each.value}),
            )
            for each in found
        )
        # a value that all matches have isn't shown
        if len(values) > 1 or (values and not params.filters[name] and values[0].count < counted.counted):
            shown.append(ShownFacet(label=filter_.label or name, values=values))
    years = tuple(
        Value(
            label=each.value, count=each.count, link=narrowed(since=f"{each.value}-01-01", until=f"{each.value}-12-31")
        )
        for each in counted.year
    )
    if len(years) > 1:
        shown.append(ShownFacet(label="Year", values=years))
    return tuple(shown)
