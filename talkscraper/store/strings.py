"""Strings from the network, made fit for a database."""

from __future__ import annotations

from typing import overload


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
