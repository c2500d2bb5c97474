"""Export of all records of a search as a stream: article after article, each record once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import replacing
from talkscraper.replay import warc_subset
from talkscraper.replay.package_selection import pages_of, with_requisites
from talkscraper.store.database import iso
from talkscraper.store.export import seqs
from talkscraper.store.match import SearchRequest, prepare

AT_ONCE = 100


def article_ids(
    connection: sqlite3.Connection, request: SearchRequest, *, since_indexed: datetime | None = None
) -> Iterator[str]:
    """Return the ids of all matches, newest first; ``since_indexed``: only new, changed or revealed ones since then.

    Raises:
        QueryError: the query is invalid.
    """
    found = seqs(connection, prepare(request), iso(since_indexed) if since_indexed else None)
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
    """Yield a WARC of some articles' pages with their requisites; a revisit's original comes before it.

    Raises:
        TalkscraperError: a record can't be read.
    """
    yield warc_subset.warcinfo(name, made_at, note)
    seen: set[str] = set()
    remaining = iter(ids)
    while part := list(islice(remaining, AT_ONCE)):
        pages = list(pages_of(connection, part))
        chosen = with_requisites(connection, pages)
        yield from warc_subset.members(
            connection, folder, [capture for record_id, capture in chosen.items() if record_id not in seen]
        )
        yield from warc_subset.needs(connection, (page.capture for page in pages), made_at)
        seen.update(chosen)


def write_warc(
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    ids: Iterable[str],
    out: Path,
    *,
    made_at: datetime,
    note: str,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write ``warc_stream`` to a file, which gets its name when it is complete; return the number of articles.

    Raises:
        StorageError: a write failed.
        TalkscraperError: a record can't be read.
    """
    number = 0

    def counted() -> Iterator[str]:
        nonlocal number
        for each in ids:
            number += 1
            if progress is not None and number % 500 == 0:
                progress(number)
            yield each

    with replacing(out) as part, part.open("wb") as handle:
        for piece in warc_stream(connection, folder, counted(), name=out.name, made_at=made_at, note=note):
            handle.write(piece)
    return number
