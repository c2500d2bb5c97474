"""Articles of a search that became new, changed or visible in the archive, the newest such first.

For feeds and alerts: unlike ``search``, the order is that of ``articles.indexed_at``, so that whoever reads on from a
place misses nothing, whatever the printed days are.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, repeat

from talkscraper.errors import QueryError
from talkscraper.store import stories
from talkscraper.store.federation import federated
from talkscraper.store.match import Prepared, SearchRequest, matches, prepare
from talkscraper.store.text_values import listed
from talkscraper.whole_numbers import whole_number

MAX_MATCHES = 1_000
BATCH = 500
"""Number of row numbers in one statement."""
BATCHES = (200, 4_000, 40_000, 160_000)
"""Numbers of articles that are compared with the index: the first ones one by one, further ones by scans of it."""
FEW = 5_000
"""Maximum number of matches that are sorted as a whole; more are found by going back from the newest article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatch:
    """An article that a search finds."""

    article_id: str
    indexed_at: str
    url: str
    title: str | None
    authors: tuple[str, ...]
    source_id: str | None
    source_name: str | None
    published_at: str | None
    day: str
    language: str | None
    section: str | None
    wire_agency: str | None
    cluster_id: str | None
    revision_count: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatches:
    """A page of them, newest first."""

    matches: tuple[NewMatch, ...]
    next_cursor: str | None


_COLUMNS = (
    "a.id, a.indexed_at, a.url, a.title, a.authors, a.source_id, s.name as source_name, a.published_at, a.day,"
    " a.language, a.section, a.wire_agency, a.cluster_id, a.revision_count, a.text"
)


@federated("talkscraper.store.several_results")
def new_matches(
    connection: sqlite3.Connection,
    request: SearchRequest,
    *,
    limit: int,
    before: str | None = None,
    since: str | None = None,
) -> NewMatches:
    """Return a page of the articles that a request finds, by the time at which they were indexed.

    Args:
        connection: Returns ``sqlite3.Row`` (as ``open_reader`` does).
        request: The search; its ``limit``, ``order`` and ``after`` are ignored. With collapsed copies, a story is the
            article that was published first of those that match, so that a later copy makes no further entry.
        limit: Maximum number of articles.
        before: The ``next_cursor`` of the previous page.
        since: Only articles indexed at this time (ISO) or later.

    Raises:
        QueryError: the query or the cursor is invalid.
    """
    prepared = prepare(request, connection)
    limit = max(1, min(limit, MAX_MATCHES))
    place = _place(before) if before else None
    find = _stories if prepared.collapses else _found
    found = list(find(connection, prepared, limit + 1, place, since))
    shown = [each for each in (_match(connection, seq) for _, seq in found[:limit]) if each is not None]
    cursor = None
    if len(found) > limit:
        at, seq = found[limit - 1]
        cursor = f"{at},{seq}"
    return NewMatches(matches=tuple(shown), next_cursor=cursor)


def _found(
    connection: sqlite3.Connection,
    prepared: Prepared,
    limit: int,
    place: tuple[str, int] | None,
    since: str | None,
) -> Iterator[tuple[str, int]]:
    """Return time and row number of matches, newest first."""
    few = None if prepared.is_everything else list(matches(connection, prepared, limit=FEW + 1))
    if few is not None and len(few) <= FEW:
        yield from _newest(connection, few, limit, place, since)
        return
    left = limit
    for batch in _batches(connection, prepared, place, since):
        for at, seq in batch if prepared.is_everything else _matching(connection, prepared, batch):
            yield at, seq
            left -= 1
            if not left:
                return


def _stories(
    connection: sqlite3.Connection,
    prepared: Prepared,
    limit: int,
    place: tuple[str, int] | None,
    since: str | None,
) -> Iterator[tuple[str, int]]:
    """Return time and row number of the matches that were published first of their cluster, newest first."""
    left = limit
    while True:
        batch = list(_found(connection, prepared, limit, place, since))
        clusters = stories.clusters_of(connection, [seq for _, seq in batch])
        for at, seq in batch:
            if seq in clusters and not stories.is_first(connection, prepared, seq, clusters[seq]):
                continue
            yield at, seq
            left -= 1
            if not left:
                return
        if len(batch) < limit:
            return
        place = batch[-1]


def _newest(
    connection: sqlite3.Connection, seqs: list[int], limit: int, place: tuple[str, int] | None, since: str | None
) -> list[tuple[str, int]]:
    times: list[tuple[str, int]] = []
    for start in range(0, len(seqs), BATCH):
        numbers = ",".join(map(str, seqs[start : start + BATCH]))
        # the index covers both columns: rows with their long texts aren't read
        rows = connection.execute(
            f"select indexed_at, seq from articles indexed by articles_seq_indexed where seq in ({numbers})"
        )
        times += [(str(at), int(seq)) for at, seq in rows.fetchall()]
    return heapq.nlargest(
        limit,
        (each for each in times if (place is None or each < place) and (since is None or each[0] >= since)),
    )


def _batches(
    connection: sqlite3.Connection, prepared: Prepared, place: tuple[str, int] | None, since: str | None
) -> Iterator[list[tuple[str, int]]]:
    for size in chain(BATCHES, repeat(BATCHES[-1])):
        conditions = ["hidden_at is null", "seq between ? and ?"]
        values: list[str | int] = [prepared.low, prepared.high]
        if place is not None:
            conditions += ["indexed_at <= ?", "(indexed_at, seq) < (?, ?)"]
            values += [place[0], *place]
        if since is not None:
            conditions.append("indexed_at >= ?")
            values.append(since)
        rows = connection.execute(
            f"select indexed_at, seq from articles indexed by articles_new where {' and '.join(conditions)}"
            " order by indexed_at desc, seq desc limit ?",
            [*values, size],
        ).fetchall()
        batch = [(str(at), int(seq)) for at, seq in rows]
        if batch:
            yield batch
        if len(batch) < size:
            return
        place = batch[-1]


def _matching(
    connection: sqlite3.Connection, prepared: Prepared, batch: list[tuple[str, int]]
) -> Iterator[tuple[str, int]]:
    """Return those of a batch that match, in its order."""
    if len(batch) <= BATCHES[0]:
        for at, seq in batch:
            if next(matches(connection, replace(prepared, low=seq, high=seq), limit=1), None) is not None:
                yield at, seq
        return
    low, high = min(seq for _, seq in batch), max(seq for _, seq in batch)
    found = set(matches(connection, replace(prepared, low=low, high=high)))
    yield from (each for each in batch if each[1] in found)


def _match(connection: sqlite3.Connection, seq: int) -> NewMatch | None:
    row = connection.execute(
        f"select {_COLUMNS} from articles a left join sources s on s.id = a.source_id"
        " where a.seq = ? and a.hidden_at is null",
        [seq],
    ).fetchone()
    if row is None:
        return None
    return NewMatch(
        article_id=row["id"],
        indexed_at=row["indexed_at"],
        url=row["url"],
        title=row["title"],
        authors=tuple(map(str, listed(row["authors"]))),
        source_id=row["source_id"],
        source_name=row["source_name"] or row["source_id"],
        published_at=row["published_at"],
        day=row["day"],
        language=row["language"],
        section=row["section"],
        wire_agency=row["wire_agency"],
        cluster_id=row["cluster_id"],
        revision_count=row["revision_count"],
        text=row["text"],
    )


def _place(cursor: str) -> tuple[str, int]:
    at, _, seq = cursor.partition(",")
    number = whole_number(seq, least=-(2**62), most=2**62)
    if not at or number is None or len(cursor) > 100:
        raise QueryError(f"{cursor[:40]!r} isn't a place in this list: begin with the first page")
    return at, number
