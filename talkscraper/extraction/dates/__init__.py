"""Dates of publication and of the last change."""

from __future__ import annotations

from talkscraper.extraction.dates.finder import DateFindings, find_dates

__all__ = ["DateFindings", "find_dates"]
