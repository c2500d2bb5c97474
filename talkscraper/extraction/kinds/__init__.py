"""What a page is: an article, or one of the many things that come instead of one."""

from __future__ import annotations

from talkscraper.extraction.kinds.classifier import classify, classify_early
from talkscraper.extraction.kinds.verdict import KindVerdict

__all__ = ["KindVerdict", "classify", "classify_early"]
