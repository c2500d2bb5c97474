"""``/api/changes``: what newsrooms changed after publication."""

from __future__ import annotations

from typing import Any

from talkscraper.fields import CHANGE_ALIASES, CHANGE_KINDS
from talkscraper.web.api.model import ApiCall, ApiParameter, Endpoint, Schema, nullable, record, texts
from talkscraper.web.changes_page import MAX_API_CHANGES, PAGE_CHANGES, document, listed


def _changes(call: ApiCall) -> dict[str, Any]:
    return document(listed(call.context, call.values["limit"]), call.context.room)


_VALUE: Schema = {"description": "The value; its type is that of the field."}
_CHANGE: dict[str, Schema] = {
    "at": {"type": "string", "description": "When the changed page was captured."},
    "kind": {"type": "string", "enum": list(CHANGE_KINDS)},
    "kinds": texts("All kinds of the change, the most important first."),
    "article_id": {"type": "string"},
    "article": {"type": "string", "description": "The article in the reading room."},
    "url": {"type": "string"},
    "source_id": nullable("string"),
    "source_name": nullable("string"),
    "title": nullable("string"),
    "language": nullable("string"),
    "revision": nullable("integer", "The revision that it began."),
    "since": nullable("string", "When the revision before was captured."),
    "capture_id": nullable("string"),
    "reason": nullable("string", "Why an article counts as gone."),
    "fields": {
        "type": "array",
        "items": record({"field": {"type": "string"}, "before": _VALUE, "after": _VALUE}),
    },
    "words": {
        "type": "array",
        "description": "Passages around the changed words: pairs of `equal`, `delete` or `insert` and a text.",
        "items": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
    },
    "more": {"type": "boolean", "description": "Whether further words changed."},
}

CHANGES = Endpoint(
    path="/api/changes",
    name="changes",
    summary="List what changed after publication, newest first, a page at a time.",
    parameters=(
        ApiParameter(name="source", description="Only this source.", example="talkofnations", is_list=True),
        ApiParameter(name="since", description="First day, month or year.", example="2025-10"),
        ApiParameter(name="until", description="Last day, month or year.", example="2025-10-28"),
        ApiParameter(
            name="kind", description="Only this kind of change: docs/changes.md.", example="number",
            choices=(*CHANGE_KINDS, *CHANGE_ALIASES), is_list=True,
        ),
        ApiParameter(
            name="limit", description="Maximum number of changes of a page.", kind="integer",
            minimum=1, maximum=MAX_API_CHANGES, default=PAGE_CHANGES,
        ),
        ApiParameter(name="cursor", description="`next_cursor` of the page before; only for the same request."),
    ),
    answer=_changes,
    properties={
        "changes": {"type": "array", "items": record(_CHANGE)},
        "next_cursor": nullable("string", "The cursor of the next page; null on the last."),
    },
)  # fmt: skip
