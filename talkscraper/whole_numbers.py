"""Whole numbers as text from outside: ``int`` takes more than people mean, and more than a database can hold."""

from __future__ import annotations

import re

MAX_STORED = 2**63 - 1
"""The largest whole number of SQLite."""
_DIGITS = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)


def whole_number(text: str, *, least: int = 0, most: int = MAX_STORED) -> int | None:
    """The number that ``text`` is, in ASCII digits; None where it is none, or lies outside of the bounds.

    ``int`` also reads ``1_000``, `` 7 `` and digits of other scripts, and ``str.isdigit`` lets ``²`` through, which
    ``int`` refuses.
    """
    if not _DIGITS.fullmatch(text):
        return None
    value = int(text)
    return value if least <= value <= most else None
