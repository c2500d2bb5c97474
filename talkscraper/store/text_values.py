"""Cleaning of strings from the network for storage in a database."""

from __future__ import annotations

import json
from operator import methodcaller
from typing import Any, overload

as_text = methodcaller("decode", "utf-8", "replace")
"""``text_factory`` of every connection: a value that isn't valid UTF-8 can still be read."""


@overload
def storable(text: str) -> str: ...
@overload
def storable(text: None) -> None: ...
def storable(text: str | None) -> str | None:
    """Return ``text`` in a form that SQLite stores and every tool shows: NUL and lone surrogates become U+FFFD."""
    if not text:
        return text
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    # pairs of surrogates become the character that they encode
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def listed(text: str | None) -> list[Any]:
    """Return the list in a JSON column; empty if the column is invalid, which ``verify`` reports."""
    try:
        values = json.loads(text or "[]")
    except ValueError:
        return []
    return values if isinstance(values, list) else []
