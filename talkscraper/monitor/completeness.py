"""Completeness: how much of what feeds, sitemaps and listings named on a day is archived, and why not more."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING

from talkscraper.store.database import open_reader

if TYPE_CHECKING:
    from talkscraper.archive_folder import ArchiveFolder

MISSING_LISTED = 200
"""Maximum number of missing addresses listed per source and day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An address that was named and has no article in the archive."""

    url: str
    via: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """Addresses named for the first time on one day, and their state."""

    source_id: str
    day: str
    named: int
    archived: int
    missing: tuple[Missing, ...]
    left_out: int = 0
    """Addresses named on this day beyond a cap, or displaced by newer ones; not among ``named``."""

    @property
    def share(self) -> float:
        """Archived divided by named, 0.0 to 1.0."""
        return self.archived / self.named if self.named else 1.0


_NAMED = """
select m.source_id, m.day, m.url, m.via, u.state, u.reason, u.last_status,
       coalesce(u.article_id, (select article_id from aliases where url = m.url),
                (select id from articles where url = m.url)) as article
from mentions m left join urls u on u.url = m.url
where m.day >= ? and m.day <= ?
order by m.source_id, m.day desc, m.url
"""


_WHY = """
select (select page_kind from captures where url = :url and page_kind is not null order by captured_at desc limit 1)
           as page_kind,
       (select detail from fetch_failures where url = :url order by id desc limit 1) as failure
"""
"""What is known of an address that has no article; asked only of those that are listed."""


def completeness(folder: ArchiveFolder, *, since: date, until: date, source: str | None = None) -> list[SourceDay]:
    """Return the days from ``since`` to ``until`` (UTC, inclusive) per source, the newest day first."""
    connection = open_reader(folder.database)
    try:
        return _days(connection, since, until, source)
    finally:
        connection.close()


def _days(connection: sqlite3.Connection, since: date, until: date, source: str | None) -> list[SourceDay]:
    days: dict[tuple[str, str], tuple[list[bool], list[Missing]]] = {}
    for row in connection.execute(_NAMED, [since.isoformat(), until.isoformat()]):
        if source is not None and row["source_id"] != source:
            continue
        archived, missing = days.setdefault((row["source_id"], row["day"]), ([], []))
        archived.append(row["article"] is not None)
        if row["article"] is None and len(missing) < MISSING_LISTED:
            why = connection.execute(_WHY, {"url": row["url"]}).fetchone()
            missing.append(Missing(url=row["url"], via=row["via"], reason=_reason(row, why)))
    left_out = {
        (row["source_id"], row["day"]): row["left_out"] + row["dropped"]
        for row in connection.execute(
            "select source_id, day, left_out, dropped from intake where day >= ? and day <= ?"
            " and left_out + dropped > 0",
            [since.isoformat(), until.isoformat()],
        )
        if source is None or row["source_id"] == source
    }
    return [
        SourceDay(
            source_id=source_id,
            day=day,
            named=len(archived),
            archived=sum(archived),
            missing=tuple(missing),
            left_out=left_out.get((source_id, day), 0),
        )
        for source_id, day in sorted(sorted({*days, *left_out}, key=itemgetter(1), reverse=True), key=itemgetter(0))
        for archived, missing in [days.get((source_id, day), ([], []))]
    ]


def _reason(row: sqlite3.Row, why: sqlite3.Row) -> str:
    """Return why a named address has no article, the most specific reason first."""
    state, reason = row["state"], row["reason"]
    if state is None:
        return "forgotten by the frontier"
    if state == "refused":
        return f"refused: {reason or 'by a rule'}"
    if state == "gone":
        return f"gone: {reason or row['last_status']}"
    if state == "failed":
        return f"failed: {why['failure'] or reason or row['last_status']}"
    if state in ("due", "leased"):
        return f"not fetched yet{f' ({reason})' if reason else ''}"
    if why["page_kind"] is not None:
        return f"not an article: {why['page_kind']}{f' ({reason})' if reason else ''}"
    return reason or "fetched, and no article was found"
