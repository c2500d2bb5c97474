"""talkscraper: a news archive that people can search, cite and replay.

The public names are imported on first use, so that a search doesn't import Scrapy or trafilatura.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from talkscraper.version import __version__

if TYPE_CHECKING:
    from talkscraper.addon import ArchiveAddon
    from talkscraper.archive import Archive, StoredArticle, StoredRevision
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
    "Archive": "talkscraper.archive",
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
    "StoredArticle": "talkscraper.archive",
    "StoredRevision": "talkscraper.archive",
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
