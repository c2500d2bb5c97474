"""``/api/timeline``: matches by day, week or month, and of how many."""

from __future__ import annotations

from typing import Any

from talkscraper.fields import FILTERS
from talkscraper.store.periods import UNITS
from talkscraper.store.timeline import MAX_LISTED_PERIODS, MAX_LISTED_SERIES, document
from talkscraper.store.timeline_counts import BYS
from talkscraper.web.api.model import ApiCall, ApiParameter, Endpoint, Schema, nullable, record
from talkscraper.web.timeline_page import measured
from talkscraper.web.timeline_params import parse_timeline_params


def _timeline(call: ApiCall) -> dict[str, Any]:
    params = parse_timeline_params(call.context.request.query_params)
    found = document(measured(call.context, params, MAX_LISTED_PERIODS, MAX_LISTED_SERIES))
    call.notes.extend(found.pop("notes"))
    return found


_COUNT: Schema = {"type": "integer", "minimum": 0}
_POINT: dict[str, Schema] = {
    "period": {"type": "string", "format": "date", "description": "The first day; of an ISO week, its Monday."},
    "until": {"type": "string", "format": "date", "description": "The last day."},
    "matches": _COUNT,
    "total": {**_COUNT, "description": "All articles of that time within the filters."},
    "share": {"type": "number", "minimum": 0, "maximum": 1},
}
_SERIES: dict[str, Schema] = {
    "series": {"type": "string", "description": "Its key, as in /timeline.csv."},
    "name": {"type": "string"},
    "query": {"type": "string"},
    "value": nullable("string", "The value of the field in `by`."),
    "base": {"type": "string", "description": "What its shares are of, in words."},
    "matches": _COUNT,
    "total": _COUNT,
    "points": {"type": "array", "items": record(_POINT)},
}

TIMELINE = Endpoint(
    path="/api/timeline",
    name="timeline",
    summary="Count matches by day, week or month, of one or several searches, or by the values of a field.",
    parameters=(
        ApiParameter(name="q", description="A search; several are compared.", example="harbour", is_list=True),
        ApiParameter(name="by", description="The field by whose values the matches are divided.", choices=BYS),
        ApiParameter(name="unit", description="Length of a period; by default as suits the time.", choices=UNITS),
        ApiParameter(name="copies", description="Whether each story counts once.", choices=("all", "collapse")),
        *(
            ApiParameter(
                name=each.name,
                description=each.help,
                example=each.example,
                is_list=each.is_many,
                choices=tuple(each.values),
            )
            for each in FILTERS
        ),
    ),
    answer=_timeline,
    properties={
        "unit": {"type": "string", "enum": list(UNITS)},
        "by": nullable("string"),
        "base": nullable("string", "What the shares are of, in words; null if it differs by series."),
        "matches": _COUNT,
        "earlier": nullable("string", "The last day before the first period shown, if there are earlier matches."),
        "series": {"type": "array", "items": record(_SERIES)},
    },
)
