"""Rows of an export: the whole result of a search, each article with its WARC record."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any, Literal

from talkscraper.fields import EXPORTED
from talkscraper.store import stories
from talkscraper.store.database import iso
from talkscraper.store.federation import federated
from talkscraper.store.match import Prepared, SearchRequest, matches, prepare
from talkscraper.store.text_values import listed


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export."""

    name: str
    kind: Literal["text", "integer", "list", "time", "day"]
    sql: str
    meaning: str


COLUMNS = tuple(
    Column(
        each.name,
        "text" if each.kind == "json" else each.kind,
        each.sql or f"a.{each.name}",
        f"{each.meaning} (CSV: joined by '; ')" if each.kind == "list" else each.meaning,
    )
    for each in EXPORTED
)
"""The columns of an export, as ``fields`` declares them; docs/schema.md explains them."""

FIRST = 500
"""Number of the newest matches that are looked up before all others."""
_BATCH = 500
"""Number of articles that one statement names."""

_SELECT = (
    f"select {', '.join(f'{each.sql} as {each.name}' for each in COLUMNS)} from articles a"
    " left join captures c on c.id = a.capture_id left join sources s on s.id = a.source_id"
    " where a.seq = ? and a.hidden_at is null"
)


_LISTS = tuple(each.name for each in COLUMNS if each.kind == "list")


@federated("talkscraper.store.several_results")
def rows(
    connection: sqlite3.Connection,
    request: SearchRequest,
    *,
    since_indexed: datetime | None = None,
    among: Collection[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield every matching article, newest first, as a mapping with ``COLUMNS`` as keys.

    ``limit``, ``order`` and ``after`` of the request are ignored.

    Args:
        connection: Returns ``sqlite3.Row`` (as ``open_reader`` does).
        request: The search request.
        since_indexed: Only articles that became new, changed or visible in the archive at or after this time.
        among: Only articles with these ids.

    Raises:
        QueryError: the query is invalid (raised at once, before the first row).
    """
    return _rows(connection, prepare(request, connection), iso(since_indexed) if since_indexed else None, among)


def _rows(
    connection: sqlite3.Connection, prepared: Prepared, since: str | None, among: Collection[str] | None
) -> Iterator[dict[str, Any]]:
    for seq in seqs(connection, prepared, since, among):
        row = row_of(connection, seq)
        if row is not None:
            yield row


def row_of(connection: sqlite3.Connection, seq: int) -> dict[str, Any] | None:
    """Return an article's row of an export, by its row number; None if it was deleted or hidden in the meantime."""
    found = connection.execute(_SELECT, [seq]).fetchone()
    if found is None:
        return None
    row = dict(found)
    for name in _LISTS:
        row[name] = listed(row[name])
    return row


def seqs(
    connection: sqlite3.Connection, prepared: Prepared, since: str | None, among: Collection[str] | None = None
) -> Iterator[int]:
    """Return the row numbers of all matches, newest first.

    ``since``: only those indexed from that time on (ISO); ``among``: only those with these ids.

    They are looked up in two parts, the newest ``FIRST`` and all others, each whole before the first of it is returned:
    an export begins at once, and no statement waits for a slow consumer, which would hold a snapshot of the database
    while the write-ahead log grows.
    """
    if among is not None and prepared.is_everything and since is None:
        # with no search to match, the whole archive isn't looked through for a few articles
        found = sorted(set(_shown(connection, "seq", "id", among)), reverse=True)
        parts = iter([array("q", (seq for seq in found if prepared.low <= seq <= prepared.high))])
    else:
        parts = _parts(connection, prepared, since)
        if among is not None:
            kept = set(_shown(connection, "seq", "id", among))
            parts = (array("q", filter(kept.__contains__, part)) for part in parts)
    if prepared.collapses:
        yield from stories.first_published(connection, array("q", chain.from_iterable(parts)))
    else:
        yield from chain.from_iterable(parts)


def _parts(connection: sqlite3.Connection, prepared: Prepared, since: str | None) -> Iterator[array[int]]:
    if since is not None:
        yield _indexed_since(connection, prepared, since)
    elif prepared.is_everything:
        yield from _everything(connection, prepared.low, prepared.high)
    else:
        newest = array("q", matches(connection, prepared, limit=FIRST))
        yield newest
        if len(newest) == FIRST:
            yield array("q", matches(connection, prepared, before=newest[-1]))


def _indexed_since(connection: sqlite3.Connection, prepared: Prepared, since: str) -> array[int]:
    rows = connection.execute(
        "select seq from articles indexed by articles_indexed where indexed_at >= ? and seq between ? and ?"
        " order by seq desc",
        [since, prepared.low, prepared.high],
    )
    recent = array("q", _shown(connection, "seq", "seq", [row[0] for row in rows]))
    if prepared.is_everything:
        return recent
    held = set(recent)
    return array("q", filter(held.__contains__, matches(connection, prepared)))


def _everything(connection: sqlite3.Connection, low: int, high: int) -> Iterator[array[int]]:
    # of the articles themselves, whatever the state of the full-text index; this index has no text to be read
    listing = (
        "select seq from articles indexed by articles_seq_indexed where seq between ? and ? order by seq desc limit ?"
    )
    # an index says nothing of the table: that it can be read is seen even where the index names no article
    connection.execute("select max(seq) from articles not indexed").fetchone()
    found = [row[0] for row in connection.execute(listing, [low, high, FIRST])]
    yield array("q", _shown(connection, "seq", "seq", found))
    if len(found) == FIRST:
        statement = "select seq from articles indexed by articles_status where hidden_at is not null"
        hidden = {row[0] for row in connection.execute(statement)}
        others = connection.execute(listing, [low, found[-1] - 1, -1])
        yield array("q", (row[0] for row in others if row[0] not in hidden))


def _shown(connection: sqlite3.Connection, column: str, key: str, values: Iterable[int | str]) -> Iterator[Any]:
    """Yield a column of the articles with these values of a key, without hidden ones; each row is read for it."""
    wanted = iter(values)
    while part := list(islice(wanted, _BATCH)):
        rows = connection.execute(
            f"select {column} from articles where {key} in ({', '.join('?' * len(part))}) and hidden_at is null"
            " order by seq desc",
            part,
        )
        yield from (row[0] for row in rows.fetchall())


@federated("talkscraper.store.several_results")
def article_ids(
    connection: sqlite3.Connection,
    request: SearchRequest,
    *,
    since_indexed: datetime | None = None,
    among: Collection[str] | None = None,
) -> Iterator[str]:
    """Return the ids of all matches, newest first; the arguments are those of ``rows``.

    Raises:
        QueryError: the query is invalid (raised at once).
    """
    since = iso(since_indexed) if since_indexed else None
    return _shown(connection, "id", "seq", seqs(connection, prepare(request, connection), since, among))
