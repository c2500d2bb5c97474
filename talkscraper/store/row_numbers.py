"""Row numbers of articles, ``seq``, which encode time.

``day × MINUTES × SLOTS + minute × SLOTS`` plus a counter, with the day and minute as printed on the page. So "newest
first" is the order of the index itself, and a range of days is a range of row numbers.
"""

from __future__ import annotations

from datetime import date

SLOTS = 256
"""Number of row numbers per minute; a minute with more articles continues in the next ones of its day."""
PER_DAY = 1440 * SLOTS
FURTHEST = 2**60
"""Farther from 0 than any row number: a range that isn't bounded by a day reaches beyond it."""

_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: str) -> int:
    """Return the number of a day (ISO)."""
    return date.fromisoformat(day).toordinal() - _EPOCH


def seq_range(since: str | None, until: str | None) -> tuple[int, int]:
    """Return the range of row numbers of articles of the days from ``since`` to ``until`` (ISO, inclusive)."""
    low = day_number(since) * PER_DAY if since else -(2**62)
    high = (day_number(until) + 1) * PER_DAY - 1 if until else 2**62
    return low, high


def day_of_seq(seq: int) -> date:
    """Return the day that a row number encodes."""
    return date.fromordinal(seq // PER_DAY + _EPOCH)
