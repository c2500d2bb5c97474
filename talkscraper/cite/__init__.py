"""References that can be checked: every one names the record, the bytes and the text it stands on."""

from __future__ import annotations

from talkscraper.cite.checking import Checked, check
from talkscraper.cite.claims import Claim, read_claims
from talkscraper.cite.reference import Reference, reference
from talkscraper.cite.rendering import FORMS, Form, render

__all__ = ["FORMS", "Checked", "Claim", "Form", "Reference", "check", "read_claims", "reference", "render"]
