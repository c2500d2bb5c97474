"""Retention of a source's captures: how long those are kept that no article's text depends on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

MIN_RETENTION = timedelta(days=1)


class ShorterThanADay(ValueError):
    """An age that would remove what has just been captured; ``key`` names it."""

    def __init__(self, key: str) -> None:
        super().__init__("less than a day: captures are kept for a day at least")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Ages from which ``prune`` removes captures; None keeps them for good. What always stays: ``prune_scope``."""

    requisites: timedelta | None = None
    """Pictures, style sheets, fonts, scripts and frames of pages that are all older."""
    unchanged: timedelta | None = None
    """Captures that show the same as the one before and have a later one after them."""
    listings: timedelta | None = None
    """Captures of feeds, sitemaps and sections that have a later one after them."""

    def __post_init__(self) -> None:
        for name in RETENTION_KEYS:
            age = getattr(self, name)
            if age is not None and age < MIN_RETENTION:
                raise ShorterThanADay(name)

    def __bool__(self) -> bool:
        """Whether anything is ever removed."""
        return any(getattr(self, name) is not None for name in RETENTION_KEYS)


RETENTION_KEYS = tuple(each.name for each in fields(Retention))
KEPT_FOR_GOOD = Retention()
