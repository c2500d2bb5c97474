"""When to look again: pure functions of the clock and the row.

Feeds, sitemaps, listings and homepages are polled at an interval of their own, between 90 minutes and 90 days: shorter
by a fifth when something was new, longer by half when not (news-crawl's schedule). Articles climb the source's ladder
of ages. What fails is tried again ever more rarely and never dropped while something still names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

MIN_INTERVAL = timedelta(minutes=90)
MAX_INTERVAL = timedelta(days=90)
FIRST_INTERVAL = MIN_INTERVAL
FASTER, SLOWER = 0.8, 1.5
EARLY = 0.9
"""A fetch sooner than this part of the interval came early."""

FIRST_RETRY = timedelta(hours=1)
"""After the first failure of a seed; doubled by each further one."""
MAX_RETRY = timedelta(days=7)
"""A feed that looks dead is still asked once a week: a surprising number come back."""
ARTICLE_RETRY = timedelta(hours=4)
ARTICLE_TRIES = 4
"""An article that failed this often isn't tried again until something names it anew."""
FULL_FETCH_EVERY = timedelta(days=7)
"""A page with validators is fetched without conditions this often, so that a lying server is found out."""
FULL_SEED_EVERY = timedelta(days=1)
"""And what names articles more often: a feed that is believed wrongly hides all of them."""


def next_interval(interval_s: int | None, *, changed: bool, elapsed: timedelta | None = None) -> timedelta:
    """The poll interval after a fetch that did or didn't bring something new.

    ``elapsed`` is the time since the fetch before. A look that came early (somebody named the source) and found
    nothing says nothing about the interval: ten of them in a row don't put a feed to sleep.
    """
    if interval_s is None:
        return FIRST_INTERVAL
    if not changed and elapsed is not None and elapsed < EARLY * timedelta(seconds=interval_s):
        return timedelta(seconds=interval_s)
    factor = FASTER if changed else SLOWER
    return min(MAX_INTERVAL, max(MIN_INTERVAL, timedelta(seconds=round(interval_s * factor))))


def retry_seed(failures: int) -> timedelta:
    """How long a homepage, feed, sitemap or listing rests after its ``failures``-th failure in a row (from 1)."""
    return min(MAX_RETRY, FIRST_RETRY * (1 << min(failures - 1, 16)))


def retry_article(failures: int) -> timedelta | None:
    """How long an article rests after its ``failures``-th failure in a row; None when it is left in peace."""
    if failures >= ARTICLE_TRIES:
        return None
    return ARTICLE_RETRY * (1 << (failures - 1))


def next_day(now: datetime) -> datetime:
    """When a source may add addresses again that were too many for this day (UTC)."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def next_rung(ladder: Sequence[timedelta], born: datetime, now: datetime) -> datetime | None:
    """When an article of age ``now - born`` is looked at again; None when it is older than the last rung.

    ``born`` is when we first saw it (or its declared time, when that is earlier): a page found late isn't fetched
    once for every rung it has missed.
    """
    for age in sorted(ladder):
        due = born + age
        if due > now:
            return due
    return None
