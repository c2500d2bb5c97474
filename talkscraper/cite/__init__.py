"""Checkable references: each one names its record, with the digests of bytes and text."""

from __future__ import annotations

from talkscraper.cite.check import CheckedClaim, check
from talkscraper.cite.claims import CitationClaim, read_claims
from talkscraper.cite.formats import FORMS, Form, render
from talkscraper.cite.reference import Reference, reference

__all__ = ["FORMS", "CheckedClaim", "CitationClaim", "Form", "Reference", "check", "read_claims", "reference", "render"]
