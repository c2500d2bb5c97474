"""Figures of a source from several processes as one."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talkscraper.monitor.run_report import Tally

_LATEST = frozenset({"source_id", "leased"})
"""Fields that aren't sums: a later shard of a source goes on with what earlier ones had leased."""


def add_figures(tally: Tally, other: Tally) -> Tally:
    """Add the figures of another process to a source's; return it."""
    for each in fields(tally):
        ours, theirs = getattr(tally, each.name), getattr(other, each.name)
        if each.name in _LATEST:
            value = theirs
        elif isinstance(ours, Counter):
            value = ours + Counter(theirs)
        elif isinstance(ours, set | dict):
            value = ours | theirs
        elif isinstance(ours, int):
            value = ours + theirs
        else:
            value = theirs if ours is None else ours
        setattr(tally, each.name, value)
    return tally


def correct(tally: Tally, outcomes: Mapping[str, int]) -> None:
    """Count what storing pages in the archive resulted in, instead of what it did in the shard."""
    for outcome, count in outcomes.items():
        tally.new += count * (outcome == "new")
        tally.revised += count * (outcome == "revised")
        tally.unchanged += count * (outcome in ("unchanged", "older"))
        tally.skipped += count * (outcome == "taken-down")
