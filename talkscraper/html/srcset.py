"""``srcset``: the sizes of one picture (HTML §4.8.4.2.1)."""

from __future__ import annotations

import re

MAX_CANDIDATES = 100
MAX_LENGTH = 1_000_000
"""Maximum number of characters of an attribute that are read; inline pictures make some of them long."""
MAX_DESCRIPTOR = 40
_ADDRESS = re.compile(r"[\s,]*+(\S++)")
"""An address ends at white space, and may contain commas."""


def candidates(value: str) -> list[tuple[str, str]]:
    """Return (address, descriptor) pairs, the first ``MAX_CANDIDATES``; the descriptor may be empty."""
    value = value[:MAX_LENGTH]
    found: list[tuple[str, str]] = []
    position = 0
    while len(found) < MAX_CANDIDATES and (match := _ADDRESS.match(value, position)) is not None:
        address, position = match[1], match.end()
        if address.endswith(","):
            found.append((address.rstrip(","), ""))
            continue
        end = value.find(",", position)
        end = len(value) if end < 0 else end
        found.append((address, " ".join(value[position:end].split())[:MAX_DESCRIPTOR]))
        position = end + 1
    return found
