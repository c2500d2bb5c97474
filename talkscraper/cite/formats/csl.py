"""References as CSL-JSON (https://github.com/citation-style-language/schema)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from talkscraper.cite.model import CitationFormat
from talkscraper.cite.proof import date_parts, proof
from talkscraper.cite.reference import Reference


def _write(references: Sequence[Reference]) -> str:
    return json.dumps([_csl(each) for each in references], ensure_ascii=False, indent=2)


def _csl(found: Reference) -> dict[str, Any]:
    day = date_parts(found)
    captured = found.captured_at
    item: dict[str, Any] = {
        "id": f"{found.article_id}-{found.revision}",
        "type": "article-newspaper",
        "title": found.title or "Untitled",
        "author": [{"literal": name} for name in found.authors],
        "container-title": found.source,
        "issued": {"date-parts": [day]} if day else None,
        "accessed": {"date-parts": [[captured.year, captured.month, captured.day]]},
        "URL": found.url,
        "language": found.language,
        "archive_location": f"{found.warc_file}:{found.warc_offset}",
        "note": proof(found),
    }
    return {name: value for name, value in item.items() if value}


CSL_JSON = CitationFormat(
    name="csl",
    label="CSL-JSON",
    description="CSL-JSON, for Zotero and pandoc",
    media_type="application/vnd.citationstyles.csl+json",
    ending="json",
    write=_write,
)
