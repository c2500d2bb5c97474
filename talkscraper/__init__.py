"""talkscraper: a news archive that people can search, cite and replay.

The public names are loaded when they are first used, so that a search doesn't pay for Scrapy or trafilatura.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from talkscraper.version import __version__

if TYPE_CHECKING:
    from talkscraper.addon import ArchiveAddon
    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.extraction import extract
    from talkscraper.extraction.selectors import SelectorSet
    from talkscraper.fields import Filters
    from talkscraper.model import (
        Access,
        Article,
        Author,
        AuthorKind,
        Capture,
        Extraction,
        FieldProvenance,
        Image,
        PageKind,
        Precision,
        PublishedDate,
        RecordType,
        Rival,
    )
    from talkscraper.reader import Archive, StoredArticle, StoredRevision

__all__ = [
    "Access",
    "Archive",
    "ArchiveAddon",
    "ArchiveFolder",
    "Article",
    "Author",
    "AuthorKind",
    "Capture",
    "Extraction",
    "FieldProvenance",
    "Filters",
    "Image",
    "PageKind",
    "Precision",
    "PublishedDate",
    "RecordType",
    "Rival",
    "SelectorSet",
    "StoredArticle",
    "StoredRevision",
    "__version__",
    "extract",
]

_HOMES = {
    "Access": "talkscraper.model",
    "Archive": "talkscraper.reader",
    "ArchiveAddon": "talkscraper.addon",
    "ArchiveFolder": "talkscraper.archive_folder",
    "Article": "talkscraper.model",
    "Author": "talkscraper.model",
    "AuthorKind": "talkscraper.model",
    "Capture": "talkscraper.model",
    "Extraction": "talkscraper.model",
    "FieldProvenance": "talkscraper.model",
    "Filters": "talkscraper.fields",
    "Image": "talkscraper.model",
    "PageKind": "talkscraper.model",
    "Precision": "talkscraper.model",
    "PublishedDate": "talkscraper.model",
    "RecordType": "talkscraper.model",
    "Rival": "talkscraper.model",
    "SelectorSet": "talkscraper.extraction.selectors",
    "StoredArticle": "talkscraper.reader",
    "StoredRevision": "talkscraper.reader",
    "extract": "talkscraper.extraction",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'talkscraper' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
