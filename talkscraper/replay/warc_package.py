"""Export of all records of a search as a stream: article after article, each record once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.replay import warc_subset
from talkscraper.replay.all_captures import captures_of_articles, every_capture, records_about
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
    all_captures: bool = False,
    whole: bool = False,
) -> Iterator[bytes]:
    """Yield a WARC of some articles' pages with their requisites; a revisit's original comes before it.

    ``all_captures``: all captures of the articles, with requests and metadata; ``whole``: those of the archive.

    Raises:
        TalkscraperError: a record can't be read.
    """
    info = warc_subset.new_warcinfo(name, made_at, note)
    yield b"".join(info.member())
    if all_captures:
        pages = list(pages_of(connection, ids))
        found = every_capture(connection) if whole else captures_of_articles(connection, pages)
        yield from warc_subset.members(connection, folder, found.values(), warcinfo_id=info.record_id)
        places = records_about(connection, folder, found.values())
        yield from warc_subset.others(connection, folder, places, info.record_id)
        yield from warc_subset.needs(connection, (page.capture for page in pages), made_at)
        return
    seen: set[str] = set()
    remaining = iter(ids)
    while part := list(islice(remaining, AT_ONCE)):
        pages = list(pages_of(connection, part))
        chosen = with_requisites(connection, pages)
        yield from warc_subset.members(
            connection,
            folder,
            [capture for record_id, capture in chosen.items() if record_id not in seen],
            warcinfo_id=info.record_id,
        )
        yield from warc_subset.needs(connection, (page.capture for page in pages), made_at)
        seen.update(chosen)
