"""The search page; without a query the homepage."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from talkscraper.errors import NotFound, QueryError
from talkscraper.fields import FILTERS
from talkscraper.replay import lookup, replay_urls
from talkscraper.store.article_lookup import find_article
from talkscraper.store.facets import Facets, facets
from talkscraper.store.match import SearchRequest, match
from talkscraper.store.search import search
from talkscraper.web.context import RequestContext
from talkscraper.web.search_params import Asked, asked_of
from talkscraper.web.templates import number, query

NEWEST = 10
DOWNLOADS = (
    ("csv", "CSV"),
    ("jsonl", "JSON Lines"),
    ("parquet", "Parquet"),
    ("wacz", "WACZ"),
    ("warc.gz", "WARC"),
    ("release.zip", "Frozen release"),
)


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


def show(table: RequestContext) -> Response:
    """``/``: the front page, or results."""
    asked = asked_of(table.request.query_params)
    if asked.is_empty and not asked.after and "q" not in table.request.query_params:
        return front(table, asked)
    return results(table, asked)


def front(table: RequestContext, asked: Asked) -> Response:
    """Return the homepage: the archive's articles, newest first."""
    newest = search(table.connection, SearchRequest(order="newest", limit=NEWEST))
    return table.page(
        "front.html",
        here="search",
        asked=asked,
        figures=table.known.figures.get(table.connection),
        known_sources=table.known.sources.get(table.connection),
        newest=newest.hits,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The archive's data on an address typed into the search box."""

    url: str
    count: int
    captures_url: str
    article_id: str | None


def typed_address(table: RequestContext, text: str) -> Address | None:
    """Return the captures of a web address, if the search is one; None for words."""
    if not text.lower().startswith(("http://", "https://")) or " " in text:
        return None
    url = replay_urls.absolute(text)
    capture = lookup.closest(table.connection, url) if url else None
    if url is None or capture is None:
        return None
    try:
        article_id = str(find_article(table.connection, text)["id"])
    except NotFound:
        article_id = None
    return Address(
        url=url,
        count=lookup.around(table.connection, capture).count,
        captures_url=table.replay + replay_urls.captures(url),
        article_id=article_id,
    )


def results(table: RequestContext, asked: Asked) -> Response:
    """Return a page of hits with facets; an invalid query is explained above an empty list."""
    found, counted, error = None, None, None
    try:
        request = asked.request()
        # matches and facets are the same for all pages and in either order
        whole = asked.request(after=None, order="newest")
        matched = table.remember("matched", whole, lambda: match(table.connection, whole))
        found = table.remember("search", request, lambda: search(table.connection, request, matched))
        counted = table.remember("facets", whole, lambda: facets(table.connection, whole, matched))
    except QueryError as e:
        error = str(e)[:1].upper() + str(e)[1:] + "."
    names = {source.id: source.name for source in table.known.sources.get(table.connection)}
    return table.page(
        "search.html",
        here="search",
        asked=asked,
        error=error,
        address=typed_address(table, asked.q),
        notes=[note[:1].upper() + note[1:] + "." for note in (found.notes if found else ())],
        hits=found.hits if found else (),
        total_text=_total(found.total, exact=found.total_is_exact) if found else "",
        next_cursor=found.next_cursor if found else None,
        chips=_chips(asked, names),
        facets=_shown(asked, counted, names) if counted else (),
        facet_note=None
        if counted is None or counted.is_complete
        else f"Counted among the newest {number(counted.counted)} matches.",
        known_sources=table.known.sources.get(table.connection),
        downloads=DOWNLOADS,
    )


def _total(total: int, *, exact: bool) -> str:
    if not exact:
        return f"More than {number(total)} articles"
    return "1 article" if total == 1 else f"{number(total)} articles"


def _chips(asked: Asked, names: dict[str, str]) -> list[Chip]:
    found = []
    for each in FILTERS:
        value = asked.filters[each.name]
        if value and each.label:
            shown = names.get(value, value) if each.name == "source" else value
            without = query(asked.state, **{each.name: None, "after": None})
            found.append(Chip(label=f"{each.label.lower()}: {shown}", without=without))
    return found


def _shown(asked: Asked, counted: Facets, names: dict[str, str]) -> tuple[ShownFacet, ...]:
    def narrowed(**changed: str) -> str:
        return query(asked.state, after=None, **changed)

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
        if len(values) > 1 or (values and not asked.filters[name] and values[0].count < counted.counted):
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
