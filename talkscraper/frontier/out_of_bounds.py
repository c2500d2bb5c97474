"""Addresses that wait to be fetched when their source's ``since`` or ``until`` changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.frontier.model import OUT_OF_BOUNDS
from talkscraper.sources.bounds import Bounds
from talkscraper.store.database import from_iso
from talkscraper.urls.periods import period_of_article

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source


def refuse_out_of_bounds(db: Database, source: Source) -> int:
    """Refuse the never fetched articles of a source that are known to be outside of its bounds; return how many.

    Wider bounds make them due again, as every change of a source's settings does with what was refused.
    """
    bounds = Bounds.of(source)
    if not bounds:
        return 0
    rows = db.execute(
        "select id, url, declared_at from urls where source_id = ? and kind = 'article' and last_fetched_at is null"
        " and state = 'due'",
        [source.id],
    ).fetchall()
    outside = [row[0] for row in rows if _is_outside(bounds, row[1], row[2])]
    db.conn.executemany(
        "update urls set state = 'refused', next_due = null, reason = ? where id = ?",
        [(OUT_OF_BOUNDS, url_id) for url_id in outside],
    )
    return len(outside)


def _is_outside(bounds: Bounds, url: str, declared: str | None) -> bool:
    if declared is not None:
        return bounds.exclude_moment(from_iso(declared))
    named = period_of_article(url)
    return named is not None and bounds.exclude(named)
