"""Checkable references: each one names its record, with the digests of bytes and text."""

from __future__ import annotations

from talkscraper.cite.check import CheckedClaim, check
from talkscraper.cite.claims import CitationClaim, read_claims
from talkscraper.cite.reference import Reference, reference
from talkscraper.cite.registry import citation_formats, render

__all__ = [
    "CheckedClaim", "CitationClaim", "Reference", "check", "citation_formats", "read_claims", "reference", "render",
]  # fmt: skip
