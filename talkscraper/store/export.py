"""Rows of an export: the whole result of a search, each article with its WARC record."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from talkscraper.store.database import iso
from talkscraper.store.match import Prepared, SearchRequest, matches, prepare
from talkscraper.store.text_values import listed


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export."""

    name: str
    kind: Literal["text", "integer", "list"]
    sql: str


COLUMNS = (
    Column("id", "text", "a.id"),
    Column("source_id", "text", "a.source_id"),
    Column("source_name", "text", "s.name"),
    Column("url", "text", "a.url"),
    Column("title", "text", "a.title"),
    Column("authors", "list", "a.authors"),
    Column("published_at", "text", "a.published_at"),
    Column("published_precision", "text", "a.published_precision"),
    Column("published_day", "text", "a.published_day"),
    Column("modified_at", "text", "a.modified_at"),
    Column("language", "text", "a.language"),
    Column("section", "text", "a.section"),
    Column("tags", "list", "a.tags"),
    Column("description", "text", "a.description"),
    Column("site_name", "text", "a.site_name"),
    Column("text", "text", "a.text"),
    Column("text_digest", "text", "a.text_digest"),
    Column("word_count", "integer", "a.word_count"),
    Column("access", "text", "a.access"),
    Column("truncated", "integer", "a.truncated"),
    Column("page_kind", "text", "a.page_kind"),
    Column("licence", "text", "a.licence"),
    Column("wire_agency", "text", "a.wire_agency"),
    Column("cluster_id", "text", "a.cluster_id"),
    Column("first_captured_at", "text", "a.first_captured_at"),
    Column("last_captured_at", "text", "a.last_captured_at"),
    Column("revision_count", "integer", "a.revision_count"),
    Column("gone_at", "text", "a.gone_at"),
    Column("indexed_at", "text", "a.indexed_at"),
    Column("extractor", "text", "a.extractor"),
    Column("capture_id", "text", "a.capture_id"),
    Column("captured_url", "text", "c.url"),
    Column("captured_at", "text", "c.captured_at"),
    Column("payload_digest", "text", "c.payload_digest"),
    Column("warc_file", "text", "c.warc_file"),
    Column("warc_offset", "integer", "c.warc_offset"),
    Column("warc_length", "integer", "c.warc_length"),
    Column("lost_at", "text", "c.lost_at"),
)
"""The columns of an export; docs/searching.md explains them."""

_SELECT = (
    f"select {', '.join(f'{each.sql} as {each.name}' for each in COLUMNS)} from articles a"
    " left join captures c on c.id = a.capture_id left join sources s on s.id = a.source_id"
    " where a.seq = ? and a.hidden_at is null"
)


def rows(
    connection: sqlite3.Connection, request: SearchRequest, *, since_indexed: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Yield every matching article, newest first, as a mapping with ``COLUMNS`` as keys.

    ``limit``, ``order`` and ``after`` of the request are ignored.

    Args:
        connection: Returns ``sqlite3.Row`` (as ``open_reader`` does).
        request: The search request.
        since_indexed: Only articles that became new, changed or visible in the archive at or after this time.

    Raises:
        QueryError: the query is invalid (raised at once, before the first row).
    """
    return _rows(connection, prepare(request), iso(since_indexed) if since_indexed else None)


def _rows(connection: sqlite3.Connection, prepared: Prepared, since: str | None) -> Iterator[dict[str, Any]]:
    lists = [each.name for each in COLUMNS if each.kind == "list"]
    for seq in seqs(connection, prepared, since):
        found = connection.execute(_SELECT, [seq]).fetchone()
        if found is None:
            continue
        row = dict(found)
        for name in lists:
            row[name] = listed(row[name])
        yield row


def seqs(connection: sqlite3.Connection, prepared: Prepared, since: str | None) -> Iterator[int]:
    """Return the row numbers of all matches, newest first; ``since``: only those indexed from that time on (ISO).

    All are looked up before the first is returned: a statement that waits for a slow consumer would hold a snapshot of
    the
    database, and the write-ahead log would grow until it ends.
    """
    yield from array("q", _seqs(connection, prepared, since))


def _seqs(connection: sqlite3.Connection, prepared: Prepared, since: str | None) -> Iterator[int]:
    changed = (
        "select seq from articles where hidden_at is null and indexed_at >= ? and seq between ? and ? order by seq desc"
    )
    if prepared.is_everything:
        yield from (row[0] for row in connection.execute(changed, [since or "", prepared.low, prepared.high]))
        return
    if since is None:
        yield from matches(connection, prepared)
        return
    recent = {row[0] for row in connection.execute(changed, [since, prepared.low, prepared.high])}
    yield from (seq for seq in matches(connection, prepared) if seq in recent)


def article_ids(
    connection: sqlite3.Connection, request: SearchRequest, *, since_indexed: datetime | None = None
) -> Iterator[str]:
    """Return the ids of all matches, newest first; the arguments are those of ``rows``.

    Raises:
        QueryError: the query is invalid (raised at once).
    """
    return _ids(connection, seqs(connection, prepare(request), iso(since_indexed) if since_indexed else None))


def _ids(connection: sqlite3.Connection, found: Iterator[int]) -> Iterator[str]:
    while numbers := list(islice(found, 500)):
        ids = connection.execute(
            f"select id from articles where seq in ({', '.join('?' * len(numbers))}) order by seq desc", numbers
        )
        yield from (row[0] for row in ids.fetchall())
