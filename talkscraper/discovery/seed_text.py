"""Decoding of feeds, sitemaps and pages: gzip with a limit, and bytes to text by the actual charset.

Declarations are often wrong in the same way: the bytes are UTF-8, whatever is declared. So non-ASCII bytes that are
valid UTF-8 are decoded as UTF-8 (after a few characters a coincidence is improbable), except for charsets with escape
sequences, whose bytes are all ASCII.
"""

from __future__ import annotations

import codecs
import re

from talkscraper.discovery.model import Unreadable
from talkscraper.warc.content_coding import UndecodableContent, gunzip

MAX_TEXT = 64 * 1024 * 1024
"""Maximum number of bytes after decompression; the sitemap protocol allows 50 MiB."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*+=\s*+[\"']([A-Za-z0-9._:-]{2,40})[\"']", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,300}?charset\s*+=\s*+[\"']?\s*+([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
_WIDER = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
    "big5": "big5hkscs",
}
"""The supersets that browsers decode instead of declared charsets."""
_LOOKED_AT = 4096


def unpacked(body: bytes, *, largest: int = MAX_TEXT) -> bytes:
    """Return the bytes decompressed if they are gzip by magic number, whatever name or header says.

    A stream that is damaged or truncated is decompressed as far as possible.

    Raises:
        Unreadable: it isn't gzip, or exceeds ``largest`` bytes when decompressed.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        found = gunzip(body, largest)
    except UndecodableContent as e:
        raise Unreadable(str(e)) from e
    if found is body:
        raise Unreadable("damaged gzip")
    return found


def decoded(body: bytes) -> str:
    """Return the text of ``body``: by byte order mark, UTF-8 if valid, declaration, then detection. Never fails."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    if body[:4] in (b"<\0?\0", b"<\0r\0", b"<\0f\0"):
        return body.decode("utf-16-le", "replace")
    if body[:4] in (b"\0<\0?", b"\0<\0r", b"\0<\0f"):
        return body.decode("utf-16-be", "replace")
    declared = _declared(body)
    if declared is not None and declared.startswith(("iso2022", "hz", "utf_7", "utf-7")):
        return body.decode(declared if declared.startswith("iso2022") else "ascii", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as e:
        if e.start > len(body) - 4 and declared in (None, "utf-8"):
            return body.decode("utf-8", "replace")  # truncated within a character
    chosen = declared if declared not in (None, "utf-8") else _detected(body)
    return body.decode(chosen or "utf-8", "replace")


def _declared(body: bytes) -> str | None:
    head = body[:_LOOKED_AT]
    found = _DECLARED.search(head) or _META.search(head)
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
        b"".decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None
    return _WIDER.get(name, name)


def _detected(body: bytes) -> str | None:
    from charset_normalizer import from_bytes

    try:
        best = from_bytes(body[: 64 * 1024]).best()
    except Exception:  # noqa: BLE001  a detector's trouble with hostile bytes means that nothing was detected
        return None
    return best.encoding if best is not None else None
