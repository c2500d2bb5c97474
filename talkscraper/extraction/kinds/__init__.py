"""The kind of a page: an article, or what is served instead of one."""

from __future__ import annotations

from talkscraper.extraction.kinds.classifier import classify, classify_early
from talkscraper.extraction.kinds.verdict import KindVerdict

__all__ = ["KindVerdict", "classify", "classify_early"]
