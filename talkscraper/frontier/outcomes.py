"""Results of fetches: written in the transaction that stores the article, so that the two can't disagree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from talkscraper.frontier import by_hand, schedule
from talkscraper.frontier.model import Fate, Lease, Settlement, UrlState
from talkscraper.store.database import iso

if TYPE_CHECKING:
    from sqlite_utils import Database


def settle(
    db: Database,
    lease: Lease,
    settlement: Settlement,
    *,
    ladder: Sequence[timedelta],
    now: datetime,
    note: by_hand.ListNote | None = None,
) -> None:
    """Move a leased row to its next state and compute when it is due again.

    ``ladder`` holds the ages at which the source's articles are fetched again (empty: fetched once). ``note`` is for
    the list of a run that has one.
    """
    changes = _changes(lease, settlement, ladder, now)
    changes["lease_run"] = None
    changes["lease_until"] = None
    assignments = ", ".join(f"{column} = ?" for column in changes)
    db.execute(f"update urls set {assignments} where id = ?", [*changes.values(), lease.id])
    if note is not None:
        by_hand.note_answer(db, lease.id, note, now=now)


def requisites_done(db: Database, url_id: int) -> None:
    """Note that the page's requisites are all captured or given up."""
    db.execute("update urls set requisites_pending = 0 where id = ?", [url_id])


def _changes(lease: Lease, settlement: Settlement, ladder: Sequence[timedelta], now: datetime) -> dict[str, Any]:
    if settlement.fate is Fate.DEFERRED:
        return {"state": str(UrlState.DUE), "next_due": iso(settlement.retry_at or now), "reason": settlement.reason}
    changes: dict[str, Any] = {"last_status": settlement.status, "reason": settlement.reason}
    if settlement.fate is Fate.REFUSED:
        # fetched again when its rule may have changed: robots.txt is read again a week later
        due_again = settlement.retry_at or (None if lease.is_article else now + schedule.MAX_RETRY)
        return changes | {"state": str(UrlState.REFUSED), "next_due": iso(due_again) if due_again is not None else None}
    changes["last_fetched_at"] = iso(now)
    if settlement.fate is Fate.FAILED:
        return changes | _failed(lease, settlement, now)
    if settlement.fate is Fate.GONE:
        return changes | _gone(lease, now)
    changes |= {
        "state": str(UrlState.DONE),
        "failures": 0,
        "gone_at": None,
        "requisites_pending": int(settlement.requisites_pending),
    }
    if settlement.fate is Fate.CHANGED:
        changes["last_changed_at"] = iso(now)
    if settlement.status != 304:
        changes["etag"] = settlement.etag
        changes["last_modified"] = settlement.last_modified
    if settlement.payload_digest:
        changes["payload_digest"] = settlement.payload_digest
    if settlement.lying_validators is not None:
        changes["lying_validators"] = int(settlement.lying_validators)
    if settlement.unconditional:
        changes["full_fetch_at"] = iso(now)
    if settlement.article_id:
        changes["article_id"] = settlement.article_id
    if lease.is_article:
        declared = lease.declared_at or settlement.published_at
        if declared is not None:
            changes["declared_at"] = iso(declared)
        final = settlement.final or (lease.is_old and declared is None)
        rung = None if final else schedule.next_rung(ladder, _born(lease, declared), now)
        changes["next_due"] = iso(rung) if rung is not None else None
    else:
        elapsed = now - lease.last_fetched_at if lease.last_fetched_at is not None else None
        interval = schedule.next_interval(
            lease.interval_s,
            changed=settlement.fate is Fate.CHANGED,
            elapsed=elapsed,
            first=lease.seed_kind.first_interval,
        )
        changes["interval_s"] = round(interval.total_seconds())
        changes["next_due"] = iso(now + interval)
        if settlement.named is not None:
            changes["named"] = settlement.named
        if settlement.incomplete:
            changes |= {"etag": None, "last_modified": None, "payload_digest": None}
            changes["next_due"] = iso(min(now + interval, schedule.next_day(now)))
    return changes


def _failed(lease: Lease, settlement: Settlement, now: datetime) -> dict[str, Any]:
    failures = lease.failures + 1
    rest = schedule.retry_article(failures) if lease.is_article else schedule.retry_seed(failures)
    due = settlement.retry_at or (now + rest if rest is not None else None)
    return {"state": str(UrlState.FAILED), "failures": failures, "next_due": iso(due) if due is not None else None}


def _gone(lease: Lease, now: datetime) -> dict[str, Any]:
    # a feed or section that answers 404 is fetched again at growing intervals: many come back
    failures = lease.failures + 1
    seed = not lease.is_article
    return {
        "state": str(UrlState.FAILED if seed else UrlState.GONE),
        "failures": failures,
        "gone_at": iso(now),
        "next_due": iso(now + schedule.retry_seed(failures)) if seed else None,
    }


def _born(lease: Lease, declared: datetime | None) -> datetime:
    # a published time later than the discovery of the page can't be right
    if declared is not None and declared <= lease.discovered_at:
        return declared
    return lease.discovered_at
