"""A plugin for Datasette, found by its entry point.

For the database of an archive (and no other) it adds descriptions of tables and columns, full-text search in every
language by ``archive_match()``, snippets, links to the reading room and to replay, and example queries. Datasette is an
optional extra. Archived pages are never served from its origin, only linked to.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from datasette import hookimpl
from markupsafe import Markup, escape

from talkscraper.errors import QueryError
from talkscraper.store.data_dictionary.tables import TABLES
from talkscraper.store.match import SearchRequest, prepare
from talkscraper.store.query import parse
from talkscraper.store.snippets import CLOSE, OPEN, Highlighter

ROOM, REPLAY = "http://127.0.0.1:8000", "http://127.0.0.1:8001"
"""Default addresses of ``talkscraper serve``; ``plugins: talkscraper: {room_url, replay_url}`` sets others."""

EXTRA: dict[str, dict[str, Any]] = {
    "articles": {
        "label_column": "title",
        "sort_desc": "seq",
        "size": 20,
        "fts_table": "articles_fts",
        "fts_pk": "seq",
    },
    "revisions": {"sort_desc": "captured_at", "facets": ["change"]},
    "captures": {"label_column": "url", "sort_desc": "seq"},
    "sources": {"label_column": "name"},
    "runs": {"sort_desc": "id"},
    "urls": {"facets": ["state"]},
    "articles_fts": {"hidden": True},
    "articles_words": {"hidden": True},
    "article_days": {"hidden": True},
    "bitmap_terms": {"hidden": True},
    "bitmap_months": {"hidden": True},
    "bitmap_stale": {"hidden": True},
    "bitmap_values": {"hidden": True},
    "bitmaps": {"hidden": True},
}
"""Metadata of tables, besides the descriptions of tables and columns."""

QUERIES: dict[str, dict[str, str]] = {
    "search": {
        "title": "Search, best first",
        "description": 'Words, "phrases", AND, OR, NOT, title: author: source: language: section: since: until: words:',
        "sql": (
            "select a.id, a.title, archive_snippet(:q, a.text) as snippet, s.name as source, a.published_at, "
            "a.capture_id from (select rowid, rank from articles_fts "
            "where articles_fts match archive_match(:q, 'rows') "
            "and rowid between archive_first(:q) and archive_last(:q) "
            "order by rowid desc limit 5000) as found join articles a on a.seq = found.rowid "
            "left join sources s on s.id = a.source_id where a.hidden_at is null "
            "and archive_counts(:q, a.word_count, a.revision_count) order by found.rank limit 50"
        ),
    },
    "quotes_removed": {
        "title": "Articles from which a quotation disappeared",
        "sql": (
            "select r.captured_at, a.id, r.title, a.source_id, r.number from revisions r "
            "join articles a on a.id = r.article_id where r.change = 'quote-removed' and a.hidden_at is null "
            "order by r.captured_at desc limit 200"
        ),
    },
    "changed_headlines": {
        "title": "Headlines that changed",
        "sql": (
            "select new.captured_at, old.title as before, new.title as after, new.article_id as id from revisions new "
            "join revisions old on old.article_id = new.article_id and old.number = new.number - 1 "
            "join articles a on a.id = new.article_id and a.hidden_at is null "
            "where old.title is not new.title order by new.captured_at desc limit 200"
        ),
    },
    "per_day": {
        "title": "Articles per day and source",
        "sql": "select day, source_id, articles from article_days order by day desc, articles desc limit 1000",
    },
    "gone": {
        "title": "Articles that are gone from the web",
        "sql": (
            "select id, title, source_id, gone_at, gone_reason, capture_id from articles "
            "where gone_at is not null and hidden_at is null order by gone_at desc limit 200"
        ),
    },
    "quiet_sources": {
        "title": "Sources by the time of their last new article",
        "sql": (
            "select s.id, s.name, max(a.first_captured_at) as last_new_article, "
            "count(a.seq) as articles from sources s "
            "left join articles a on a.source_id = s.id group by s.id order by last_new_article"
        ),
    },
}


COUNTED = ("word_count", "revision_count")
"""Numbers by which queries filter; the index doesn't hold them."""


@hookimpl  # type: ignore[untyped-decorator]
def get_metadata(datasette: Any) -> dict[str, Any]:
    """Return the descriptions of the tables and columns of archives."""
    return {
        "databases": {
            name: {
                "description": "A news archive: every row is derived from WARC captures and says from which.",
                "tables": described(),
            }
            for name, database in datasette.databases.items()
            if is_ours(database)
        }
    }


@hookimpl  # type: ignore[untyped-decorator]
def canned_queries(datasette: Any, database: str) -> dict[str, dict[str, str]]:
    """Return the example queries."""
    return dict(QUERIES) if is_ours(datasette.databases[database]) else {}


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Register the SQL functions ``archive_match(q)``, for ``match``, and ``archive_snippet(q, text)``.

    The others are for the example query: days, which are a range of row numbers, and lengths of texts.
    """
    # words with wildcards and names of sources are looked up in the same database
    conn.create_function("archive_match", -1, partial(archive_match, connection=conn), deterministic=True)
    conn.create_function("archive_first", 1, lambda query: archive_rows(query)[0], deterministic=True)
    conn.create_function("archive_last", 1, lambda query: archive_rows(query)[1], deterministic=True)
    conn.create_function("archive_counts", 3, archive_counts, deterministic=True)
    conn.create_function("archive_snippet", 2, archive_snippet, deterministic=True)


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: Any, column: str, table: str | None, database: str, datasette: Any) -> Markup | None:
    """Link articles and records to the reading room and URLs to replay; render marks of snippets as ``<mark>``."""
    held = datasette.databases.get(database)
    if held is None or not isinstance(value, str) or not is_ours(held):
        return None
    room, replay = _origin(datasette, "room_url", ROOM), _origin(datasette, "replay_url", REPLAY)
    if OPEN in value:
        return _marked(value)
    if column in ("id", "article_id") and table in (None, "articles", "revisions") and _is_article_id(value):
        return _link(f"{room}/article/{value}", value)
    if column in ("capture_id", "page_capture_id") or (column == "id" and table == "captures"):
        return _link(f"{room}/capture/{quote(value.strip('<>').removeprefix('urn:uuid:'), safe='')}", value)
    if column == "url" and table in ("captures", "articles") and value.startswith(("http://", "https://")):
        # the newest capture; the record's page links to the one of its time
        return _link(f"{replay}/web/{quote(value, safe=_URL_SAFE)}", value)
    return None


_URL_SAFE = "/:?&=%+,;@!$()*~-._"


def archive_match(
    query: str | None, applied: str | None = None, *, connection: sqlite3.Connection | None = None
) -> str:
    """Return the full-text expression of a query, for ``articles_fts match``.

    For an invalid query it is an expression with the error message as a column name, which no index has, so that
    SQLite's error contains the message ("no such column: the quotation mark … isn't closed"). An exception raised here
    would only be printed by the server, and shown as "user-defined function raised exception".

    Args:
        query: The query.
        applied: ``rows`` if the SQL applies the query's days and lengths itself; else they are refused, since the
            index holds neither.
        connection: The archive, in which words with wildcards and names of sources are looked up.
    """
    try:
        parsed = parse(query or "", connection)
        columns = {each.column for each in parsed.numbers}
        if applied == "rows":
            columns -= set(COUNTED)
        elif parsed.since or parsed.until:
            columns |= {"day"}
        if columns:
            raise QueryError(
                f"the full-text index doesn't hold {' or '.join(sorted(columns))}: write a condition on it in the SQL"
            )
        if parsed.patterns:
            raise QueryError(f"words with * or ? inside need talkscraper's own search: {parsed.patterns[0]!r}")
        return parsed.match
    except QueryError as e:
        words = str(e).replace('"', "'")
        return f'"{words}" : x'


def archive_rows(query: str | None) -> tuple[int, int]:
    """Return the first and last row number of a query's days; of an invalid query any, for ``archive_match`` tells."""
    try:
        prepared = prepare(SearchRequest(text=query or ""))
    except QueryError:
        return 0, 0
    return prepared.low, prepared.high


def archive_counts(query: str | None, *counts: int | None) -> bool:
    """Whether an article's ``COUNTED`` are within what a query wants (``words:``, ``revised:>2``)."""
    found = dict(zip(COUNTED, counts, strict=True))
    try:
        return all(each.low <= (found[each.column] or 0) <= each.high for each in parse(query or "").numbers)
    except QueryError:
        return False


def archive_snippet(query: str | None, text: str | None) -> str:
    """Return the passage of a text that contains the query's words, marked."""
    try:
        return Highlighter(parse(query or "").wanted).snippet(text or "")
    except QueryError:
        return (text or "")[:240]


def described() -> dict[str, dict[str, Any]]:
    """Return the metadata of every table: the descriptions and ``EXTRA``."""
    tables: dict[str, dict[str, Any]] = {
        name: {"description": f"A row is {table.row}.", "columns": dict(table.columns)}
        for name, table in TABLES.items()
    }
    for name, extra in EXTRA.items():
        tables.setdefault(name, {}).update(extra)
    return tables


def is_ours(database: Any) -> bool:
    """Whether a database is an archive's, by its file name."""
    return database.path is not None and str(database.path).endswith("talkscraper.db")


def _origin(datasette: Any, name: str, default: str) -> str:
    configured = (datasette.plugin_config("talkscraper") or {}).get(name, default)
    return str(configured).rstrip("/") if urlsplit(str(configured)).scheme in ("http", "https") else default


def _is_article_id(value: str) -> bool:
    return len(value) == 16 and all(character in "0123456789abcdef" for character in value)


def _link(address: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(address, text)


def _marked(value: str) -> Markup:
    safe = str(escape(value))
    return Markup(safe.replace(OPEN, "<mark>").replace(CLOSE, "</mark>"))  # noqa: S704  escaped above
