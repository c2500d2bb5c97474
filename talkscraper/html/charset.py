"""Bytes to characters: which encoding a page is in, decided the way browsers do, with one correction.

Order: byte order mark; UTF-8 if the bytes are valid UTF-8 with characters outside ASCII (no other encoding's text
passes that test by accident, and servers mislabel UTF-8 more often than they send it right); the HTTP header; the
page's own declaration; detection. Labels mean what the WHATWG Encoding Standard says: ``iso-8859-1`` is
windows-1252, ``gb2312`` is gb18030, and so on.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "shift_jis": "cp932",
    "shift_jisx0213": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-7": "utf-8",
}
"""Python's codec name → the encoding that text so labelled is really in."""

_META_CHARSET = re.compile(rb"<meta\b[^>]{0,400}?charset\s*+=\s*+[\"']?\s*+([A-Za-z0-9_.:\-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*+<\?xml[^>]{0,200}?encoding\s*+=\s*+[\"']([A-Za-z0-9_.:\-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?\s*+([A-Za-z0-9_.:\-]{2,40})", re.IGNORECASE)
MAX_CONTENT_TYPE = 4096
"""Characters of a Content-Type header that are looked at."""
_PRESCAN = 4096
_SAMPLE = 60_000
_MARKUP = re.compile(rb"<(?:script|style)\b.*?(?:</(?:script|style)>|\Z)|<[^>]*+(?:>|\Z)", re.IGNORECASE | re.DOTALL)


def known_encoding(label: str | None) -> str | None:
    """The Python codec for a label as pages write it, or None where there is no such encoding."""
    if not label:
        return None
    cleaned = label.strip().lower().replace("windows-31j", "cp932").replace("x-sjis", "cp932").replace("x-gbk", "gbk")
    try:
        name = codecs.lookup(cleaned).name
    except (LookupError, ValueError):
        return None
    if not codecs.lookup(name)._is_text_encoding:  # noqa: SLF001 - the only way to refuse rot13 and base64
        return None
    return _WIDER.get(name, name)


def declared_in_header(content_type: str | None) -> str | None:
    """The encoding that a Content-Type header names."""
    found = _HEADER_CHARSET.search((content_type or "")[:MAX_CONTENT_TYPE])
    return known_encoding(found.group(1)) if found else None


def declared_in_page(body: bytes) -> str | None:
    """The encoding that the page's XML declaration or first ``<meta charset>`` names."""
    for pattern, window in (
        (_XML_ENCODING, body[:300]),
        (_META_CHARSET, body[:_PRESCAN]),
        (_META_CHARSET, body[:65536]),
    ):
        found = pattern.search(window)
        if found:
            name = known_encoding(found.group(1).decode("ascii"))
            # a page whose declaration could be read byte by byte isn't UTF-16 (Encoding Standard, prescan)
            return "utf-8" if name and name.startswith("utf-16") else name
    return None


def charset_of(body: bytes, content_type: str | None = None) -> str:
    """The Python codec name to decode ``body`` with.

    Args:
        body: The page as served, content decoding undone.
        content_type: The Content-Type header's value, where there was one.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name
    if b"\x1b$" not in body and not body.isascii() and _is_utf8(body):
        return "utf-8"
    declared = declared_in_header(content_type) or declared_in_page(body)
    if declared and not (declared == "utf-8" and not _is_utf8(body)):
        return declared
    if body.isascii() and b"\x1b" not in body:
        return "utf-8"
    return _detected(body) or declared or "cp1252"


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """``(text, codec name)``; bytes that make no sense become U+FFFD, NULs disappear."""
    if not body.isascii() and b"\x1b$" not in body and not body.startswith(tuple(mark for mark, _ in _BOMS)):
        try:
            return body.decode("utf-8").replace("\x00", ""), "utf-8"
        except UnicodeDecodeError:
            pass  # charset_of says what it is
    name = charset_of(body, content_type)
    text = body.decode(name, errors="replace")
    return text.removeprefix("\ufeff").replace("\x00", ""), name


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        # a body cut in the middle of a character is still UTF-8
        return error.start >= len(body) - 3 and not body[: error.start].isascii()
    return True


def _mostly_utf8(body: bytes) -> bool:
    """Valid but for a handful of broken sequences: one bad byte in a comment doesn't make a page Latin-1."""
    text = body.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - bad
    return good > 20 * bad


def _detected(body: bytes) -> str | None:
    if _mostly_utf8(body):
        return "utf-8"
    from charset_normalizer import from_bytes

    sample = _MARKUP.sub(b" ", body[: 4 * _SAMPLE])
    high = [m.start() for m in re.finditer(rb"[\x80-\xff]", sample[: 4 * _SAMPLE])]
    if high:
        start = max(0, high[0] - 200)
        sample = sample[start : start + _SAMPLE]
    best = from_bytes(sample or body[:_SAMPLE]).best()
    return known_encoding(best.encoding) if best is not None else None
