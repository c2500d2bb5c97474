"""Keyword in context: an aligned concordance, sorted left or right, as a page and as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import Response

from talkscraper.errors import QueryError
from talkscraper.export.kwic_csv import kwic_csv
from talkscraper.store.kwic import DEFAULT_WIDTH, MAX_WIDTH, MIN_WIDTH, SORTS, Concordance, concordance
from talkscraper.web import facet_view, line_direction
from talkscraper.web.context import RequestContext
from talkscraper.web.search_params import MAX_VALUE_LENGTH, SearchParams, parse_search_params
from talkscraper.web.templates import sentence
from talkscraper.whole_numbers import whole_number

PAGE_LINES = 100
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KwicParams:
    """What a concordance is of."""

    search: SearchParams
    sort: str
    width: str

    @property
    def state(self) -> dict[str, Any]:
        """The parameters for the page's links; empty values are left out."""
        kept = {name: value for name, value in self.search.state.items() if name not in ("after", "order")}
        return {**kept, "sort": self.sort, "width": self.width}


def show(context: RequestContext) -> Response:
    """``/kwic``."""
    params = _params(context.request.query_params)
    found, error = None, None
    page = whole_number(context.request.query_params.get("page", "1"), least=1, most=MAX_PAGE) or 1
    try:
        found = _found(context, params) if params.search.q or params.search.has_filters else None
    except QueryError as e:
        error = sentence(str(e))
    first = (page - 1) * PAGE_LINES
    return context.page(
        "kwic.html",
        here="kwic",
        params=params.search,
        sort=params.sort or SORTS[0],
        sorts=SORTS,
        pieces=line_direction.pieces,
        state=params.state,
        error=error,
        notes=[sentence(note) for note in (found.notes if found else ())],
        found=found,
        lines=found.lines[first : first + PAGE_LINES] if found else (),
        page=page,
        first=first,
        has_more=found is not None and len(found.lines) > first + PAGE_LINES,
        chips=facet_view.chips(params.search, context.source_names, path=f"{context.root}/kwic", state=params.state),
        kept={"sort": params.sort, "width": params.width},
        known_sources=context.known.sources.get(context.connection),
    )


def as_csv(context: RequestContext) -> Response:
    """``/kwic.csv``: all lines.

    Raises:
        QueryError: the query is invalid, or has no words.
    """
    found = _found(context, _params(context.request.query_params))
    return Response(
        "".join(kwic_csv(found.lines)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="kwic.csv"'},
    )


def _found(context: RequestContext, params: KwicParams) -> Concordance:
    request = params.search.request(after=None, order="newest")
    sort = next((each for each in SORTS if each == (params.sort or SORTS[0])), None)
    if sort is None:
        raise QueryError(f"sort={params.sort[:40]!r} isn't one of {', '.join(SORTS)}")
    width = whole_number(params.width, least=MIN_WIDTH, most=MAX_WIDTH) if params.width else DEFAULT_WIDTH
    if width is None:
        raise QueryError(f"width={params.width[:40]!r} isn't a number from {MIN_WIDTH} to {MAX_WIDTH}")
    return context.remember(
        "kwic", (request, width, sort), lambda: concordance(context.connection, request, width=width, sort=sort)
    )


def _params(parameters: QueryParams) -> KwicParams:
    return KwicParams(
        search=parse_search_params(parameters),
        sort=parameters.get("sort", "").strip()[:MAX_VALUE_LENGTH],
        width=parameters.get("width", "").strip()[:MAX_VALUE_LENGTH],
    )
