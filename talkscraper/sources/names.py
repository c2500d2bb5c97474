"""The error for an unknown source, which suggests the nearest known name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from talkscraper.errors import UsageError


def unknown_source(names: Iterable[str], known: Iterable[str], where: object) -> UsageError:
    """Return the error for ``names`` that aren't among those ``known`` in ``where``."""
    wanted, there = list(names), list(known)
    near = difflib.get_close_matches(wanted[0].lower(), there, n=1, cutoff=0.6) if len(wanted) == 1 else []
    hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(there) or 'none'}"
    return UsageError(f"no source {', '.join(map(repr, wanted))} in {where}: {hint}")
