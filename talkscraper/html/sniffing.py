"""Whether bytes without a media type are a page, as browsers decide it (WHATWG MIME Sniffing §7.1), more leniently."""

from __future__ import annotations

_BEGINNING = 1024
_MARKS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<!--")
_BINARY = bytes([*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def looks_like_html(body: bytes) -> bool:
    """Whether bytes without a media type begin like a page."""
    start = body[:_BEGINNING].removeprefix(_BYTE_ORDER_MARK).lstrip().lower()
    if start.translate(None, _BINARY) != start:
        return False
    return start.startswith(_MARKS) or b"<html" in start or b"<!doctype html" in start
