"""Parsing of untrusted whole numbers: ``int`` accepts other notations, and numbers too large for SQLite."""

from __future__ import annotations

import re

MAX_STORED = 2**63 - 1
"""The largest integer that SQLite stores."""
_DIGITS = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)


def whole_number(text: str, *, least: int = 0, most: int = MAX_STORED) -> int | None:
    """Return the number written in ASCII digits; None if it isn't one or is out of bounds.

    ``int`` also accepts ``1_000``, `` 7 `` and digits of other scripts, and ``str.isdigit`` accepts ``²``, which
    ``int`` doesn't.
    """
    if not _DIGITS.fullmatch(text):
        return None
    value = int(text)
    return value if least <= value <= most else None
