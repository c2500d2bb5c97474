"""Selection of captures that are pages to be extracted, for ``import``, ``extract`` and ``repair``."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from talkscraper.model import Capture, RecordType
from talkscraper.store.captures import row_to_capture
from talkscraper.store.database import first, iso
from talkscraper.store.text_values import storable
from talkscraper.urls.resolution import target

if TYPE_CHECKING:
    from sqlite_utils import Database

_HTML_TYPES = ("text/html", "application/xhtml+xml")
_TYPELESS = ("", "*/*", "unknown/unknown", "application/unknown", "no-type", "unk")
"""Media types that say nothing: the bytes decide whether it is a page."""


def _is_html(mime: str) -> str:
    return f"({mime} is null or lower({mime}) in {(*_HTML_TYPES, *_TYPELESS)})"


_CAME_AGAIN = (
    "exists (select 1 from captures o where o.payload_digest = captures.payload_digest and o.urlkey = captures.urlkey"
    " and (o.captured_at, o.warc_file, o.warc_offset) <"
    " (captures.captured_at, captures.warc_file, captures.warc_offset))"
)
"""SQL: the same payload of the same address came before."""

READABLE = (
    "captures.method = 'GET' and captures.captured_at >= '1990' and captures.url like 'http%' and ("
    # a crawl expected an article, and got a complete response, or one that was cut off at the same place twice
    "(asked_as = 'article' and record_type = 'response' and status between 200 and 399 and redirect_to is null"
    f" and (truncated is null or (truncated = 'disconnect' and {_CAME_AGAIN})))"
    # an imported page, or one of another project's spider
    " or (asked_as is null and page_capture_id is null and (record_type = 'resource' or"
    f" (record_type = 'response' and status between 200 and 299)) and {_is_html('mime')})"
    # the payload of another address's page; a revisit of the same page is a look at what was extracted there
    " or (record_type = 'revisit' and page_capture_id is null and (asked_as = 'article' or asked_as is null)"
    " and status is not 304 and not exists (select 1 from captures o where o.payload_digest = captures.payload_digest"
    " and o.urlkey = captures.urlkey and o.record_type <> 'revisit' and o.page_capture_id is null)"
    " and exists (select 1 from captures o where o.payload_digest = captures.payload_digest"
    f" and o.record_type <> 'revisit' and {_is_html('o.mime')})))"
)
"""SQL: captures whose payload may be an article's page, by the rules of a crawl."""

GONE = (
    "method = 'GET' and captured_at >= '1990' and record_type = 'response' and status in (404, 410)"
    " and (asked_as = 'article' or (asked_as is null and page_capture_id is null))"
)
"""SQL: captures that show that an address has no page any more."""


def may_be_page(capture: Capture) -> bool:
    """Whether a response to another project's spider is read as a page, or as a page that is gone.

    The same rule as in ``READABLE`` and ``GONE``, for a capture that has just been made.
    """
    if capture.method != "GET" or capture.asked_as is not None or capture.page_capture_id is not None:
        return False
    if not capture.url.startswith("http") or capture.status is None:
        return False
    if capture.status in (404, 410):
        return capture.record_type is RecordType.RESPONSE
    return 200 <= capture.status < 300 and (is_typeless(capture.mime) or (capture.mime or "").lower() in _HTML_TYPES)


def is_typeless(mime: str | None) -> bool:
    """Whether a media type doesn't say whether it is a page."""
    return mime is None or mime.lower() in _TYPELESS


CHAIN_TIME = timedelta(minutes=10)
"""Maximum time between a redirect and the capture of its target."""
_MAX_CHAIN = 10
_LISTED = 500
"""Number of captures held in memory at a time."""
_OF_FILES = "warc_file in (select value from json_each(?))"
"""All file numbers as one value: SQLite takes at most 32766 parameters."""


def page_captures(
    connection: sqlite3.Connection,
    *,
    files: Sequence[str] | None = None,
    source: str | None = None,
    unread: bool = False,
    after: tuple[str, str] | None = None,
) -> Iterator[Capture]:
    """Yield pages, and responses that a page is gone, in the order of their capture, reading a few at a time.

    Args:
        connection: Returns ``sqlite3.Row``.
        files: Only those in these WARC files, any number.
        source: Only those of this source.
        unread: Only pages that weren't extracted yet.
        after: Time (as stored) and id of the last capture to be skipped.
    """
    where, values = _where(source, unread=unread)
    if files is None:
        return _by_time(connection, where, values, after)
    return _by_number(connection, where, values, _numbers(connection, where, values, files, after))


def count_pages(
    connection: sqlite3.Connection, *, files: Sequence[str] | None = None, source: str | None = None,
    unread: bool = False,
) -> int:  # fmt: skip
    """Return the number of captures that ``page_captures`` yields."""
    where, values = _where(source, unread=unread)
    if files is not None:
        where, values = f"{where} and {_OF_FILES}", [*values, json.dumps(files)]
    row = connection.execute(f"select count(*) from captures where {where}", values).fetchone()
    return int(row[0])


def _by_time(
    connection: sqlite3.Connection, where: str, values: list[object], after: tuple[str, str] | None
) -> Iterator[Capture]:
    position = after or ("", "")
    while True:
        rows = connection.execute(
            f"select * from captures where {where} and (captured_at, id) > (?, ?) order by captured_at, id limit ?",
            [*values, *position, _LISTED],
        ).fetchall()
        yield from map(row_to_capture, rows)
        if len(rows) < _LISTED:
            return
        position = rows[-1]["captured_at"], rows[-1]["id"]


def _numbers(
    connection: sqlite3.Connection, where: str, values: list[object], files: Sequence[str],
    after: tuple[str, str] | None,
) -> array[int]:  # fmt: skip
    """Return the captures of some files in order, as eight bytes each, so that they are sorted once."""
    rows = connection.execute(
        f"select seq from captures where {where} and {_OF_FILES} and (captured_at, id) > (?, ?)"
        " order by captured_at, id",
        [*values, json.dumps(files), *(after or ("", ""))],
    )
    return array("q", (row[0] for row in rows))


def _by_number(
    connection: sqlite3.Connection, where: str, values: list[object], numbers: array[int]
) -> Iterator[Capture]:
    for start in range(0, len(numbers), _LISTED):
        wanted = numbers[start : start + _LISTED].tolist()
        rows = connection.execute(
            f"select * from captures where seq in (select value from json_each(?)) and {where}",
            [json.dumps(wanted), *values],
        ).fetchall()
        # captures extracted or deleted meanwhile are left out
        found = {row["seq"]: row for row in rows}
        yield from (row_to_capture(found[number]) for number in wanted if number in found)


def led_here(db: Database, capture: Capture) -> tuple[str, ...]:
    """Return the addresses whose redirects led to a capture, the first one first; empty if there are none."""
    hops: list[str] = []
    seen = {capture.url}
    here = capture
    while len(hops) < _MAX_CHAIN:
        row = first(
            db,
            "select * from captures where (redirect_to in (?1, ?2) or refresh_to in (?1, ?2))"
            " and captured_at between ?3 and ?4 and url <> ?1"
            " and record_type in ('response', 'revisit') order by captured_at desc, seq desc limit 1",
            # the spelling of a record from elsewhere may differ from that of the redirect to it
            [
                here.url,
                target(here.url, here.url) or here.url,
                iso(here.captured_at - CHAIN_TIME),
                iso(here.captured_at),
            ],
        )
        if row is None or row["url"] in seen:
            break
        here = row_to_capture(row)
        seen.add(here.url)
        hops.append(here.url)
    return tuple(reversed(hops))


def note_onward(db: Database, capture: Capture, onward: str | None) -> None:
    """Store where the page of a capture leads by a refresh or its only frame; None: nowhere.

    The page there may have been read before: captures of the same second are in no order.
    """
    db.execute(
        "update captures set refresh_to = ? where id = ? and refresh_to is not ?",
        [storable(onward), capture.id, storable(onward)],
    )
    if onward is None:
        return
    row = first(
        db,
        "select * from captures where url = ? and article_id is not null and captured_at between ? and ?"
        " order by captured_at, seq limit 1",
        [storable(onward), iso(capture.captured_at), iso(capture.captured_at + CHAIN_TIME)],
    )
    if row is not None:
        note_hops(db, (*led_here(db, capture), capture.url), row["article_id"], row_to_capture(row))


def came_as_it_was(db: Database, capture: Capture, hops: Sequence[str]) -> bool:
    """Whether redirects led to the same page that was an article's at the address where they begin."""
    if not hops or capture.payload_digest is None:
        return False
    row = db.execute(
        "select 1 from captures where url = ? and payload_digest = ? and captured_at < ? and article_id is not null"
        " limit 1",
        [hops[0], capture.payload_digest, iso(capture.captured_at)],
    ).fetchone()
    return row is not None


def note_hops(db: Database, hops: Sequence[str], article_id: str, capture: Capture) -> None:
    """Add addresses that redirected to an article's page as its aliases."""
    for url in hops:
        db.execute(
            "insert or ignore into aliases (url, article_id, why, first_seen_at) values (?, ?, ?, ?)",
            [url, article_id, f"redirects to {capture.url}", iso(capture.captured_at)],
        )


def _where(source: str | None, *, unread: bool) -> tuple[str, list[object]]:
    conditions = [f"({READABLE}{' and page_kind is null' if unread else ''} or {GONE})"]
    values: list[object] = []
    if source is not None:
        conditions.append("source_id = ?")
        values.append(source)
    return " and ".join(conditions), values
