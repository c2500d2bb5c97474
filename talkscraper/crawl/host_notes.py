"""Rows of ``host_notes``: what a run remembers of a host for the next ones. Each function runs in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.sources.robots_rules import RobotsRules
from talkscraper.store.database import from_iso, iso

if TYPE_CHECKING:
    from sqlite_utils import Database

ROBOTS_LIFETIME = timedelta(hours=24)
"""Maximum age of cached robots.txt rules (RFC 9309 §2.4)."""


def recall_robots(db: Database, origin: str, now: datetime) -> RobotsRules | None:
    """Return an origin's rules if they were read less than a day ago."""
    row = db.execute(
        "select robots_status, robots_checked_at, robots_body from host_notes where host = ?", [origin]
    ).fetchone()
    if row is None or row[0] is None or row[1] is None or from_iso(row[1]) + ROBOTS_LIFETIME <= now:
        return None
    if row[0].startswith("unreachable"):
        return None
    return RobotsRules(status=row[0], body=row[2] or "", allow_all=row[0].startswith("none"), fresh=False)


def note_robots(db: Database, origin: str, rules: RobotsRules, *, now: datetime) -> None:
    """Store an origin's rules for the next runs."""
    db.execute(
        "insert into host_notes (host, robots_status, robots_checked_at, robots_body, crawl_delay_s)"
        " values (?, ?, ?, ?, ?) on conflict (host) do update set robots_status = excluded.robots_status,"
        " robots_checked_at = excluded.robots_checked_at, robots_body = excluded.robots_body,"
        " crawl_delay_s = excluded.crawl_delay_s",
        [origin, rules.status, iso(now), rules.body, rules.crawl_delay_s],
    )


def note_pause(db: Database, host: str, until: datetime) -> None:
    """Store until when nothing is sent to a busy host, unless a longer pause is stored; the next run obeys it."""
    db.execute(
        "insert into host_notes (host, blocked_until) values (?, ?)"
        " on conflict (host) do update set blocked_until = max(coalesce(blocked_until, ''), excluded.blocked_until)",
        [host, iso(until)],
    )


def pauses(db: Database, now: datetime) -> dict[str, float]:
    """Return the hosts whose pause isn't over, with the seconds left."""
    rows = db.execute("select host, blocked_until from host_notes where blocked_until > ?", [iso(now)]).fetchall()
    return {host: (from_iso(until) - now).total_seconds() for host, until in rows}
