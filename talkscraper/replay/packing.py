"""All the records of a search, as a stream: article after article, each record once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from talkscraper.folder import ArchiveFolder
from talkscraper.replay import subset
from talkscraper.replay.selection import pages_of, with_requisites
from talkscraper.store.search import SearchRequest, matches, prepare

AT_ONCE = 100


def article_ids(connection: sqlite3.Connection, request: SearchRequest) -> Iterator[str]:
    """The ids of all matches, newest first.

    Raises:
        QueryError: the query can't be read.
    """
    found = matches(connection, prepare(request))
    while numbers := list(islice(found, 500)):
        rows = connection.execute(
            f"select id from articles where seq in ({', '.join('?' * len(numbers))}) order by seq desc", numbers
        )
        yield from (row[0] for row in rows.fetchall())


def warc_stream(
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    ids: Iterable[str],
    *,
    name: str,
    made_at: datetime,
    note: str,
) -> Iterator[bytes]:
    """A WARC of some articles' pages with what they need; what a revisit refers to comes before it.

    Raises:
        TalkscraperError: a record can't be read.
    """
    yield subset.warcinfo(name, made_at, note)
    seen: set[str] = set()
    remaining = iter(ids)
    while part := list(islice(remaining, AT_ONCE)):
        chosen = with_requisites(connection, pages_of(connection, part))
        yield from subset.members(
            connection, folder, [capture for record_id, capture in chosen.items() if record_id not in seen]
        )
        seen.update(chosen)
