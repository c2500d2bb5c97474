"""Types of references' formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from talkscraper.cite.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationFormat:
    """A format of references. ``cite.proof.proof`` must be in each, so that a check finds it."""

    name: str
    """Its name for ``talkscraper cite --format``."""
    label: str
    """Its name for readers."""
    description: str
    """One line, for docs."""
    media_type: str
    ending: str
    """The ending of its files, and of ``/article/ID/cite.ENDING``; without a dot."""
    write: Callable[[Sequence[Reference]], str]
    """Returns references as a document (without a line break at its end)."""
