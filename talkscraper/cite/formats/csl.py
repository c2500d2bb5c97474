"""References as CSL-JSON (https://github.com/citation-style-language/schema)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from talkscraper.cite.model import CitationFormat
from talkscraper.cite.names import PersonName
from talkscraper.cite.proof import date_parts, person_names, proof
from talkscraper.cite.reference import Reference


def _write(references: Sequence[Reference]) -> str:
    return json.dumps([_csl(each) for each in references], ensure_ascii=False, indent=2)


def _csl(found: Reference) -> dict[str, Any]:
    day = date_parts(found)
    captured = found.captured_at
    item: dict[str, Any] = {
        "id": found.key,
        "type": "article-newspaper",
        "title": found.title or "Untitled",
        "author": [_name(each) for each in person_names(found)],
        "container-title": found.source,
        "issued": {"date-parts": [day]} if day else None,
        "accessed": {"date-parts": [[captured.year, captured.month, captured.day]]},
        "URL": found.url,
        "language": found.language,
        "archive_location": f"{found.warc_file}:{found.warc_offset}",
        "annote": found.note,
        "note": proof(found),
    }
    return {name: value for name, value in item.items() if value}


def _name(name: PersonName) -> dict[str, str]:
    parts = {
        "family": name.family,
        "given": name.given,
        "dropping-particle": name.dropping_particle,
        "non-dropping-particle": name.non_dropping_particle,
        "suffix": name.suffix,
        "literal": name.literal,
    }
    return {part: value for part, value in parts.items() if value}


CSL_JSON = CitationFormat(
    name="csl",
    label="CSL-JSON",
    description="CSL-JSON, for Zotero and pandoc",
    media_type="application/vnd.citationstyles.csl+json",
    ending="json",
    write=_write,
)
