"""Records read from a file become rows of ``captures``, ``runs`` and ``requisites``, for import, recovery and repair.

A live crawl knows what it has written and inserts its rows by ``store.captures`` alone; these are the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.model import UNDATED, Capture
from talkscraper.store import captures, requisites
from talkscraper.store.database import first, iso
from talkscraper.store.takedowns import taken_down_keys

if TYPE_CHECKING:
    from sqlite_utils import Database

RESTORED = "restored from its WARC files"
"""``runs.reason`` of a crawl that is known only from its files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedRows:
    """Numbers of rows that were missing."""

    captures: int = 0
    requisites: int = 0


def add_records(
    db: Database,
    records: Sequence[Capture],
    *,
    needs: Iterable[requisites.Pair] = (),
    now: datetime,
) -> AddedRows:
    """Insert the rows of a file's records, and the pairs of pages and requisites ``needs``.

    Taken-down addresses get no rows. A record that claims a time after ``now`` doesn't count as a look at an article.
    """
    deleted = taken_down_keys(db)
    added = captures.add_captures(db, [with_run(db, each) for each in records if each.urlkey not in deleted], now)
    return AddedRows(captures=added, requisites=requisites.add(db, needs))


def with_run(db: Database, capture: Capture) -> Capture:
    """Return the capture with a run in ``runs``: a crawl of which only files are left gets a row.

    A run of that number at another time belongs to another archive, or to one before the database was lost: then None.
    """
    if capture.run_id is None:
        return capture
    if capture.captured_at == UNDATED:
        return replace(capture, run_id=None)
    row = first(db, "select * from runs where id = ?", [capture.run_id])
    moment = iso(capture.captured_at)
    if row is None:
        db.execute(
            "insert into runs (id, command, started_at, finished_at, reason) values (?, 'crawl', ?, ?, ?)",
            [capture.run_id, moment, moment, RESTORED],
        )
    elif row["reason"] == RESTORED:
        db.execute(
            "update runs set started_at = min(started_at, ?), finished_at = max(finished_at, ?) where id = ?",
            [moment, moment, capture.run_id],
        )
    elif not row["started_at"] <= moment <= (row["finished_at"] or moment):
        return replace(capture, run_id=None)
    return capture
