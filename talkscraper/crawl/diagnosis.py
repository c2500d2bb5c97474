"""Why a source brought nothing: judged from what happened in this run, and from the source's own history.

The first rule that fits wins; the order is that of causes: who doesn't answer can't be empty.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from talkscraper.crawl.report import Tally
from talkscraper.store.database import from_iso

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

TOLERATED_FAILURES = 0.02
"""A run in which no more of the answered pages than this failed is called ok."""
UNREADABLE_PAGES = 3
"""So many new pages without text, and not one with: it isn't the page, it's the site."""
WEEKS = 8
"""The silence is compared with those around the same hour of the same weekday, so many weeks back."""
HALF_DAY = timedelta(hours=12)
WEEKS_NEEDED = 3
LEAST_SILENCE = timedelta(hours=12)
MARGIN = 1.5
"""Longer than the longest of those silences by this factor is unusual."""
FRESH = timedelta(days=2)
"""An article that was older when it was found says nothing of when the newsroom was at work."""
_EXACT = ("second", "minute", "hour")
_CONNECTION = ("dns", "refused", "timeout", "connection", "certificate", "robots-unreachable", "paused", "address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A diagnosis (a key of ``report.DIAGNOSES``), and what makes it so."""

    word: str
    detail: str | None = None


def diagnose(db: Database, *, source: Source, tally: Tally, now: datetime) -> Verdict:
    """The diagnosis of one source after a run."""
    error = tally.first_error
    if tally.moved_to is not None:
        return Verdict(word="moved", detail=f"the front page leads to {tally.moved_to}")
    if tally.stopped_by == "blocked" or (_blocked(tally) and not tally.new and not tally.unchanged):
        return Verdict(word="blocked", detail=error)
    if tally.stopped_by == "unreachable" or (not tally.seeds_answered and _silent(tally)):
        return Verdict(word="unreachable", detail=error)
    if tally.stopped_by is not None:
        return Verdict(word="stopped", detail=tally.stopped_by)
    if not tally.seeds_answered and not tally.seeds_failed and not tally.fetched and not tally.failed:
        return Verdict(word="idle")
    unreadable = sum(tally.page_kinds.values())
    if unreadable >= UNREADABLE_PAGES and not _readable(tally):
        return Verdict(word="parser-broke", detail=f"no text on any of {unreadable} pages: {error or _kinds(tally)}")
    known = _articles_known(db, source.id)
    if not known:
        return Verdict(word="no-articles", detail=error or "nothing that its pages name looks like an article")
    broken = _names_nothing(tally)
    if broken is not None:
        return broken
    tried = tally.fetched + tally.failed
    if tally.failed and tally.failed > TOLERATED_FAILURES * tried:
        more = f" (and {tally.failed - 1} more)" if tally.failed > 1 else ""
        return Verdict(word="failing", detail=f"{error}{more}")
    if known == tally.new:
        return Verdict(word="first")
    if tally.new or not tally.seeds_answered:
        # where nothing that names articles was asked, nothing new could have come
        return Verdict(word="ok")
    return _of_history(db, source.id, now)


def _names_nothing(tally: Tally) -> Verdict | None:
    """Its seeds were read, and not one of them names an article any more."""
    read = tally.feeds_read + tally.listings_read
    if not read or tally.found or tally.feeds_empty + tally.listings_empty < read:
        return None
    if tally.seeds_unchanged:
        return None
    if tally.feeds_read and not tally.listings_read:
        return Verdict(word="feed-empty", detail=f"{tally.feeds_read} feeds and sitemaps answered, all empty")
    return Verdict(word="listing-broke", detail=f"{read} feeds and pages answered, and none names an article")


def _of_history(db: Database, source_id: str, now: datetime) -> Verdict:
    """Whether the silence is longer than it was around this hour of the week in the weeks before it began."""
    rows = db.execute(
        "select first_captured_at, published_at, published_precision from articles"
        " where source_id = ? and first_captured_at > ("
        " select datetime(max(first_captured_at), ?) from articles where source_id = ?)",
        [source_id, f"-{(WEEKS + 2) * 7} days", source_id],
    ).fetchall()
    # what names articles most often was looked at just now, or so long ago
    looked = db.execute(
        "select last_fetched_at from urls where source_id = ? and kind != 'article' and state = 'done'"
        " and last_fetched_at is not null order by interval_s, last_fetched_at desc limit 1",
        [source_id],
    ).fetchone()
    poll = now - from_iso(looked[0]) if looked else timedelta(0)
    return of_times(sorted(_born(*row) for row in rows), now, poll=max(poll, timedelta(0)))


def _born(captured: str, published: str | None, precision: str | None) -> datetime:
    """When an article appeared: by its own word, where that is plausible, for its capture waited for a look of ours."""
    first_seen = from_iso(captured)
    if published is None or precision not in _EXACT:
        return first_seen
    moment = from_iso(published)
    return moment if timedelta(0) <= first_seen - moment <= FRESH else first_seen


def of_times(times: Sequence[datetime], now: datetime, *, poll: timedelta = timedelta(0)) -> Verdict:
    """``ok`` or ``quiet``, from the instants (ascending) at which new articles appeared.

    ``poll`` is how long ago the source was last looked at: an article may be waiting for its capture since then.
    """
    if not times:
        return Verdict(word="ok")
    silence = now - times[-1]
    # the silence itself is no measure of what is usual: only weeks that ended before it count
    first = ceil(silence / timedelta(weeks=1))
    usual = [
        longest
        for week in range(max(1, first), max(1, first) + WEEKS)
        if (longest := _longest_silence(times, now - timedelta(weeks=week))) is not None
    ]
    if len(usual) < WEEKS_NEEDED or silence < LEAST_SILENCE or silence <= max(usual) * MARGIN + poll:
        return Verdict(word="ok")
    hours, longest_hours = silence.total_seconds() / 3600, max(usual).total_seconds() / 3600
    return Verdict(
        word="quiet",
        detail=f"nothing new for {hours:.0f} h; around this hour of the week it was never more than "
        f"{longest_hours:.0f} h",
    )


def _longest_silence(times: Sequence[datetime], around: datetime) -> timedelta | None:
    """The longest silence that was felt within half a day of ``around``; None before there was anything."""
    start, end = around - HALF_DAY, min(around + HALF_DAY, times[-1])
    felt = [
        moment - times[before - 1]
        for moment in (*times[bisect_left(times, start) : bisect_right(times, end)], end)
        if (before := bisect_left(times, moment))
    ]
    return max(felt, default=None)


def _kinds(tally: Tally) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in tally.page_kinds.most_common())


def _silent(tally: Tally) -> bool:
    return any(tally.refusals[word] for word in _CONNECTION) or any(
        word.startswith("status-5") for word in tally.refusals
    )


def _blocked(tally: Tally) -> bool:
    words = ("status-401", "status-403", "status-429", "status-451", "blocked", "consent", "robots")
    return any(tally.refusals[word] for word in words)


def _readable(tally: Tally) -> bool:
    return any(tally.page_kinds[kind] for kind in ("article", "live", "gallery", "paywall-stub", "listing"))


def _articles_known(db: Database, source_id: str) -> int:
    (count,) = db.execute("select count(*) from articles where source_id = ?", [source_id]).fetchone()
    return int(count)
