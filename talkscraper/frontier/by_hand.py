"""Addresses that an operator gives to a run: due at once, whatever their rhythm, and what became of each.

They are rows of ``urls`` like all others, so what a stopped run didn't fetch stays due. ``requests_by_hand`` holds the
list of each run; the run fetches, of sources that weren't named, only what is on its list.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.frontier.lease_queue import lease_rows
from talkscraper.sources.seed_kinds import ARTICLE, priority_of
from talkscraper.store.database import iso
from talkscraper.urls.canonical import urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.frontier.model import Lease

BY_HAND = "by hand"
"""``urls.discovered_via`` of addresses that no seed named first."""

OUTCOMES = {
    "new": "an article that the archive didn't have",
    "revised": "its content differs from the last revision",
    "unchanged": "as it was when last captured",
    "read": "a feed, sitemap, section or homepage: what it names is due",
    "captured": "captured, and no article: a listing, a notice, a gallery without text",
    "same": "another spelling of an address in the list",
    "failed": "not captured, or not as an article: the detail says why",
}
"""Every value of ``requests_by_hand.outcome``, and its meaning; NULL: not fetched yet, and due."""
FAILED = "failed"
CAPTURED = "captured"
_STORED = {"new": "new", "revised": "revised", "changed": "revised", "unchanged": "unchanged", "older": "unchanged"}
"""The outcomes of storing a page (``ingest.page``) that mean there is an article, as a run's list has them."""
_NOT_KEPT = frozenset({"taken-down", "reserved", "gone", "unread"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An address given by hand."""

    url: str
    """As given."""
    address: str
    """As it is fetched."""
    source_id: str
    kind: str = ARTICLE
    refusal: str | None = None
    """Why it is never fetched, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNote:
    """What the list of a run says of an address that was tried; written with its next state (``outcomes.settle``)."""

    run_id: int
    outcome: str | None
    """A key of ``OUTCOMES``; None: it is still due."""
    detail: str | None = None

    def stored_as(self, outcome: str) -> ListNote:
        """Return the note on a page of which no more was known than that it is captured, now that it is stored."""
        if self.outcome != CAPTURED:
            return self
        if outcome in _STORED:
            return replace(self, outcome=_STORED[outcome], detail=None)
        return replace(self, outcome=FAILED, detail=outcome) if outcome in _NOT_KEPT else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of an address."""

    url: str
    source: str
    outcome: str | None
    """A key of ``OUTCOMES``; None: it is still due."""
    detail: str | None
    article_id: str | None


_ADD = """
insert into urls (url, urlkey, source_id, kind, state, next_due, priority, discovered_at, discovered_via)
values (:url, :urlkey, :source_id, :kind, 'due', :now, :priority, :now, :via)
on conflict (url) do update set
    source_id = excluded.source_id, next_due = excluded.next_due, failures = 0,
    state = case when urls.state in ('gone', 'failed', 'refused') then 'due' else urls.state end,
    full_fetch_at = case when :full then null else urls.full_fetch_at end
returning id
"""


def add(db: Database, requests: Iterable[Request], *, run_id: int, now: datetime, full: bool) -> None:
    """Make addresses due and put them on the list of a run; ``full``: they are fetched unconditionally."""
    moment = iso(now)
    for each in requests:
        if each.refusal is not None:
            _list(db, each, run_id, moment, outcome=FAILED, detail=each.refusal)
            continue
        values = {
            "url": each.address,
            "urlkey": urlkey(each.address),
            "source_id": each.source_id,
            "kind": each.kind,
            "now": moment,
            "priority": priority_of(each.kind),
            "via": BY_HAND,
            "full": full,
        }
        ((url_id,),) = db.execute(_ADD, values).fetchall()
        first = db.execute(
            "select url from requests_by_hand where run_id = ? and url_id = ? and url <> ?", [run_id, url_id, each.url]
        ).fetchone()
        if first is not None:
            _list(db, each, run_id, moment, url_id=url_id, outcome="same", detail=f"the same address as {first[0]}")
        else:
            _list(db, each, run_id, moment, url_id=url_id)


def _list(
    db: Database,
    request: Request,
    run_id: int,
    moment: str,
    *,
    url_id: int | None = None,
    outcome: str | None = None,
    detail: str | None = None,
) -> None:
    db.execute(
        "insert or ignore into requests_by_hand (run_id, url, url_id, source_id, asked_at, done_at, outcome, detail)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        [run_id, request.url, url_id, request.source_id, moment, moment if outcome else None, outcome, detail],
    )


def lease(db: Database, source_id: str, *, run_id: int, now: datetime, limit: int) -> list[Lease]:
    """Lease up to ``limit`` addresses of a run's list, in its order."""
    return lease_rows(
        db,
        "select {columns} from urls where state in ('due', 'done', 'failed', 'gone', 'refused') and next_due <= ?"
        " and id in (select url_id from requests_by_hand where run_id = ? and source_id = ? and done_at is null)"
        " and not exists (select 1 from takedowns where takedowns.urlkey = urls.urlkey) limit ?",
        [iso(now), run_id, source_id, limit],
        run_id=run_id,
        now=now,
    )


def open_count(db: Database, source_id: str, *, run_id: int) -> int:
    """Return how many addresses of a source on a run's list haven't been fetched."""
    (count,) = db.execute(
        "select count(*) from requests_by_hand where run_id = ? and source_id = ? and done_at is null",
        [run_id, source_id],
    ).fetchone()
    return int(count)


def note_answer(db: Database, url_id: int, note: ListNote, *, now: datetime) -> None:
    """Write what became of an address; without an ``outcome`` it stays due, and ``detail`` says why."""
    db.execute(
        "update requests_by_hand set outcome = ?, detail = ?, done_at = ?,"
        " article_id = (select article_id from urls where id = ?)"
        " where run_id = ? and url_id = ? and done_at is null",
        [note.outcome, note.detail, iso(now) if note.outcome is not None else None, url_id, note.run_id, url_id],
    )


def counts(db: Database, run_id: int) -> dict[str | None, int]:
    """Return the number of addresses on a run's list by what became of them; those of None are still due."""
    return dict(
        db.execute("select outcome, count(*) from requests_by_hand where run_id = ? group by outcome", [run_id])
    )


def still_due_for_a_reason(db: Database, run_id: int) -> int:
    """Return how many addresses on a run's list were tried, and are still due: their host was busy, say."""
    (count,) = db.execute(
        "select count(*) from requests_by_hand where run_id = ? and done_at is null and detail is not null", [run_id]
    ).fetchone()
    return int(count)


def answers(connection: sqlite3.Connection, run_id: int) -> Iterator[Answer]:
    """Yield what became of each address, in the order of the list."""
    rows = connection.execute(
        "select url, source_id, outcome, detail, article_id from requests_by_hand where run_id = ? order by id",
        [run_id],
    )
    for url, source_id, outcome, detail, article_id in rows:
        yield Answer(url=url, source=source_id, outcome=outcome, detail=detail, article_id=article_id)


def retry_failed(db: Database, source_ids: Iterable[str], *, now: datetime) -> int:
    """Make every failed address of these sources due, those given up too; return how many."""
    return sum(
        int(
            db.execute(
                "update urls set state = 'due', next_due = ?, failures = 0 where source_id = ? and state = 'failed'",
                [iso(now), source_id],
            ).rowcount
        )
        for source_id in source_ids
    )


def look_at_everything(db: Database, source_id: str, *, now: datetime) -> int:
    """Make every seed and every known article of a source due, to be fetched unconditionally; return how many.

    Articles that are gone or were given up are among them; what is refused by decision isn't.
    """
    cursor = db.execute(
        "update urls set state = case when state in ('gone', 'failed') then 'due' else state end, failures = 0,"
        " next_due = min(coalesce(next_due, ?), ?), full_fetch_at = null"
        " where source_id = ? and state not in ('refused', 'leased')",
        [iso(now), iso(now), source_id],
    )
    return int(cursor.rowcount)
