"""Rewriting of style sheets: addresses in ``url(…)`` and ``@import`` lead into the archive.

An address that the scanner misses is blocked by the Content-Security-Policy: it isn't loaded from anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from talkscraper.html.css import pieces

_UNSAFE = re.compile(r"[\"'()\\\s<>]")


def rewrite_css(text: str, rewritten: Callable[[str, str], str | None]) -> str:
    """Return CSS with each address replaced; one that can't be archived becomes ``about:invalid``.

    Args:
        text: the style sheet, style element or style attribute.
        rewritten: (address as written, modifier) → address in the archive, or None.
    """
    kept: list[str] = []
    taken = 0
    for piece in pieces(text):
        kept.append(text[taken : piece.start])
        taken = piece.end
        if piece.address is None:
            kept.append(" ")
        else:
            kept.append(f'url("{_target(piece.address, "cs_" if piece.imported else "oe_", rewritten)}")')
    return "".join((*kept, text[taken:]))


def _target(plain: str, modifier: str, rewritten: Callable[[str, str], str | None]) -> str:
    if plain.startswith("#"):
        return plain.replace('"', "%22")
    target = rewritten(plain, modifier) if plain else None
    return "about:invalid" if target is None else _UNSAFE.sub(lambda m: f"%{ord(m[0]):02X}", target)
