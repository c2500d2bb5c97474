"""The result of a classification."""

from __future__ import annotations

from dataclasses import dataclass

from talkscraper.model import PageKind


@dataclass(frozen=True, slots=True)
class KindVerdict:
    """A kind and the reason in a few words, for people."""

    kind: PageKind
    reason: str | None = None
