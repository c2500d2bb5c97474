"""``/api/article/<id>``: an article with its text, revisions and provenance."""

from __future__ import annotations

from typing import Any

from talkscraper.errors import NotFound
from talkscraper.fields import Field
from talkscraper.store.database import from_iso
from talkscraper.warc.cdxj import timestamp14
from talkscraper.web import article_view
from talkscraper.web.api.model import ApiCall, ApiParameter, Endpoint, Schema, nullable, record, texts
from talkscraper.web.article_document import SHOWN, article_document


def _article(call: ApiCall) -> dict[str, Any]:
    connection, number = call.context.connection, call.values["revision"]
    shown = article_view.article(connection, call.values["id"])
    document = article_document(shown)
    article_id = document["id"]
    revision = shown.revision
    if number is not None and number != revision.number:
        chosen = article_view.revision_with_text(connection, article_id, number)
        if chosen is None:
            raise NotFound(f"article {article_id} has no revision {number}: it has {len(shown.revisions)}")
        revision = chosen
    return document | {
        "source_name": shown.source_name,
        "revision": {
            "number": revision.number,
            "captured_at": revision.captured_at,
            "capture_id": revision.capture_id,
            "title": revision.title,
            "text": revision.text,
            "word_count": revision.word_count,
            "change": revision.change,
            "extractor": revision.extractor,
        },
        "page": call.link(f"/article/{article_id}"),
        "permalink": call.link(f"/article/{article_id}/{timestamp14(from_iso(revision.captured_at))}"),
        "copies": [
            {"id": each.id, "title": each.title, "source_name": each.source, "published_at": each.published}
            for each in shown.copies
        ],
    }


def _schema(field: Field) -> Schema:
    if field.is_list:
        return texts(field.meaning)
    kind = "integer" if field.kind == "integer" else "string"
    return {"type": kind, "description": field.meaning} if field.name == "id" else nullable(kind, field.meaning)


def _texts(*names: str) -> dict[str, Schema]:
    return {name: nullable("string") for name in names}


_REVISION: dict[str, Schema] = {
    "number": {"type": "integer", "minimum": 1},
    "captured_at": {"type": "string"},
    "capture_id": {"type": "string", "description": "The WARC-Record-ID."},
    "title": nullable("string"),
    "word_count": {"type": "integer"},
    "change": {"type": "string", "description": "The kind of change; `first` for the first."},
}

ARTICLE = Endpoint(
    path="/api/article/{id}",
    name="article",
    summary="One article in its current state, with the text of one revision and where every field came from.",
    parameters=(
        ApiParameter(
            name="id", where="path", description="Its id, or a unique beginning of it.", example="3f2a19c47d03be58"
        ),
        ApiParameter(
            name="revision", description="The number of the revision in `revision`; without it, the newest.",
            kind="integer", minimum=1, maximum=1_000_000,
        ),
    ),
    answer=_article,
    properties={
        **{each.name: _schema(each) for each in SHOWN},
        "source_name": nullable("string"),
        "images": {
            "type": "array",
            "items": record({"url": {"type": "string"}, **_texts("alt", "caption", "credit")}),
        },
        "provenance": {
            "type": "array",
            "items": record({
                "field": {"type": "string"},
                "value": nullable("string"),
                "rule": {"type": "string"},
                "rivals": {"type": "array", "items": record({"value": {"type": "string"}, "rule": {"type": "string"}})},
            }),
        },
        "revisions": {"type": "array", "items": record(_REVISION), "description": "All revisions, oldest first."},
        "revision": record({**_REVISION, "text": {"type": "string"}, "extractor": {"type": "string"}}),
        "aliases": {"type": "array", "items": record({"url": {"type": "string"}, "why": {"type": "string"}})},
        "copies": {
            "type": "array",
            "description": "Articles with nearly the same text.",
            "items": record({"id": {"type": "string"}, **_texts("title", "source_name", "published_at")}),
        },
        "page": {"type": "string", "description": "The article in the reading room."},
        "permalink": {"type": "string", "description": "The text of this revision in the reading room."},
    },
    errors=(400, 404),
)  # fmt: skip
