"""How far the backfills came, from their rows."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A sitemap, paged list or archive by date by which a backfill finds older articles."""

    kind: str
    url: str
    state: str
    """``open``, ``done`` or ``failed``."""
    why: str | None
    """Why it ended, or failed last: a key of ``frontier.backfill_doors.WHYS``, or a reason of a failure."""
    pages: int
    next_url: str | None
    oldest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillProgress:
    """How far a source's backfill came."""

    source_id: str
    since: str
    until: str | None
    state: str
    """``open``; ``done``: complete; ``failed``: nothing is left, but a door failed."""
    oldest: str | None
    """The oldest day reached."""
    pages: int
    """Number of pages of sitemaps and lists that were read."""
    found: int
    """Number of articles that were named and not known before."""
    fetched: int
    left: int
    """Number of those that wait to be fetched."""
    doors: int
    doors_left: int
    retry_at: str | None
    """When the next door that failed is tried again, if only such are left."""
    started_at: str
    finished_at: str | None
    failed: tuple[Door, ...]
    """Doors that failed."""


_DOOR = "kind, url, state, why, pages, cursor, oldest"


def progress(connection: sqlite3.Connection, source_id: str | None = None) -> tuple[BackfillProgress, ...]:
    """Return the progress of the backfills, or of one source's."""
    left = dict(
        connection.execute(
            "select source_id, count(*) from backfill_urls where state in ('waiting', 'taken') group by source_id"
        ).fetchall()
    )
    rows = connection.execute(
        "select source_id, max(since), max(until), min(oldest), sum(pages), sum(found), sum(fetched), count(*),"
        " sum(state = 'open'), sum(state = 'failed'), sum(state = 'open' and retry_at is null),"
        " min(case when state = 'open' then retry_at end), min(started_at), max(finished_at) from backfills"
        " where ? is null or source_id = ? group by source_id order by source_id",
        [source_id, source_id],
    ).fetchall()
    found = []
    for row in rows:
        waiting = left.get(row[0], 0)
        state = "open" if row[8] or waiting else "failed" if row[9] else "done"
        found.append(
            BackfillProgress(
                source_id=row[0], since=row[1], until=row[2], state=state,
                oldest=row[1] if state == "done" else row[3], pages=row[4], found=row[5], fetched=row[6], left=waiting,
                doors=row[7], doors_left=row[8], retry_at=row[11] if row[8] and not row[10] and not waiting else None,
                started_at=row[12], finished_at=row[13] if state != "open" else None,
                failed=doors(connection, row[0], state="failed"),
            )
        )  # fmt: skip
    return tuple(found)


def doors(connection: sqlite3.Connection, source_id: str, *, state: str) -> tuple[Door, ...]:
    """Return the doors of a source that are in this state."""
    rows = connection.execute(
        f"select {_DOOR} from backfills where source_id = ? and state = ? order by rank, last_day desc, id",
        [source_id, state],
    ).fetchall()
    return tuple(
        Door(kind=row[0], url=row[1], state=row[2], why=row[3], pages=row[4], next_url=row[5], oldest=row[6])
        for row in rows
    )


def in_words(current: BackfillProgress) -> str:
    """Return one line on how far a backfill came."""
    figures = f"{current.fetched:,} of {current.found:,} articles fetched, {current.left:,} wait"
    if current.state == "open":
        reached = f"oldest day reached {current.oldest}" if current.oldest else "no day reached yet"
        return (
            f"backfill to {current.since}: {reached}; {figures}; {current.doors_left:,} of {current.doors:,} doors left"
        )
    if current.state == "failed":
        failed = f"{len(current.failed):,} of {current.doors:,} doors failed"
        return f"backfill to {current.since} ended, but {failed}; {figures}"
    return f"backfill to {current.since} complete; {figures}; {current.pages:,} pages of {current.doors:,} doors read"
