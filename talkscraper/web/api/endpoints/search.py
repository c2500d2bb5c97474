"""``/api/search``: hits a page at a time, with snippets and facets."""

from __future__ import annotations

import typing
from typing import Any

from talkscraper.fields import FILTERS
from talkscraper.store.facets import facets
from talkscraper.store.match import Copies, Order, match
from talkscraper.store.search import MAX_HITS, Hit, search
from talkscraper.store.snippets import CLOSE, OPEN
from talkscraper.web.api.model import ApiCall, ApiParameter, Endpoint, Schema, nullable, record, texts
from talkscraper.web.search_params import parse_search_params
from talkscraper.web.templates import marked, query

DEFAULT_LIMIT = 20
_MARKS = str.maketrans("", "", OPEN + CLOSE)


def _search(call: ApiCall) -> dict[str, Any]:
    context, values = call.context, call.values
    params = parse_search_params(context.request.query_params)
    request = params.request(order=values["order"], limit=values["limit"], after=values["cursor"])
    # matches and facets are the same for all pages and in every order
    whole = params.request(order="newest", after=None)
    matched = context.remember("matched", whole, lambda: match(context.connection, whole))
    found = context.remember("search", request, lambda: search(context.connection, request, matched))
    counted = None
    if values["facets"]:
        counted = context.remember("facets", whole, lambda: facets(context.connection, whole, matched))
    call.notes.extend(found.notes)
    document: dict[str, Any] = {
        "total": found.total,
        "total_is_exact": found.total_is_exact,
        "hits": [_hit(call, each) for each in found.hits],
        "next_cursor": found.next_cursor,
        "next": _next(call, found.next_cursor),
    }
    if counted is not None:
        named = {**counted.by_filter, "year": counted.year}
        document["facets"] = {
            name: [{"value": each.value, "count": each.count} for each in values] for name, values in named.items()
        }
        document["facets_counted"] = counted.counted
        document["facets_complete"] = counted.is_complete
    return document


def _next(call: ApiCall, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    given = {name: call.context.request.query_params.getlist(name) for name in call.context.request.query_params}
    return call.link("/api/search" + query(given, cursor=cursor))


def _hit(call: ApiCall, hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.article_id,
        "url": hit.url,
        "page": call.link(f"/article/{hit.article_id}"),
        "source_id": hit.source_id,
        "source_name": hit.source_name,
        "title": hit.title,
        "title_html": str(marked(hit.title_marked)),
        "snippet": hit.snippet.translate(_MARKS),
        "snippet_html": str(marked(hit.snippet)),
        "authors": list(hit.authors),
        "published_at": hit.published_at,
        "published_precision": hit.published_precision,
        "day": hit.day,
        "language": hit.language,
        "section": hit.section,
        "word_count": hit.word_count,
        "access": hit.access,
        "truncated": hit.truncated,
        "revision_count": hit.revision_count,
        "first_captured_at": hit.first_captured_at,
        "last_captured_at": hit.last_captured_at,
        "gone_at": hit.gone_at,
        "cluster_id": hit.cluster_id,
        "wire_agency": hit.wire_agency,
        "copies": [
            {
                "id": each.article_id,
                "page": call.link(f"/article/{each.article_id}"),
                "source_id": each.source_id,
                "source_name": each.source_name,
                "title": each.title,
                "published_at": each.published_at,
            }
            for each in hit.copies
        ],
        "score": hit.score,
    }


_COPY: dict[str, Schema] = {
    "id": {"type": "string"},
    "page": {"type": "string"},
    "source_id": nullable("string"),
    "source_name": nullable("string"),
    "title": nullable("string"),
    "published_at": nullable("string"),
}
_HIT: dict[str, Schema] = {
    "id": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    "url": {"type": "string", "description": "The address at the newsroom."},
    "page": {"type": "string", "description": "The article in the reading room."},
    "source_id": nullable("string"),
    "source_name": nullable("string"),
    "title": nullable("string"),
    "title_html": {"type": "string", "description": "The title, escaped; matches are in <mark>."},
    "snippet": {"type": "string", "description": "A passage of the text with the most different words searched for."},
    "snippet_html": {"type": "string", "description": "The same, escaped; matches are in <mark>."},
    "authors": texts(),
    "published_at": nullable("string"),
    "published_precision": nullable("string"),
    "day": {"type": "string", "format": "date", "description": "The day that the article counts under."},
    "language": nullable("string"),
    "section": nullable("string"),
    "word_count": {"type": "integer"},
    "access": nullable("string"),
    "truncated": {"type": "boolean", "description": "Whether only the part before a paywall was captured."},
    "revision_count": {"type": "integer"},
    "first_captured_at": {"type": "string"},
    "last_captured_at": {"type": "string"},
    "gone_at": nullable("string"),
    "cluster_id": nullable("string"),
    "wire_agency": nullable("string"),
    "copies": {"type": "array", "items": record(_COPY), "description": "Where copies are collapsed: the others."},
    "score": nullable("number", "bm25 (less is better); null if nothing was ranked."),
}
_VALUES: Schema = {
    "type": "array",
    "items": record({"value": {"type": "string"}, "count": {"type": "integer", "minimum": 1}}),
}

SEARCH = Endpoint(
    path="/api/search",
    name="search",
    summary="Find articles, a page at a time; without a query and filters, all of them.",
    parameters=(
        ApiParameter(name="q", description="Words in the query language of docs/searching.md.", example="harbour wall"),
        *(
            ApiParameter(
                name=each.name, description=each.help, example=each.example, is_list=each.is_many,
                choices=tuple(each.values),
            )
            for each in FILTERS
        ),
        ApiParameter(
            name="order",
            description="By relevance, or by time.",
            choices=typing.get_args(Order),
            default="best",
        ),
        ApiParameter(
            name="copies",
            description="Whether near-duplicates are hits of their own, or one.",
            choices=typing.get_args(Copies),
            default="all",
        ),
        ApiParameter(
            name="limit", description="Maximum number of hits of a page.", kind="integer",
            minimum=1, maximum=MAX_HITS, default=DEFAULT_LIMIT,
        ),
        ApiParameter(name="cursor", description="`next_cursor` of the page before; only for the same search."),
        ApiParameter(
            name="facets", description="Whether to count matches by field.", kind="boolean", default=True
        ),
    ),
    answer=_search,
    properties={
        "total": {"type": "integer", "minimum": 0},
        "total_is_exact": {"type": "boolean", "description": "Whether total is exact; otherwise there are more."},
        "hits": {"type": "array", "items": record(_HIT)},
        "next_cursor": nullable("string", "The cursor of the next page; null on the last."),
        "next": nullable("string", "The address of the next page; null on the last."),
        "facets": {
            "type": "object",
            "additionalProperties": _VALUES,
            "description": "The most frequent values by field, and all years, among the newest matches.",
        },
        "facets_counted": {"type": "integer", "description": "Number of matches that were counted."},
        "facets_complete": {"type": "boolean", "description": "Whether these were all matches."},
    },
    optional=frozenset({"facets", "facets_counted", "facets_complete"}),
)  # fmt: skip
