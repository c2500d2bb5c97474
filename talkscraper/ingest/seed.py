"""One seed: the links of a homepage, feed, sitemap or listing become rows, with its own row in the frontier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.frontier import additions, outcomes
from talkscraper.frontier.model import Discovered, Fate, Lease, Settlement
from talkscraper.sources.seed_kinds import seed_kind

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.discovery.model import Link
    from talkscraper.frontier.by_hand import ListNote


def store_links(
    db: Database,
    lease: Lease,
    links: Iterable[Link],
    settlement: Settlement,
    ladder: Sequence[timedelta],
    now: datetime,
    *,
    max_new: int,
    validators_same: bool = False,
    read_as: str | None = None,
    note: ListNote | None = None,
) -> Discovered:
    """Store the links of a seed that was fetched, and settle its row; return the effect on the frontier.

    ``read_as`` is the kind of seed that the document turned out to be, if it isn't the expected one. ``note`` is for
    the list of a run that has one.

    It counts as changed if it named something new: a time stamp, an advertisement or another order doesn't count.
    """
    since = lease.last_fetched_at
    kind = seed_kind(read_as) if read_as is not None else lease.seed_kind
    if kind.max_depth is not None and _nested(db, lease.url, kind.name, kind.max_depth) >= kind.max_depth:
        links = [link for link in links if link.kind != kind.name]
    discovered = additions.note_links(
        db,
        lease.source_id,
        links,
        via=lease.url,
        now=now,
        since=since,
        max_new=max_new,
        lists_old=kind.lists_old,
    )
    fate = Fate.CHANGED if discovered.fresh else Fate.UNCHANGED
    # something new is named although the validators haven't changed: a conditional request would have hidden it
    lying = True if validators_same and discovered.new else settlement.lying_validators
    incomplete = any(discovered.left_out.get(word) for word in ("new-addresses", "waiting-addresses"))
    settlement = replace(
        settlement, fate=fate, lying_validators=lying, named=discovered.articles, incomplete=incomplete
    )
    outcomes.settle(db, lease, settlement, ladder=ladder, now=now, note=note)
    return discovered


def _nested(db: Database, url: str, kind: str, most: int) -> int:
    """Return the number of documents of a kind that led to this one, at most ``most``; deeper ones are a trap."""
    depth = 0
    while depth < most:
        row = db.execute(
            "select via.url from urls join urls via on via.url = urls.discovered_via and via.kind = ?"
            " where urls.url = ?",
            [kind, url],
        ).fetchone()
        if row is None:
            return depth
        depth, url = depth + 1, row[0]
    return depth
