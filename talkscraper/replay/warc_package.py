"""Export of all records of a search as a stream: article after article, each record once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.replay import warc_subset
from talkscraper.replay.package_selection import pages_of, with_requisites

AT_ONCE = 100


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
