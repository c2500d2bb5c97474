"""The versions that derived a row, as stored in its ``extractor`` column."""

from __future__ import annotations

from importlib.metadata import version

from talkscraper.version import __version__

EXTRACTOR = f"talkscraper {__version__} trafilatura {version('trafilatura')}"
