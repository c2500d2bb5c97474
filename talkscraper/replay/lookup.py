"""Look-up of captures by URL and time in the ``captures`` table. Addresses taken down are never found.

URLs are compared by their SURT key, which drops scheme, ``www.`` and the case of the path; among captures that share
a key, one of the identical path is preferred, and a redirect to another spelling of the same address (http to https)
is skipped, since following it would lead back here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote, urlsplit

from talkscraper.errors import NotFound
from talkscraper.model import Capture
from talkscraper.replay.replay_urls import before_escaped_fragment
from talkscraper.store.captures import NOT_TAKEN_DOWN, row_to_capture
from talkscraper.store.database import iso
from talkscraper.store.federation import federated
from talkscraper.urls.canonical import urlkey

NEIGHBOURS = 16
"""Maximum number of captures considered on each side of a time."""

PLAYABLE = (
    "(captures.captured_at is not null "
    "and ((captures.record_type in ('response', 'revisit') and captures.method = 'GET' "
    "and (captures.status is not null or captures.record_type = 'revisit')) or captures.record_type = 'resource'))"
)
"""SQL: captures that a replay tool can show; also those listed in a CDXJ."""


@federated("talkscraper.replay.several")
def by_id(connection: sqlite3.Connection, record_id: str) -> Capture:
    """Return the capture of a WARC-Record-ID, with or without its angle brackets and ``urn:uuid:``.

    Raises:
        NotFound: there is none, or it has been taken down.
    """
    bare = record_id.strip().strip("<>").removeprefix("urn:uuid:")
    row = connection.execute(
        f"select * from captures where id in (?, ?, ?) and {NOT_TAKEN_DOWN}",
        [f"<urn:uuid:{bare}>", f"<{bare}>", record_id],
    ).fetchone()
    if row is None:
        why = pruned_capture(connection, f"<urn:uuid:{bare}>")
        raise NotFound(f"there is no capture {record_id[:80]!r}" if why is None else why)
    return row_to_capture(row)


def taken_down(connection: sqlite3.Connection, url: str) -> str | None:
    """Return the reason why an address is hidden, or None."""
    row = connection.execute(
        "select reason from takedowns where urlkey = ? order by id desc limit 1", [urlkey(url)]
    ).fetchone()
    return str(row[0]) if row else None


def pruned_capture(connection: sqlite3.Connection, record_id: str) -> str | None:
    """Return a line that says when a capture was removed by retention, or None if none with this id was."""
    row = connection.execute("select * from pruned where id = ?", [record_id]).fetchone()
    if row is None:
        return None
    return f"the capture of {row['url']} at {row['captured_at']} {_not_kept(row)}"


def pruned(connection: sqlite3.Connection, url: str) -> str | None:
    """Return the same for the newest capture of an address that retention removed."""
    row = connection.execute(
        "select * from pruned where urlkey = ? order by captured_at desc limit 1", [urlkey(url)]
    ).fetchone()
    return f"its captures up to {row['captured_at']} were {_not_kept(row).removeprefix('was ')}" if row else None


def _not_kept(row: sqlite3.Row) -> str:
    rule = f"{row['rule']} of {row['source_id']}"
    return f"was not kept (retention): removed on {row['pruned_at'][:10]} by the rule {rule}"


@federated("talkscraper.replay.several")
def closest(
    connection: sqlite3.Connection, url: str, at: datetime | None = None, *, as_requisite: bool = False
) -> Capture | None:
    """Return the capture of ``url`` nearest to ``at`` (the newest without), or None.

    ``as_requisite``: for pictures and styles, a successful response is preferred to a nearer error.
    """
    found = _closest(connection, url, at, as_requisite=as_requisite)
    if found is None and (shorter := before_escaped_fragment(url)) is not None:
        found = _closest(connection, shorter, at, as_requisite=as_requisite)
    return found


def _closest(connection: sqlite3.Connection, url: str, at: datetime | None, *, as_requisite: bool) -> Capture | None:
    key = urlkey(url)
    moment = iso(at or datetime.now(UTC).replace(year=9999))
    rows: list[sqlite3.Row] = []
    for comparison, order in (("<=", "desc"), (">", "asc")):
        rows += connection.execute(
            f"select * from captures where urlkey = ? and captured_at {comparison} ? "
            f"and {PLAYABLE} and {NOT_TAKEN_DOWN} order by captured_at {order}, seq {order} limit {NEIGHBOURS}",
            [key, moment],
        ).fetchall()
    return min(map(row_to_capture, rows), key=ranking(url, at, as_requisite=as_requisite), default=None)


def ranking(
    url: str, at: datetime | None, *, as_requisite: bool
) -> Callable[[Capture], tuple[bool, bool, bool, float, bool]]:
    """Return the order in which captures are preferred for ``url`` and ``at``; the least is the best."""
    key, path = urlkey(url), _path(url)
    wanted = at or datetime.now(UTC).replace(year=9999)

    def rank(capture: Capture) -> tuple[bool, bool, bool, float, bool]:
        bad = as_requisite and capture.status is not None and capture.status >= 400
        distance = abs((capture.captured_at - wanted).total_seconds())
        return _leads_back(capture, key), bad, _path(capture.url) != path, distance, capture.url != url

    return rank


def _leads_back(capture: Capture, key: str) -> bool:
    return capture.redirect_to is not None and urlkey(capture.redirect_to) == key


def _path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, ""
    return parts.path.rstrip("/"), parts.query


@federated("talkscraper.replay.several")
def resized(connection: sqlite3.Connection, url: str, at: datetime | None = None) -> Capture | None:
    """Return the same picture in another size of Next.js's image resizer, or unresized; a crawl keeps only some sizes.

    ``/_next/image?url=/a.png&w=1080`` and ``/a.png`` itself are both found for ``/_next/image?url=/a.png&w=640``.
    """
    try:
        parts = urlsplit(url)
        resizes = parts.path.endswith(_RESIZER)
        picture = parse_qs(parts.query).get("url", [""])[0] if resizes else parts.path
        if not picture.startswith(("/", "http")):
            return None
        key = urlkey(f"{parts.scheme}://{parts.netloc}{_RESIZER}?url={quote(picture, safe='')}&w=0&q=75")
    except ValueError:
        return None
    # SURT sorts the parameters, so the width comes last
    beginning = key.removesuffix("0")
    row = connection.execute(
        f"select * from captures where urlkey >= ? and urlkey < ? and status = 200 and {PLAYABLE} "
        f"and {NOT_TAKEN_DOWN} order by abs(unixepoch(captured_at) - unixepoch(?)) limit 1",
        [beginning, beginning[:-1] + chr(ord(beginning[-1]) + 1), iso(at or datetime.now(UTC))],
    ).fetchone()
    return row_to_capture(row) if row is not None and beginning.endswith("&w=") else None


_RESIZER = "/_next/image"


def is_archived(connection: sqlite3.Connection, url: str) -> bool:
    """Whether there is any successful capture of ``url``."""
    row = connection.execute(
        f"select 1 from captures where urlkey = ? and (status is null or status < 400) and {PLAYABLE} "
        f"and {NOT_TAKEN_DOWN} limit 1",
        [urlkey(url)],
    ).fetchone()
    return row is not None or resized(connection, url) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The captures of an address around one of them."""

    first: Capture
    previous: Capture | None
    next: Capture | None
    last: Capture
    count: int
    """Number of captures; counted up to ``COUNTED``."""


COUNTED = 10_000


@federated("talkscraper.replay.several")
def around(connection: sqlite3.Connection, capture: Capture) -> Around:
    """Return first, previous, next and last capture of the address of ``capture``."""

    def one(condition: str, order: str, *values: str) -> Capture | None:
        row = connection.execute(
            f"select * from captures where urlkey = ? {condition} and {PLAYABLE} and {NOT_TAKEN_DOWN} "
            f"order by captured_at {order}, seq {order} limit 1",
            [capture.urlkey, *values],
        ).fetchone()
        return row_to_capture(row) if row else None

    moment = iso(capture.captured_at)
    count = connection.execute(
        f"select count(*) from (select 1 from captures where urlkey = ? and {PLAYABLE} and {NOT_TAKEN_DOWN} "
        f"limit {COUNTED})",
        [capture.urlkey],
    ).fetchone()[0]
    return Around(
        first=one("", "asc") or capture,
        previous=one("and captured_at < ?", "desc", moment),
        next=one("and captured_at > ?", "asc", moment),
        last=one("", "desc") or capture,
        count=count,
    )


@federated("talkscraper.replay.several")
def all_of(connection: sqlite3.Connection, url: str, *, limit: int = COUNTED, offset: int = 0) -> Iterator[Capture]:
    """Yield the captures of an address, oldest first, without the first ``offset`` ones."""
    for row in connection.execute(
        f"select * from captures where urlkey = ? and {PLAYABLE} and {NOT_TAKEN_DOWN} "
        f"order by captured_at, seq limit ? offset ?",
        [urlkey(url), limit, offset],
    ):
        yield row_to_capture(row)
