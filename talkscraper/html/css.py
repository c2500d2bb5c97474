"""The addresses in a style sheet, a style element or a style attribute: ``url(…)`` and ``@import``.

One pass, token by token (CSS Syntax Level 3, §4.3): what is inside a comment or another string is no address. A token
that is begun is always taken, to the end of the text if need be, so that nothing is looked at again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_ADDRESSES = 10_000
"""Maximum number of addresses read from one style sheet; real ones have a few hundred."""

_COMMENT = r"/\*.*?(?:\*/|\Z)"
_STRING = r""""(?:[^"\\\n\r\f]++|\\.?)*+"?|'(?:[^'\\\n\r\f]++|\\.?)*+'?"""
_TOKEN = re.compile(
    rf"""(?P<comment>{_COMMENT})"""
    rf"""|(?P<import>@import(?:\s++|{_COMMENT})*+)?"""
    rf"""(?:(?P<string>{_STRING})"""
    rf"""|(?<![\w\\-])(?P<url>url\(\s*+(?:(?P<quoted>{_STRING})\s*+|(?P<plain>(?:[^)\\]++|\\.?)*+))(?P<closed>\))?))"""
    r"""|\\.""",
    re.IGNORECASE | re.DOTALL,
)
_NOT_IN_PLAIN = re.compile(r"[\s\"'(]")
"""Characters forbidden in an address without quotes (§4.3.6)."""
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\n\r\f]?|\\(\r\n|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CssPiece:
    """A comment, or an address: where ``url(…)`` or the string of an ``@import`` stands, and what it names."""

    start: int
    end: int
    address: str | None
    """The address as a browser reads it, without quotes and escapes; None for a comment."""
    imported: bool = False
    """Whether it is in an ``@import`` and so a further style sheet."""


def pieces(text: str) -> Iterator[CssPiece]:
    """Return the comments and the first ``MAX_ADDRESSES`` addresses of CSS, in order, as browsers read them."""
    left = MAX_ADDRESSES
    for match in _TOKEN.finditer(text):
        if match["comment"] is not None:
            yield CssPiece(match.start(), match.end(), None)
            continue
        imported = match["import"] is not None
        address = _imported(match) if match["url"] is None else _of_url(match)
        if address is None:
            continue
        if left == 0:
            return
        left -= 1
        start, end = match.span("string" if match["url"] is None else "url")
        yield CssPiece(start, end, address, imported)


def addresses(text: str) -> Iterator[str]:
    """Return the addresses in CSS, without quotes and escapes."""
    return (piece.address for piece in pieces(text) if piece.address)


def _imported(match: re.Match[str]) -> str | None:
    return _unquoted(match["string"]) if match["import"] is not None else None


def _of_url(match: re.Match[str]) -> str | None:
    if match["closed"] is None:
        return None
    if match["quoted"] is not None:
        return _unquoted(match["quoted"])
    plain = match["plain"].rstrip()
    return None if _NOT_IN_PLAIN.search(_ESCAPE.sub("", plain)) else _plain(plain)


def _unquoted(string: str) -> str | None:
    """What is between the quotes; None where the second one is missing."""
    inner = string[1:-1]
    if len(string) < 2 or string[-1] != string[0]:
        return None
    # a quote behind an odd number of backslashes doesn't end a string: then the text ended first
    if (len(inner) - len(inner.rstrip("\\"))) % 2:
        return None
    return _plain(inner)


def _plain(written: str) -> str:
    return (_ESCAPE.sub(_unescaped, written) if "\\" in written else written).strip()


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return "" if match[2] in ("\n", "\r", "\f", "\r\n") else match[2]
    code = int(match[1], 16)
    return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
