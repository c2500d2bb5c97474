"""Search parameters in URLs: every state of the search page has its own address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.datastructures import QueryParams

from talkscraper.fields import FILTERS

if TYPE_CHECKING:
    from talkscraper.store.match import SearchRequest

MAX_VALUE_LENGTH = 500
PAGE_HITS = 20
UNITS = ("day", "week", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParams:
    """The parameters of a search page, as text; empty if they are missing."""

    q: str = ""
    filters: Mapping[str, str]
    """The value of each of ``fields.FILTERS``, by its name."""
    order: str = ""
    after: str = ""
    unit: str = ""
    copies: str = ""

    @property
    def state(self) -> dict[str, str]:
        """Return the parameters for the page's links; empty values are left out."""
        values = {
            "q": self.q,
            **self.filters,
            "order": self.order,
            "after": self.after,
            "unit": self.unit,
            "copies": self.copies,
        }
        return {name: value for name, value in values.items() if value}

    @property
    def has_filters(self) -> bool:
        """Whether any filter is set beside the words."""
        return any(self.filters.values())

    @property
    def is_empty(self) -> bool:
        """Whether there are no parameters: the homepage."""
        return not self.q and not self.has_filters

    def request(self, **changed: Any) -> SearchRequest:
        """Return the search request.

        Raises:
            QueryError: a filter is invalid.
        """
        from talkscraper.store.match import SearchRequest

        values: dict[str, Any] = {
            "text": self.q,
            **self.filters,
            "order": "newest" if self.order == "newest" else "best",
            "limit": PAGE_HITS,
            "after": self.after or None,
            "copies": "collapse" if self.copies == "collapse" else "all",
            **changed,
        }
        return SearchRequest(**values)


def parse_search_params(parameters: QueryParams) -> SearchParams:
    """Read the parameters of a search page; each is cut to a maximum length."""

    def value(name: str) -> str:
        return parameters.get(name, "").strip()[:MAX_VALUE_LENGTH]

    unit = value("unit")
    return SearchParams(
        q=value("q"),
        filters={each.name: value(each.name) for each in FILTERS},
        order="newest" if value("order") == "newest" else "",
        after=value("after"),
        unit=unit if unit in UNITS else "",
        copies="collapse" if value("copies") == "collapse" else "",
    )
