"""When an article was published and when it was changed, as the page itself tells it."""

from __future__ import annotations

from talkscraper.extraction.dates.finder import DateFindings, find_dates

__all__ = ["DateFindings", "find_dates"]
