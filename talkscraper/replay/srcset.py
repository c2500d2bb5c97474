"""``srcset``: several sizes of one picture, of which an archive holds some (HTML §4.8.4.2.1)."""

from __future__ import annotations

import re
from collections.abc import Callable

_WORD = re.compile(r"[\s,]*(\S+)")
MOST_CANDIDATES = 60


def candidates(value: str) -> list[tuple[str, str]]:
    """(URL, descriptor) pairs; the descriptor may be empty."""
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(value) and len(found) < MOST_CANDIDATES:
        match = _WORD.match(value, position)
        if match is None:
            break
        url, position = match.group(1), match.end()
        if url.endswith(","):
            found.append((url.rstrip(","), ""))
            continue
        end = value.find(",", position)
        end = len(value) if end < 0 else end
        found.append((url, " ".join(value[position:end].split())[:40]))
        position = end + 1
    return [(url, descriptor) for url, descriptor in found if url]


def rewrite_srcset(
    value: str, rewritten: Callable[[str, str], str | None], is_archived: Callable[[str], bool]
) -> str | None:
    """The candidates that are in the archive, rewritten; None where none is.

    Without this a browser would ask for the size that suits its screen, and show a hole where another one was kept.
    """
    kept: list[str] = []
    for url, descriptor in candidates(value):
        if not is_archived(url):
            continue
        target = rewritten(url, "im_")
        if target is not None:
            # a comma inside a URL is fine, but not at its end, and white space can't be in it
            kept.append(f"{target.rstrip(',')} {descriptor}".strip())
    return ", ".join(kept) or None
