"""Diagnosis of a source that brought nothing, from this run and the source's history.

The first matching rule applies; the rules are in the order of causes, since a site that doesn't respond can't be empty.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from talkscraper.monitor.run_report import BAD, Tally
from talkscraper.sources.hours import in_words
from talkscraper.sources.seed_kinds import plurals, seed_kind, seed_kinds
from talkscraper.store.database import from_iso

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

TOLERATED_FAILURES = 0.02
"""Maximum share of failed pages among the answered ones in a run that is diagnosed as ok."""
UNREADABLE_PAGES = 3
"""Number of new pages without text, and none with, from which the site's layout is the cause, not the page."""
WEEKS = 8
"""Number of weeks back: the silence is compared with those around the same hour of the same weekday."""
HALF_DAY = timedelta(hours=12)
WEEKS_NEEDED = 3
MIN_SILENCE = timedelta(hours=12)
MARGIN = 1.5
"""Factor over the longest of those silences above which a silence is unusual."""
FRESH = timedelta(days=2)
"""Maximum age of an article when found for its time to count as the newsroom's activity."""
IMPROBABLE = 0.01
"""Probability from which as many refused addresses in a row are no chance."""
_EXACT = ("second", "minute", "hour")
MANY = 3
"""Minimum number of failed pages from which a source is judged."""
_LOGIN_REFUSALS = ("status-401", "status-402", "status-403", "login", "blocked", "consent")
_REFUSALS = (*_LOGIN_REFUSALS, "status-429", "status-451", "robots")
_CONNECTION = (
    "dns",
    "refused",
    "timeout",
    "connection",
    "certificate",
    "robots-unreachable",
    "paused",
    "address",
    "proxy",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A diagnosis (a key of ``run_report.DIAGNOSES``), and its explanation."""

    word: str
    detail: str | None = None


def diagnose(db: Database, *, source: Source, tally: Tally, now: datetime) -> Diagnosis:
    """Return the diagnosis of one source after a run.

    Seeds are only judged if they were fetched: a run that only fetched articles again can't make a source well.
    """
    error = tally.first_error
    if tally.moved_to is not None:
        return Diagnosis(word="moved", detail=f"the front page leads to {tally.moved_to}")
    if tally.stopped_by == "blocked" or _refused(tally):
        return Diagnosis(word="login-failed" if _login_failed(source, tally) else "blocked", detail=error)
    if tally.stopped_by == "unreachable" or _silent(tally):
        return Diagnosis(word="unreachable", detail=error)
    # its seeds come first in a run, so they were fetched even if a budget ended it
    broken = _names_nothing(db, source.id, tally) if tally.seeds_answered and _articles_known(db, source.id) else None
    if broken is not None and tally.passed_over:
        broken = _narrow(tally.passed_over)
    if tally.stopped_by == "hours":
        return broken or Diagnosis(word="waiting", detail=f"{in_words(source, now)}: its hours are {source.hours}")
    if tally.stopped_by == "max-requests":
        used_up = f"until 00:00 UTC: the {source.max_requests_per_day} requests to a host that a day allows are used up"
        return broken or Diagnosis(word="waiting", detail=used_up)
    if tally.stopped_by is not None:
        return broken or Diagnosis(word="stopped", detail=tally.stopped_by)
    if not (tally.seeds_answered or tally.seeds_failed or tally.fetched or tally.failed or tally.skipped):
        return Diagnosis(word="idle")
    stubs = tally.page_kinds["paywall-stub"]
    if source.has_credentials and stubs >= MANY and stubs == sum(tally.page_kinds.values()):
        return Diagnosis(word="login-failed", detail=f"all {stubs} pages show only what anyone may read")
    unreadable = sum(tally.page_kinds.values())
    if unreadable >= UNREADABLE_PAGES and not _readable(tally):
        return Diagnosis(word="parser-broke", detail=f"no text on any of {unreadable} pages: {error or _kinds(tally)}")
    earlier = _earlier(db, source.id, tally)
    looked = tally.seeds_answered or tally.seeds_failed
    if not looked and earlier is not None:
        return earlier
    known = _articles_known(db, source.id)
    if not known:
        if tally.passed_over:
            return _narrow(tally.passed_over)
        return Diagnosis(word="no-articles", detail=error or "nothing that its pages name looks like an article")
    if broken is not None:
        return broken
    if (narrow := _narrowed(db, source, tally)) is not None:
        return narrow
    tried = tally.fetched + tally.failed
    deaf = tally.seeds_failed and not tally.seeds_answered
    if tally.failed and (deaf or tally.failed > TOLERATED_FAILURES * tried):
        more = f" (and {tally.failed - 1} more)" if tally.failed > 1 else ""
        return Diagnosis(word="failing", detail=f"{error}{more}")
    if earlier is not None and earlier.word == "parser-broke":
        return earlier
    if known == tally.new:
        return Diagnosis(word="first")
    if tally.new or not tally.seeds_answered:
        # without any seed fetched, nothing new could be found
        return Diagnosis(word="ok")
    return _of_history(db, source.id, now)


def _narrow(passed_over: Iterable[str]) -> Diagnosis:
    urls = list(passed_over)
    return Diagnosis(
        word="pattern-narrow", detail=f"{len(urls)} addresses that it names match none of article_urls, as {urls[0]}"
    )


def _narrowed(db: Database, source: Source, tally: Tally) -> Diagnosis | None:
    """Whether everything that its feeds name since the last new article is refused by ``article_urls``.

    A newsroom may have pages that are refused on purpose: so many in a row must be improbable for it.
    """
    if tally.new or not tally.passed_over:
        unread = not (tally.feeds_read or tally.listings_read)
        before = _last(db, source.id) if unread and not tally.new else ("", "")
        return Diagnosis(word=before[0], detail=before[1]) if before[0] == "pattern-narrow" else None
    (last,) = db.execute(
        "select max(coalesce(declared_at, discovered_at)) from urls where source_id = ? and kind = 'article'",
        [source.id],
    ).fetchone()
    if last is None:
        return None
    moment = from_iso(last)
    newer = [url for url, declared in tally.passed_over.items() if declared is not None and declared > moment]
    older = len(tally.passed_over) - len(newer)
    refused = (older + 1) / (len(tally.found) + older + 2)
    if len(newer) < MANY or refused ** len(newer) > IMPROBABLE:
        return None
    return _narrow(newer)


def _last(db: Database, source_id: str) -> tuple[str, str]:
    """Return the last diagnosis of a run that fetched the source, and its explanation."""
    row = db.execute(
        "select diagnosis from run_sources where source_id = ? and diagnosis <> 'idle'"
        " and diagnosis not like 'stopped%' and diagnosis not like 'waiting%' order by run_id desc limit 1",
        [source_id],
    ).fetchone()
    word, _, detail = ((row[0] if row else None) or "").partition(": ")
    return word, detail


def _earlier(db: Database, source_id: str, tally: Tally) -> Diagnosis | None:
    """Return the last run's bad diagnosis, if nothing in this run refutes it."""
    word, detail = _last(db, source_id)
    if word not in BAD:
        return None
    if word == "parser-broke" and (tally.new or tally.revised or _readable(tally)):
        return None
    if (word == "failing" or (word in ("blocked", "login-failed", "unreachable") and tally.fetched)) and _seed_stands(
        db, source_id
    ):
        return None
    return Diagnosis(word=word, detail=detail or None)


def _seed_stands(db: Database, source_id: str) -> bool:
    """Whether any seed was answered when last fetched."""
    row = db.execute(
        "select 1 from urls where source_id = ? and kind <> 'article' and state not in ('failed', 'refused') limit 1",
        [source_id],
    ).fetchone()
    return row is not None


def _names_nothing(db: Database, source_id: str, tally: Tally) -> Diagnosis | None:
    """Whether the seeds are answered, but none named an article when last read, in this run or before.

    Or all seeds read in this run named some the time before, and none now.
    """
    rows = db.execute(
        "select kind, named from urls where source_id = ? and kind <> 'article'"
        " and state not in ('failed', 'refused', 'gone')",
        [source_id],
    ).fetchall()
    if not rows or any(named is None for _, named in rows):
        # unread seeds may name some: only those read in this run count
        return _named_nothing(tally)
    dried_up = tally.seeds_dried_up and not tally.found and not tally.seeds_unchanged
    if any(named for _, named in rows) and not dried_up:
        return None
    pages = any(kind in seed_kinds() and seed_kind(kind).is_page for kind, _ in rows)
    return _broken(len(rows), pages=pages)


def _named_nothing(tally: Tally) -> Diagnosis | None:
    """Whether this is so in this run alone."""
    read = tally.feeds_read + tally.listings_read
    if not read or tally.found or tally.feeds_empty + tally.listings_empty < read or tally.seeds_unchanged:
        return None
    return _broken(read, pages=tally.listings_read > 0)


def _broken(read: int, *, pages: bool) -> Diagnosis:
    if not pages:
        documents = plurals((each for each in seed_kinds().values() if not each.is_page), "and")
        return Diagnosis(word="feed-empty", detail=f"{read} {documents} answered, all empty")
    return Diagnosis(word="listing-broke", detail=f"{read} feeds and pages answered, and none names an article")


def _of_history(db: Database, source_id: str, now: datetime) -> Diagnosis:
    """Return whether the silence is longer than usual for this hour of the week in the weeks before."""
    rows = db.execute(
        "select first_captured_at, published_at, published_precision from articles"
        " where source_id = ? and first_captured_at > ("
        " select datetime(max(first_captured_at), ?) from articles where source_id = ?)",
        [source_id, f"-{(WEEKS + 2) * 7} days", source_id],
    ).fetchall()
    # the most productive seed was fetched just now, or as long ago as given
    looked = db.execute(
        "select last_fetched_at from urls where source_id = ? and kind != 'article' and state = 'done'"
        " and last_fetched_at is not null order by interval_s, last_fetched_at desc limit 1",
        [source_id],
    ).fetchone()
    poll = now - from_iso(looked[0]) if looked else timedelta(0)
    return of_times(sorted(_born(*row) for row in rows), now, poll=max(poll, timedelta(0)))


def _born(captured: str, published: str | None, precision: str | None) -> datetime:
    """Return when an article appeared: its published time if plausible, since its capture may be later."""
    first_seen = from_iso(captured)
    if published is None or precision not in _EXACT:
        return first_seen
    moment = from_iso(published)
    return moment if timedelta(0) <= first_seen - moment <= FRESH else first_seen


def of_times(times: Sequence[datetime], now: datetime, *, poll: timedelta = timedelta(0)) -> Diagnosis:
    """Return ``ok`` or ``quiet``, from the ascending times at which new articles appeared.

    ``poll`` is how long ago the source was last fetched: an article may be waiting for its capture since then.
    """
    if not times:
        return Diagnosis(word="ok")
    silence = now - times[-1]
    # the present silence doesn't count as usual: only weeks that ended before it
    first = ceil(silence / timedelta(weeks=1))
    usual = [
        longest
        for week in range(max(1, first), max(1, first) + WEEKS)
        if (longest := _longest_silence(times, now - timedelta(weeks=week))) is not None
    ]
    if len(usual) < WEEKS_NEEDED or silence < MIN_SILENCE or silence <= max(usual) * MARGIN + poll:
        return Diagnosis(word="ok")
    hours, longest_hours = silence.total_seconds() / 3600, max(usual).total_seconds() / 3600
    return Diagnosis(
        word="quiet",
        detail=f"nothing new for {hours:.0f} h; around this hour of the week it was never more than "
        f"{longest_hours:.0f} h",
    )


def _longest_silence(times: Sequence[datetime], around: datetime) -> timedelta | None:
    """Return the longest silence within half a day of ``around``; None before the first article."""
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
    """Whether no seed is answered, or of many pages none: a single page's error says nothing about the rest."""
    if any(_is_silence(word) for word in tally.seed_refusals) and not tally.seeds_answered:
        return True
    if tally.seeds_answered or tally.fetched:
        return False
    # an unanswered robots.txt concerns its whole host
    return bool(tally.refusals["robots-unreachable"]) or _pages(tally, _is_silence) >= MANY


def _refused(tally: Tally) -> bool:
    """Whether all seeds are refused, or many pages while none is shown."""
    if tally.new or tally.unchanged or tally.revised:
        return False
    if any(_is_refusal(word) for word in tally.seed_refusals) and not tally.seeds_answered:
        return True
    return _pages(tally, _is_refusal) >= MANY


def _login_failed(source: Source, tally: Tally) -> bool:
    """Whether a source that has a login is refused as one without is: not for its pace, and not by robots.txt."""
    return source.has_credentials and any(tally.refusals[word] for word in _LOGIN_REFUSALS)


def _pages(tally: Tally, fits: Callable[[str], bool]) -> int:
    """Return the number of articles that failed for such reasons."""
    return sum(count - tally.seed_refusals[word] for word, count in tally.refusals.items() if fits(word))


def _is_silence(word: str) -> bool:
    return word in _CONNECTION or word.startswith("status-5")


def _is_refusal(word: str) -> bool:
    return word in _REFUSALS


def _readable(tally: Tally) -> bool:
    return any(tally.page_kinds[kind] for kind in ("article", "live", "gallery", "paywall-stub", "listing"))


def _articles_known(db: Database, source_id: str) -> int:
    """Return the number of its articles, and of those that its addresses led to under another source."""
    (count,) = db.execute("select count(*) from articles where source_id = ?", [source_id]).fetchone()
    if not count:
        (count,) = db.execute(
            "select count(*) from urls where source_id = ? and article_id is not null", [source_id]
        ).fetchone()
    return int(count)
