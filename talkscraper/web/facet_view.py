"""Facets and active filters as shown beside the results: values that are links, chosen ones marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from talkscraper.fields import FILTERS, Filter
from talkscraper.store.facets import Facet, Facets, facets
from talkscraper.store.fulltext import same_value
from talkscraper.store.match import match
from talkscraper.web.context import RequestContext
from talkscraper.web.search_params import SearchParams
from talkscraper.web.templates import query

FIRST = 10
"""Number of values of a facet that are shown at once; the others are folded."""
_LABELS = {"byline": "Author"}
"""Headings of facets whose filter has a longer label in the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of a facet, with the address of the search with it, or without it if it is chosen."""

    label: str
    count: int
    link: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFacet:
    """A facet as shown."""

    label: str
    values: tuple[Value, ...]

    @property
    def first(self) -> tuple[Value, ...]:
        """The values shown at once."""
        return self.values[:FIRST]

    @property
    def more(self) -> tuple[Value, ...]:
        """The folded values."""
        return self.values[FIRST:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A value of an active filter, with the address without it."""

    label: str
    without: str


def chips(
    params: SearchParams, names: Mapping[str, str], *, path: str = "", state: Mapping[str, Any] | None = None
) -> list[Chip]:
    """Return a chip for each value of each active filter.

    Args:
        params: The search.
        names: Those of sources by their ids.
        path: The page's address; by default the search page's.
        state: The page's parameters; by default the search's.
    """
    kept = params.state if state is None else state
    found = []
    for each in FILTERS:
        for value in params.values[each.name]:
            others = [other for other in params.values[each.name] if other != value]
            link = path + query(kept, **{each.name: others, "after": None})
            found.append(Chip(label=_said(each, value, names), without=link))
    return found


def said(params: SearchParams, names: Mapping[str, str]) -> list[str]:
    """Return each value of each active filter in words; ``names`` are those of sources by their ids."""
    return [_said(each, value, names) for each in FILTERS for value in params.values[each.name]]


def _said(filter_: Filter, value: str, names: Mapping[str, str]) -> str:
    shown = names.get(value, value) if filter_.name == "source" else value
    return f"{_LABELS.get(filter_.name, filter_.label or filter_.name).lower()}: {shown}"


def widened(context: RequestContext, params: SearchParams, counted: Facets) -> dict[str, tuple[Facet, ...]]:
    """Return the counts by filter; those of a filter in use are counted without it, so that others can be added.

    Raises:
        QueryError: the query is invalid.
    """
    found = dict(counted.by_filter)
    for name in found:
        if not params.values[name]:
            continue
        request = params.request(after=None, order="newest", **{name: None})
        matched = context.remember("matched", request, lambda r=request: match(context.connection, r))  # type: ignore[misc]
        others = context.remember(
            f"facet {name}",
            request,
            lambda r=request, m=matched, n=name: facets(context.connection, r, m, [n]),  # type: ignore[misc]
        )
        found[name] = others.by_filter[name]
    return found


def shown(
    params: SearchParams, counted: Facets, by_filter: Mapping[str, tuple[Facet, ...]], names: Mapping[str, str]
) -> tuple[ShownFacet, ...]:
    """Return the facets that have something to choose; ``names`` are those of sources by their ids."""
    found = []
    for filter_ in FILTERS:
        name = filter_.name
        chosen = {same_value(each): each for each in params.values[name]}
        values = []
        for each in by_filter.get(name, ()):
            given = chosen.get(same_value(each.value))
            if given is None and name == "source":  # a source may be given by its name
                given = chosen.get(same_value(names.get(each.value, each.value)))
            link = _link(params, name, without=given) if given is not None else _link(params, name, added=each.value)
            label = names.get(each.value, each.value) if name == "source" else each.value
            values.append(Value(label=label, count=each.count, link=link, is_chosen=given is not None))
        # a value that all matches have isn't shown
        narrows = values and (not values[0].is_chosen if chosen else values[0].count < counted.counted)
        if len(values) > 1 or narrows:
            found.append(ShownFacet(label=_LABELS.get(name, filter_.label or name), values=tuple(values)))
    years = tuple(
        Value(
            label=each.value,
            count=each.count,
            link=query(params.state, after=None, since=f"{each.value}-01-01", until=f"{each.value}-12-31"),
        )
        for each in counted.year
    )
    if len(years) > 1:
        found.append(ShownFacet(label="Year", values=years))
    return tuple(found)


def _link(params: SearchParams, name: str, *, added: str | None = None, without: str | None = None) -> str:
    values = [each for each in params.values[name] if each != without]
    return query(params.state, **{name: [*values, *([added] if added is not None else [])], "after": None})
