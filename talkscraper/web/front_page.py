"""The front page: what is new in the archive, what has changed, what is gone, and the largest sources."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from starlette.responses import Response

from talkscraper.store.federation import federated
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import SearchPage, search
from talkscraper.web.context import RequestContext
from talkscraper.web.search_params import SearchParams

NEWEST = 10
RECENT = 6
"""Number of articles in each of the lists of what changed and what is gone."""
SOURCES = 20

_COLUMNS = "a.id, a.title, a.language, a.source_id, coalesce(s.name, a.source_id) as source_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """An article that changed, or is gone."""

    article_id: str
    title: str | None
    language: str | None
    source_id: str | None
    source_name: str | None
    at: str
    """When it changed, or was found to be gone."""
    what: str
    """The kind of the change, or why it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The lists of articles on the front page."""

    newest: SearchPage
    changed: tuple[Recent, ...]
    gone: tuple[Recent, ...]


@federated("talkscraper.web.several")
def front(connection: sqlite3.Connection) -> Front:
    """Read the lists of the front page."""
    return Front(
        newest=newest(connection),
        changed=_recent(
            connection,
            "a.last_changed_at as at, r.change as what",
            "articles_changed",
            "join revisions r on r.article_id = a.id and r.number = a.revision_count",
            "a.revision_count > 1 and a.hidden_at is null",
        ),
        gone=_recent(
            connection,
            "a.gone_at as at, coalesce(a.gone_reason, '') as what",
            "articles_gone",
            "",
            "a.gone_at is not null and a.hidden_at is null",
        ),
    )


def newest(connection: sqlite3.Connection) -> SearchPage:
    """Return the newest articles."""
    return search(connection, SearchRequest(order="newest", limit=NEWEST))


def _recent(connection: sqlite3.Connection, columns: str, index: str, join: str, condition: str) -> tuple[Recent, ...]:
    rows = connection.execute(
        f"select {_COLUMNS}, {columns} from articles a indexed by {index} {join}"
        f" left join sources s on s.id = a.source_id where {condition} order by at desc limit ?",
        [RECENT],
    )
    return tuple(
        Recent(
            article_id=row["id"],
            title=row["title"],
            language=row["language"],
            source_id=row["source_id"],
            source_name=row["source_name"],
            at=row["at"],
            what=row["what"],
        )
        for row in rows
    )


def show(context: RequestContext, params: SearchParams) -> Response:
    """``/`` without a search."""
    return context.page(
        "front.html",
        here="search",
        params=params,
        figures=context.known.figures.get(context.connection),
        known_sources=context.known.sources.get(context.connection),
        shown_sources=SOURCES,
        front=context.remember("front", None, lambda: front(context.connection)),
    )
