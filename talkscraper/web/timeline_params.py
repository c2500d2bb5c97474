"""Parameters of a timeline in its address: ``q`` for each search, ``by``, ``unit``, and the filters of search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from starlette.datastructures import QueryParams

from talkscraper.errors import QueryError
from talkscraper.web.search_params import MAX_VALUE_LENGTH, SearchParams, parse_search_params

if TYPE_CHECKING:
    from talkscraper.store.match import SearchRequest
    from talkscraper.store.periods import Unit
    from talkscraper.store.timeline_counts import By


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineParams:
    """What a timeline is of, as text."""

    terms: tuple[str, ...]
    """The searches; none for all articles."""
    search: SearchParams
    by: str
    unit: str

    @property
    def state(self) -> dict[str, Any]:
        """The parameters for the page's links; empty values are left out."""
        filters = {name: list(values) for name, values in self.search.values.items() if values}
        return {"q": list(self.terms), **filters, "by": self.by, "unit": self.unit, "copies": self.search.copies}

    def requests(self) -> tuple[SearchRequest, ...]:
        """Return the searches.

        Raises:
            QueryError: a filter is invalid.
        """
        return tuple(self.search.request(text=each, after=None, order="newest") for each in self.terms or ("",))

    def field(self) -> By | None:
        """Return the field by which the searches are divided.

        Raises:
            QueryError: there is no such field.
        """
        from talkscraper.store.timeline_counts import BYS

        return cast("By | None", _one_of("by", self.by, BYS))

    def period(self) -> Unit | None:
        """Return the length of a period; None: as suits.

        Raises:
            QueryError: there is no such unit.
        """
        from talkscraper.store.periods import UNITS

        return cast("Unit | None", _one_of("unit", self.unit, UNITS))


def parse_timeline_params(parameters: QueryParams) -> TimelineParams:
    """Read the parameters; each is cut to a maximum length."""
    terms = [each.strip()[:MAX_VALUE_LENGTH] for each in parameters.getlist("q")]
    return TimelineParams(
        terms=tuple(dict.fromkeys(each for each in terms if each)),
        search=parse_search_params(parameters),
        by=parameters.get("by", "").strip()[:MAX_VALUE_LENGTH],
        unit=parameters.get("unit", "").strip()[:MAX_VALUE_LENGTH],
    )


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str | None:
    if value and value not in known:
        raise QueryError(f"{name}={value[:40]!r} isn't one of {', '.join(known)}")
    return value or None
