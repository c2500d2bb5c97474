"""Requests sent to each host on a day (UTC): rows of ``request_days``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def sent_on(db: Database, day: str) -> dict[str, int]:
    """Return the number of requests of a day, by host."""
    return dict(db.execute("select host, requests from request_days where day = ?", [day]).fetchall())


def count(db: Database, *, day: str, host: str) -> None:
    """Count one request."""
    db.execute(
        "insert into request_days (day, host, requests) values (?, ?, 1)"
        " on conflict (day, host) do update set requests = requests + 1",
        [day, host],
    )


def thin(db: Database, *, before: str) -> None:
    """Remove the days before a day."""
    db.execute("delete from request_days where day < ?", [before])
