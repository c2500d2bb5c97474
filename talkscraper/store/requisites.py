"""Requisites of captured pages: rows of ``requisites``, a many-to-many relation.

A picture, style sheet or font is fetched for one page (``captures.page_capture_id``, from which triggers make its row
here); other pages that name it while it is recent enough don't fetch it again, but need it as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.model import Capture
from talkscraper.store.captures import row_to_capture
from talkscraper.store.database import first, iso
from talkscraper.store.file_slices import require_whole
from talkscraper.store.text_values import storable
from talkscraper.urls.canonical import urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database

Pair = tuple[str, str]
"""The record ids of a page and of its requisites."""
LIFETIME = timedelta(days=7)
"""Age below which a captured picture, style sheet or font isn't fetched again."""
MAX_REDIRECTS = 5
"""Maximum number of redirects to a picture that are kept with it."""
_IN_CLAUSE = 500
_GOOD = "method = 'GET' and lost_at is null and (status < 400 or (status is null and record_type = 'revisit'))"


def add(db: Database, pairs: Iterable[Pair]) -> int:
    """Add captures as requisites of pages; return the number of new pairs."""
    before = db.conn.total_changes
    db.conn.executemany(
        "insert or ignore into requisites (page_capture_id, capture_id) values (?, ?)",
        [(storable(page), storable(needed)) for page, needed in pairs],
    )
    return int(db.conn.total_changes - before)


def newest(db: Database, urls: Iterable[str]) -> dict[str, list[Capture]]:
    """Return for each address its newest good capture, and the targets if that redirects; missing ones are left out."""
    found: dict[str, list[Capture]] = {}
    for url in urls:
        target: str | None = url
        chain: dict[str, Capture] = {}
        while target is not None and target not in chain and len(chain) <= MAX_REDIRECTS:
            row = first(
                db,
                f"select * from captures where url = ? and {_GOOD} order by captured_at desc, seq desc limit 1",
                [storable(target)],
            )
            if row is None:
                break
            chain[target] = row_to_capture(row)
            target = row["redirect_to"]
        if chain:
            found[url] = list(chain.values())
    return found


def to_fetch(db: Database, urls: Sequence[str], now: datetime) -> list[str]:
    """Return those of a page's requisites that have no good capture of the last days and weren't taken down."""
    since = iso(now - LIFETIME)
    have: set[str] = set()
    for start in range(0, len(urls), _IN_CLAUSE):
        part = urls[start : start + _IN_CLAUSE]
        keys = {urlkey(url): url for url in part}
        marks = ", ".join("?" * len(part))
        rows = db.execute(
            f"select distinct url from captures where url in ({marks}) and captured_at >= ? and status < 400"
            " and lost_at is null",
            [*part, since],
        ).fetchall()
        have.update(row[0] for row in rows)
        rows = db.execute(
            f"select urlkey from takedowns where urlkey in ({', '.join('?' * len(keys))})", list(keys)
        ).fetchall()
        have.update(keys[row[0]] for row in rows)
    return [url for url in urls if url not in have]


def missing(connection: sqlite3.Connection, pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs whose captures exist but which have no row.

    Raises:
        NotInSlice: the connection is to a slice, and a pair has no row there.
    """
    without = [
        pair
        for pair in pairs
        if connection.execute(
            "select not exists (select 1 from requisites where page_capture_id = ?1 and capture_id = ?2)", pair
        ).fetchone()[0]
    ]
    if without:
        require_whole(connection, "a page of another file")
    return [
        pair
        for pair in without
        if connection.execute(
            "select exists (select 1 from captures where id = ?1) and exists (select 1 from captures where id = ?2)",
            pair,
        ).fetchone()[0]
    ]


def shared_of(connection: sqlite3.Connection, page: Capture) -> list[str]:
    """Return the record ids of a page's requisites that were fetched for other pages."""
    rows = connection.execute(
        "select requisites.capture_id from requisites"
        " join captures on captures.id = requisites.capture_id"
        " where requisites.page_capture_id = ?1 and captures.page_capture_id is not ?1 order by 1",
        [page.id],
    )
    return [row[0] for row in rows.fetchall()]


def of_page(connection: sqlite3.Connection, page: Capture, *, where: str, limit: int = -1) -> list[Capture]:
    """Return the requisites of a page, those of the capture itself first, then the nearest in time.

    A revisit needs what its original needs. Requisites of other captures of the same address count too, since unchanged
    ones aren't fetched again.

    Args:
        connection: must return ``sqlite3.Row`` (as ``open_reader`` does).
        page: its capture.
        where: a condition on ``captures`` that each must meet.
        limit: maximum number of requisites.
    """
    own = (page.id, page.refers_to or page.id)
    rows = connection.execute(
        "select captures.*, max(requisites.page_capture_id in (?, ?)) as own"
        " from requisites join captures on captures.id = requisites.capture_id where requisites.page_capture_id in"
        f" (select id from captures where urlkey = ? union values (?), (?)) and {where}"
        " group by captures.id order by own desc,"
        " abs(julianday(captures.captured_at) - julianday(?)), captures.seq limit ?",
        [*own, page.urlkey, *own, page.captured_at.strftime("%Y-%m-%dT%H:%M:%SZ"), limit],
    )
    return [row_to_capture(row) for row in rows.fetchall()]
