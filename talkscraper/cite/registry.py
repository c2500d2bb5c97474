"""The formats of references, and the writing of a document in one of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from talkscraper.cite.keys import KeyMaker
from talkscraper.cite.model import CitationFormat
from talkscraper.cite.reference import Reference
from talkscraper.declarations import declared

DEFAULT_FORMAT = "text"

_FORGED = re.compile(r"WARC-Record-ID", re.IGNORECASE)


@cache
def citation_formats() -> Mapping[str, CitationFormat]:
    """Return all formats by name, the default one first."""
    found = sorted(declared("talkscraper.cite.formats", CitationFormat), key=lambda each: each.name != DEFAULT_FORMAT)
    return MappingProxyType({each.name: each for each in found})


def render(found: Reference | Sequence[Reference], form: str = DEFAULT_FORMAT, keys: KeyMaker | None = None) -> str:
    """Return references as a document of the format with this name (without a line break at its end).

    Args:
        found: The references.
        form: The format's name.
        keys: Makes their keys; the same for all parts of a document that is made in parts.
    """
    keys = keys or KeyMaker()
    references = [_tame(each) for each in ([found] if isinstance(found, Reference) else found)]
    return citation_formats()[form].write([replace(each, key=keys.key(each)) for each in references])


def _tame(found: Reference) -> Reference:
    # a title that looks like a proof would be read as one
    def tame(text: str | None) -> str | None:
        return _FORGED.sub("WARC record", text) if text else text

    return replace(
        found,
        title=tame(found.title),
        source=tame(found.source),
        authors=tuple(tame(name) or "" for name in found.authors),
        url=tame(found.url) or "",
        captured_url=tame(found.captured_url) or "",
        language=tame(found.language),
        note=tame(found.note),
    )
