"""Corrections that a page declares apart from its text: JSON-LD ``correction`` with ``CorrectionComment``."""

from __future__ import annotations

from typing import Any

from talkscraper.extraction import jsonld
from talkscraper.extraction.field_value import NOTHING, FieldValue
from talkscraper.extraction.page import Page
from talkscraper.extraction.text import clean

MAX_CORRECTIONS = 20
MAX_CORRECTION = 2_000
"""Characters of one."""
_COMMENT = "correctioncomment"
_ADDRESSES = ("http://", "https://", "/")


def corrections(page: Page) -> FieldValue:
    """The corrections of the article, in the order in which they are declared, each once."""
    node = page.article_node or {}
    declared = [*_listed(node.get("correction")), *_comments(_listed(node.get("comment")), page)]
    offers = [("jsonld correction", declared), ("jsonld CorrectionComment", _standing_alone(page))]
    for rule, values in offers:
        texts = dict.fromkeys(text for value in values if (text := _text(page.resolve(value))))
        if texts:
            return FieldValue(tuple(texts)[:MAX_CORRECTIONS], rule)
    return FieldValue((), NOTHING.rule)


def _listed(value: Any) -> list[Any]:
    return (value if isinstance(value, list) else [value])[:MAX_CORRECTIONS]


def _comments(values: list[Any], page: Page) -> list[Any]:
    return [each for each in values if isinstance(node := page.resolve(each), dict) and _is_comment(node)]


def _standing_alone(page: Page) -> list[Any]:
    """Comments among the page's nodes, if it describes one article only."""
    if sum(1 for node in page.jsonld if jsonld.article_rank(node)) > 1:
        return []
    return [node for node in page.jsonld if _is_comment(node)][:MAX_CORRECTIONS]


def _is_comment(node: dict[str, Any]) -> bool:
    return _COMMENT in jsonld.types_of(node)


def _text(value: Any) -> str:
    """A correction's text; the address of a page with corrections has none."""
    if isinstance(value, dict):
        found = value.get("text") or value.get("description") or value.get("name")
        value = found if isinstance(found, str) else (found or {}).get("@value") if isinstance(found, dict) else None
    if not isinstance(value, str) or value.strip().startswith(_ADDRESSES):
        return ""
    text = clean(value[: 2 * MAX_CORRECTION])
    return text if len(text) <= MAX_CORRECTION else f"{text[: MAX_CORRECTION - 1].rstrip()}…"
