"""JSON Lines: one JSON object per line (https://jsonlines.org)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from talkscraper.export.model import Export, ExportFormat


def _pieces(export: Export) -> Iterator[bytes]:
    for row in export.rows():
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


JSON_LINES = ExportFormat(
    name="jsonl",
    label="JSON Lines",
    description="one JSON object per article and line",
    media_type="application/x-ndjson",
    ending=".jsonl",
    other_endings=(".ndjson",),
    may_be_gzipped=True,
    is_text=True,
    pieces=_pieces,
)
