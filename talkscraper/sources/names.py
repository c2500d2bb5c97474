"""Errors for sources that aren't there: an unknown name, with the nearest known one; and nothing to crawl at all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.errors import SourcesError, UsageError

if TYPE_CHECKING:
    from talkscraper.sources.model import Sources


def none_enabled(sources: Sources, path: Path) -> SourcesError | None:
    """Return the error for a sources.toml of which nothing can be fetched: empty, or everything disabled; else None."""
    if sources.sources:
        return None
    if sources.disabled:
        return SourcesError(f"{path}: every source has enabled = false, so there is nothing to crawl")
    return SourcesError(f"{path} has no sources: add one with 'talkscraper sources add URL'")


def unknown_source(names: Iterable[str], known: Iterable[str], where: object) -> UsageError:
    """Return the error for ``names`` that aren't among those ``known`` in ``where``."""
    wanted, there = list(names), list(known)
    near = difflib.get_close_matches(wanted[0].lower(), there, n=1, cutoff=0.6) if len(wanted) == 1 else []
    hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(there) or 'none'}"
    return UsageError(f"no source {', '.join(map(repr, wanted))} in {where}: {hint}")
