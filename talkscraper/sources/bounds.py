"""The days whose articles a source fetches: its settings ``since`` and ``until``."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from talkscraper.sources.model import Source
    from talkscraper.urls.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A first and a last day, each of which may be missing."""

    since: dt.date | None = None
    until: dt.date | None = None
    zone: dt.tzinfo = dt.UTC

    @classmethod
    def of(cls, source: Source) -> Bounds:
        """Return those of a source, by the days of its time zone."""
        zone = ZoneInfo(source.timezone) if source.timezone is not None else dt.UTC
        return cls(since=source.since, until=source.until, zone=zone)

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None

    def exclude(self, days: Period) -> bool:
        """Whether no day of a period is within the bounds."""
        return self.is_before(days.last) or (self.until is not None and days.first > self.until)

    def exclude_moment(self, moment: dt.datetime) -> bool:
        """Whether an instant is outside, by the day in the source's time zone and in UTC.

        A date without a time is read as midnight UTC, which is the day before in the Americas.
        """
        return all(
            self.is_before(day) or (self.until is not None and day > self.until) for day in self._days_of(moment)
        )

    def precede(self, moment: dt.datetime) -> bool:
        """Whether an instant is before ``since``."""
        return all(self.is_before(day) for day in self._days_of(moment))

    def is_before(self, day: dt.date) -> bool:
        """Whether a day is before ``since``."""
        return self.since is not None and day < self.since

    def _days_of(self, moment: dt.datetime) -> tuple[dt.date, dt.date]:
        try:
            return moment.astimezone(self.zone).date(), moment.astimezone(dt.UTC).date()
        except OverflowError:
            return moment.date(), moment.date()
