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
MAX_FILTER_VALUES = 20
"""Maximum number of values of one filter; further ones are ignored."""
PAGE_HITS = 20
ORDERS = ("best", "newest", "oldest")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParams:
    """The parameters of a search page, as text; empty if they are missing."""

    q: str = ""
    values: Mapping[str, tuple[str, ...]]
    """The values of each of ``fields.FILTERS``, by its name."""
    order: str = ""
    after: str = ""
    copies: str = ""

    @property
    def filters(self) -> dict[str, str]:
        """The value of each filter, of several the first."""
        return {name: values[0] if values else "" for name, values in self.values.items()}

    @property
    def state(self) -> dict[str, str | list[str]]:
        """Return the parameters for the page's links, several values as a list; empty values are left out."""
        values: dict[str, str | list[str]] = {"q": self.q}
        values |= {name: each[0] if len(each) == 1 else list(each) for name, each in self.values.items() if each}
        values |= {"order": self.order, "after": self.after, "copies": self.copies}
        return {name: value for name, value in values.items() if value}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Names and values, one pair for each value, for hidden inputs of forms; without the place in the results."""
        return [
            (name, each)
            for name, value in self.state.items()
            if name != "after"
            for each in ([value] if isinstance(value, str) else value)
        ]

    @property
    def has_filters(self) -> bool:
        """Whether any filter is set beside the words."""
        return any(self.values.values())

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
            **self.values,
            "order": self.order or "best",
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

    def values(name: str) -> tuple[str, ...]:
        given = (each.strip()[:MAX_VALUE_LENGTH] for each in parameters.getlist(name))
        return tuple(dict.fromkeys(each for each in given if each))[:MAX_FILTER_VALUES]

    order = value("order")
    return SearchParams(
        q=value("q"),
        values={each.name: values(each.name)[: None if each.is_many else 1] for each in FILTERS},
        order=order if order in ORDERS and order != "best" else "",
        after=value("after"),
        copies="collapse" if value("copies") == "collapse" else "",
    )
