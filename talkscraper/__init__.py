"""talkscraper: a news archive that people can search, cite and replay.

The public names are loaded when they are first used, so that a search doesn't pay for Scrapy or trafilatura.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from talkscraper.version import __version__

if TYPE_CHECKING:
    from talkscraper.addon import ArchiveAddon
    from talkscraper.extraction import extract
    from talkscraper.model import Article, Extraction, PageKind
    from talkscraper.reader import Archive

__all__ = ["Archive", "ArchiveAddon", "Article", "Extraction", "PageKind", "__version__", "extract"]

_HOMES = {
    "Archive": "talkscraper.reader",
    "ArchiveAddon": "talkscraper.addon",
    "Article": "talkscraper.model",
    "Extraction": "talkscraper.model",
    "PageKind": "talkscraper.model",
    "extract": "talkscraper.extraction",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'talkscraper' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
