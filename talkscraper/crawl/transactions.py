"""Writes of a crawl: each function is the body of one transaction on the archive writer's thread.

An article's rows and its frontier row change together or not at all.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.crawl import retention
from talkscraper.discovery.model import LinkKind
from talkscraper.discovery.rights import Signal
from talkscraper.frontier import additions, lease_queue, outcomes, seeds
from talkscraper.frontier.model import Discovered, Fate, Lease, Settlement, UrlKind
from talkscraper.model import Capture, Extraction, RecordType
from talkscraper.monitor.run_report import RunReport
from talkscraper.sources.model import Source
from talkscraper.sources.robots_rules import RobotsRules
from talkscraper.store import articles, page_captures, requisites, revisits, signals
from talkscraper.store.database import from_iso, iso
from talkscraper.urls.canonical import urlkey
from talkscraper.version import __version__

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.discovery.model import Link
    from talkscraper.store.articles import Stored

ROBOTS_LIFETIME = timedelta(hours=24)
"""Maximum age of cached robots.txt rules (RFC 9309 §2.4)."""
REQUISITE_LIFETIME = timedelta(days=7)
"""Age below which a captured picture, style sheet or font isn't fetched again."""
MAX_NESTED = 3
"""Maximum depth of nested sitemap indexes; deeper ones are a trap."""
_IN_CLAUSE = 500


def begin_run(db: Database, *, command: str, now: datetime) -> int:
    """Write the run's row; give back the leases of runs that died, and mark those runs as died.

    The first run of a day also applies the retention periods.
    """
    last = db.execute("select max(started_at) from runs").fetchone()[0]
    if last is not None and last[:10] != iso(now)[:10]:
        retention.thin(db, now=now)
    db.execute(
        "update runs set finished_at = ?, exit_code = ?, reason = 'died' where finished_at is null", [iso(now), 1]
    )
    lease_queue.give_back(db, now=now)
    lease_queue.resume_requisites(db, now=now)
    cursor = db.execute(
        "insert into runs (command, started_at, pid, host, version) values (?, ?, ?, ?, ?)",
        [command, iso(now), os.getpid(), platform.node(), __version__],
    )
    assert cursor.lastrowid is not None
    return int(cursor.lastrowid)


def begin_source(db: Database, source: Source, *, named: bool, now: datetime) -> None:
    """Write the source's row and seeds, and make due what this run must fetch."""
    seeds.seed(db, source, now=now)
    always = is_always(source)
    if named or always:
        lease_queue.make_seeds_due(db, source.id, now=now)
    if always:
        lease_queue.make_articles_due(db, source.id, now=now)


def note_absent(
    db: Database, *, enabled: Mapping[str, Source], disabled: Mapping[str, Source], now: datetime
) -> list[seeds.Removed]:
    """Note the sources that no run fetches, because they are disabled or removed; return the newly removed ones."""
    return seeds.note_absent(db, enabled=enabled, disabled=disabled, now=now)


def make_homepage_due(db: Database, source_id: str, now: datetime) -> None:
    """Make the homepage due in this run, unless its own last fetch failed."""
    lease_queue.make_homepage_due(db, source_id, now=now)


def end_run(db: Database, report: RunReport, *, now: datetime) -> None:
    """Write the run's figures, and give back the leases it still holds."""
    lease_queue.give_back(db, now=now)
    for source in report.sources:
        values = {
            "run_id": report.run_id,
            "source_id": source.source_id,
            "found": source.found,
            "fetched": source.fetched,
            "new": source.new,
            "revised": source.revised,
            "unchanged": source.unchanged,
            "failed": source.failed,
            "skipped": source.skipped,
            "bytes": source.bytes,
            "page_kinds": json.dumps(source.page_kinds, sort_keys=True),
            "min_gap_s": source.min_gap_s,
            "median_gap_s": source.median_gap_s,
            "delay_s": source.delay_s,
            "diagnosis": source.diagnosis if source.detail is None else f"{source.diagnosis}: {source.detail}",
            "left_out": source.left_out,
            "capped": source.capped,
        }
        db.execute(
            f"insert or replace into run_sources ({', '.join(values)}) values ({', '.join('?' * len(values))})",
            list(values.values()),
        )
        db.execute("update sources set last_crawled_at = ? where id = ?", [iso(now), source.source_id])
    db.execute(
        "update runs set finished_at = ?, exit_code = ?, reason = ?, summary = ? where id = ?",
        [
            iso(report.finished_at),
            int(report.exit_code),
            report.reason,
            json.dumps(report.summary(), ensure_ascii=False),
            report.run_id,
        ],
    )


def settle(db: Database, lease: Lease, settlement: Settlement, ladder: Sequence[timedelta], now: datetime) -> None:
    """Settle an address that brought neither links nor an article."""
    outcomes.settle(db, lease, settlement, ladder=ladder, now=now)


def settle_same(
    db: Database,
    lease: Lease,
    capture: Capture,
    settlement: Settlement,
    ladder: Sequence[timedelta],
    now: datetime,
) -> None:
    """Settle an unchanged page: count another look at its article, even if its payload was stored again.

    A revisit was counted when its row was written.
    """
    if capture.record_type is not RecordType.REVISIT:
        revisits.inherit(db, capture.id)
    outcomes.settle(db, lease, settlement, ladder=ladder, now=now)


def store_article(
    db: Database,
    lease: Lease,
    capture: Capture,
    extraction: Extraction,
    settlement: Settlement,
    ladder: Sequence[timedelta],
    now: datetime,
    *,
    validators_same: bool = False,
    hops: Sequence[str] = (),
) -> Stored:
    """Store an article page in one transaction: its rows, redirecting aliases, rights signals and frontier row."""
    stored = articles.store_extraction(db, capture, extraction, source_id=lease.source_id, now=now, until=now)
    if stored.article_id is not None:
        page_captures.note_hops(db, hops, stored.article_id, capture)
    signals.note_page_signals(db, lease.source_id, capture, extraction)
    # the text has changed although the validators haven't: a conditional request would have hidden the change
    lying = True if validators_same and stored.outcome == "revised" else settlement.lying_validators
    settlement = replace(settlement, article_id=stored.article_id, lying_validators=lying)
    outcomes.settle(db, lease, settlement, ladder=ladder, now=now)
    return stored


def begin_foreign(db: Database, name: str) -> None:
    """Write the row of the source that represents another project's spider."""
    db.execute("insert or ignore into sources (id, name, homepage) values (?, ?, '')", [name, name])


def store_foreign(db: Database, capture: Capture, extraction: Extraction, source_id: str, now: datetime) -> Stored:
    """Store a page of another project: rows and signals, no frontier."""
    stored = articles.store_extraction(db, capture, extraction, source_id=source_id, now=now, until=now)
    signals.note_page_signals(db, source_id, capture, extraction)
    return stored


def store_signals_only(
    db: Database,
    lease: Lease,
    capture: Capture,
    extraction: Extraction,
    settlement: Settlement,
    ladder: Sequence[timedelta],
    now: datetime,
) -> None:
    """Store only the rights signals of a page whose text the source's policy forbids keeping; the capture stays."""
    signals.note_page_signals(db, lease.source_id, capture, extraction)
    outcomes.settle(db, lease, settlement, ladder=ladder, now=now)


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
) -> Discovered:
    """Store the links of a homepage, feed, sitemap or listing, and its own frontier row.

    It counts as changed if it named something new: a time stamp, an advertisement or another order doesn't count.
    """
    since = lease.last_fetched_at
    if lease.kind is UrlKind.SITEMAP and _nested(db, lease.url) >= MAX_NESTED:
        links = [link for link in links if link.kind is not LinkKind.SITEMAP]
    discovered = additions.note_links(
        db,
        lease.source_id,
        links,
        via=lease.url,
        now=now,
        since=since,
        max_new=max_new,
        of_sitemap=lease.kind is UrlKind.SITEMAP,
    )
    fate = Fate.CHANGED if discovered.fresh else Fate.UNCHANGED
    # something new is named although the validators haven't changed: a conditional request would have hidden it
    lying = True if validators_same and discovered.new else settlement.lying_validators
    incomplete = any(discovered.left_out.get(word) for word in ("new-addresses", "waiting-addresses"))
    settlement = replace(
        settlement, fate=fate, lying_validators=lying, named=discovered.articles, incomplete=incomplete
    )
    outcomes.settle(db, lease, settlement, ladder=ladder, now=now)
    return discovered


def _nested(db: Database, url: str) -> int:
    """Return the number of sitemaps that led to this one."""
    depth = 0
    while depth < MAX_NESTED:
        row = db.execute(
            "select via.url from urls join urls via on via.url = urls.discovered_via and via.kind = 'sitemap'"
            " where urls.url = ?",
            [url],
        ).fetchone()
        if row is None:
            return depth
        depth, url = depth + 1, row[0]
    return depth


def note_links(db: Database, source_id: str, links: Iterable[Link], via: str, now: datetime) -> Discovered:
    """Store links from robots.txt."""
    return additions.note_links(db, source_id, links, via=via, now=now)


def note_failure(
    db: Database, *, run_id: int, source_id: str, url: str, error: str, detail: str | None, now: datetime
) -> None:
    """Store the failure of an address; completeness reports cite its row as the reason."""
    db.execute(
        "insert into fetch_failures (run_id, source_id, url, failed_at, error, detail) values (?, ?, ?, ?, ?, ?)",
        [run_id, source_id, url, iso(now), error, detail],
    )


def note_signals(
    db: Database, source_id: str | None, found: Iterable[Signal], *, capture_id: str | None, now: datetime
) -> None:
    """Store rights signals with the days on which they were first and last seen."""
    signals.note_signals(db, source_id, found, capture_id=capture_id, seen_at=now)


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
    """Store until when a host asked for a pause; the next run obeys it."""
    db.execute(
        "insert into host_notes (host, blocked_until) values (?, ?)"
        " on conflict (host) do update set blocked_until = excluded.blocked_until",
        [host, iso(until)],
    )


def pauses(db: Database, now: datetime) -> dict[str, float]:
    """Return the hosts whose pause isn't over, with the seconds left."""
    rows = db.execute("select host, blocked_until from host_notes where blocked_until > ?", [iso(now)]).fetchall()
    return {host: (from_iso(until) - now).total_seconds() for host, until in rows}


def missing_requisites(db: Database, urls: Sequence[str], now: datetime) -> list[str]:
    """Return those of a page's requisites that have no good capture of the last days and weren't taken down."""
    since = iso(now - REQUISITE_LIFETIME)
    have: set[str] = set()
    for start in range(0, len(urls), _IN_CLAUSE):
        part = urls[start : start + _IN_CLAUSE]
        keys = {urlkey(url): url for url in part}
        marks = ", ".join("?" * len(part))
        rows = db.execute(
            f"select distinct url from captures where url in ({marks}) and captured_at >= ? and status < 400"
            " and lost_at is null",
            [*part, since],
        ).fetchall()
        have.update(row[0] for row in rows)
        rows = db.execute(
            f"select urlkey from takedowns where urlkey in ({', '.join('?' * len(keys))})", list(keys)
        ).fetchall()
        have.update(keys[row[0]] for row in rows)
    return [url for url in urls if url not in have]


def requisites_done(db: Database, lease: Lease, needs: Sequence[requisites.Pair]) -> None:
    """Store that a page has all its requisites; ``needs``: its record id, and those captured for other pages."""
    requisites.add(db, needs)
    outcomes.requisites_done(db, lease.id)


def mark_gone(
    db: Database,
    lease: Lease,
    capture: Capture,
    settlement: Settlement,
    ladder: Sequence[timedelta],
    now: datetime,
) -> bool:
    """Mark an article as gone, with day and reason; its rows stay. Return whether there was one."""
    outcomes.settle(db, lease, settlement, ladder=ladder, now=now)
    return articles.mark_gone(db, lease.url, reason=settlement.reason or "gone", now=capture.captured_at)


def articles_due(db: Database, source_id: str, now: datetime) -> int:
    """Return the number of due articles that weren't fetched because a budget ended the source."""
    return lease_queue.due_count(db, source_id, now=now, kinds=(UrlKind.ARTICLE,))


def is_always(source: Source) -> bool:
    """Whether every run fetches every article of the source."""
    return source.recrawl.always


def ladder_of(source: Source) -> tuple[timedelta, ...]:
    """Return the ages at which the source's articles are fetched again."""
    return tuple(source.recrawl.ages)
