"""Schedule: when to fetch again, as pure functions of the clock and the row.

Feeds, sitemaps, listings and homepages are polled at an interval of their own, between 90 minutes and 90 days: shorter
by a fifth when something was new, longer by half when not (news-crawl's schedule). Articles are fetched again at the
ages in the source's ``recrawl``. Failed addresses are retried at growing intervals and never dropped while a seed names
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

MIN_INTERVAL = timedelta(minutes=90)
MAX_INTERVAL = timedelta(days=90)
FASTER, SLOWER = 0.8, 1.5
EARLY = 0.9
"""A fetch after less than this fraction of the interval is early."""

FIRST_RETRY = timedelta(hours=1)
"""Delay after a seed's first failure; doubled by each further one."""
MAX_RETRY = timedelta(days=7)
"""Maximum delay: a feed that looks dead is still fetched once a week, since many come back."""
ARTICLE_RETRY = timedelta(hours=4)
ARTICLE_TRIES = 4
"""Number of failures after which an article isn't retried until a seed names it again."""
ALARM_INTERVAL = timedelta(days=1)
"""Maximum time until a source with a bad diagnosis is fetched again."""
FULL_FETCH_EVERY = timedelta(days=7)
"""Interval at which a page with validators is fetched unconditionally, to detect wrong 304 responses."""
FULL_SEED_EVERY = timedelta(days=1)
"""The same for seeds, more often: a feed with wrong 304 responses hides all its articles."""


def next_interval(
    interval_s: int | None, *, changed: bool, elapsed: timedelta | None = None, first: timedelta | None = None
) -> timedelta:
    """Return the poll interval after a fetch that did or didn't find something new.

    ``elapsed`` is the time since the previous fetch. An early fetch (the caller named the source) that found nothing
    new doesn't lengthen the interval, so that ten runs in a row don't stop the polling of a feed. ``first`` is the
    interval after the very first fetch.
    """
    if interval_s is None:
        return first or MIN_INTERVAL
    if not changed and elapsed is not None and elapsed < EARLY * timedelta(seconds=interval_s):
        return timedelta(seconds=interval_s)
    factor = FASTER if changed else SLOWER
    return min(MAX_INTERVAL, max(MIN_INTERVAL, timedelta(seconds=round(interval_s * factor))))


def retry_seed(failures: int) -> timedelta:
    """Return the delay of a seed after its ``failures``-th consecutive failure (from 1)."""
    return min(MAX_RETRY, FIRST_RETRY * (1 << min(failures - 1, 16)))


def retry_article(failures: int) -> timedelta | None:
    """Return the delay of an article after its ``failures``-th consecutive failure; None if it is given up."""
    if failures >= ARTICLE_TRIES:
        return None
    return ARTICLE_RETRY * (1 << (failures - 1))


def next_day(now: datetime) -> datetime:
    """Return when a source may again add addresses that exceeded this day's cap (UTC)."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def next_rung(ladder: Sequence[timedelta], born: datetime, now: datetime) -> datetime | None:
    """Return when an article of age ``now - born`` is fetched again; None if it is older than the last step.

    ``born`` is when the article was first seen (or its published time, if earlier): a page found late isn't fetched
    once for every step that it missed.
    """
    for age in sorted(ladder):
        due = born + age
        if due > now:
            return due
    return None
