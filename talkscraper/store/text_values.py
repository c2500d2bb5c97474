"""Strings from the network, made fit for a database."""

from __future__ import annotations

import json
from operator import methodcaller
from typing import Any, overload

as_text = methodcaller("decode", "utf-8", "replace")
"""``text_factory`` of every connection: a row that somebody filled with bytes that are no UTF-8 can still be read."""


@overload
def storable(text: str) -> str: ...
@overload
def storable(text: None) -> None: ...
def storable(text: str | None) -> str | None:
    """``text`` as SQLite can hold and every tool can show it: NUL and lone surrogates become U+FFFD."""
    if not text:
        return text
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    # pairs of surrogates become the character they stand for
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def listed(text: str | None) -> list[Any]:
    """The list in a JSON column; empty where the column holds no such thing, which ``verify`` tells."""
    try:
        values = json.loads(text or "[]")
    except ValueError:
        return []
    return values if isinstance(values, list) else []
