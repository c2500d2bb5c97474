"""The name under which results are stored: rows say which version derived them."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from talkscraper.version import __version__


@cache
def extractor_name() -> str:
    """``talkscraper X trafilatura Y``; the versions that derived a row."""
    return f"talkscraper {__version__} trafilatura {version('trafilatura')}"


EXTRACTOR = extractor_name()
