"""Style sheets, so that what they name comes from the archive: ``url(…)`` and ``@import``.

Whatever these patterns miss is stopped by the Content-Security-Policy: it is missing then, but it never leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_COMMENT_OR_URL = re.compile(
    r"""(?P<comment>/\*.*?\*/)"""
    r"""|(?P<import>@import\s+)(?P<q1>["'])(?P<imported>[^"'\n]*)(?P=q1)"""
    r"""|url\(\s*(?P<q2>["']?)(?P<target>[^"')\n]*?)(?P=q2)\s*\)""",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\n]?|\\(.)", re.DOTALL)
_UNSAFE = re.compile(r"[\"'()\\\s<>]")


def rewrite_css(text: str, rewritten: Callable[[str, str], str | None]) -> str:
    """CSS with each address replaced; one that can't be archived becomes ``about:invalid``.

    Args:
        text: the style sheet, style element or style attribute.
        rewritten: (address as written, modifier) → address in the archive, or None.
    """

    def replace(match: re.Match[str]) -> str:
        if match["comment"] is not None:
            return " "
        if match["import"] is not None:
            return f'@import url("{_address(match["imported"], "cs_")}")'
        before = text[max(0, match.start() - 12) : match.start()].lower()
        modifier = "cs_" if before.rstrip().endswith("@import") else "oe_"
        return f'url("{_address(match["target"], modifier)}")'

    def _address(written: str, modifier: str) -> str:
        plain = _ESCAPE.sub(_unescape, written).strip()
        if plain.startswith("#"):
            return plain.replace('"', "%22")
        target = rewritten(plain, modifier) if plain else None
        return "about:invalid" if target is None else _UNSAFE.sub(lambda m: f"%{ord(m[0]):02X}", target)

    return _COMMENT_OR_URL.sub(replace, text)


def _unescape(match: re.Match[str]) -> str:
    if match[1] is None:
        return str(match[2])
    code = int(match[1], 16)
    return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
