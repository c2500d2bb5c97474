"""An article as a JSON document, with its pictures, provenance and revisions."""

from __future__ import annotations

from typing import Any

from talkscraper.fields import FIELD, Field
from talkscraper.web.article_view import ArticleShown, names

SHOWN = tuple(each for each in FIELD.values() if "web" not in each.left_out_of)
"""The columns of ``articles`` that the document has."""


def article_document(shown: ArticleShown) -> dict[str, Any]:
    """Return the document of an article in its current state."""
    document = {each.name: _value(each, shown) for each in SHOWN if each.name in shown.row}
    return document | {
        "images": [
            {"url": each.url, "alt": each.alt, "caption": each.caption, "credit": each.credit}
            for each in shown.pictures
        ],
        "provenance": [
            {
                "field": each.field,
                "value": each.value,
                "rule": each.rule,
                "rivals": [{"value": value, "rule": rule} for value, rule in each.rivals],
            }
            for each in shown.fields
        ],
        "revisions": [
            {
                "number": each.number,
                "captured_at": each.captured_at,
                "capture_id": each.capture_id,
                "title": each.title,
                "word_count": each.word_count,
                "change": each.change,
            }
            for each in shown.revisions
        ],
        "aliases": [{"url": url, "why": why} for url, why in shown.aliases],
    }


def _value(field: Field, shown: ArticleShown) -> Any:
    value = shown.row[field.name]
    return names(value) if field.is_list else value
