"""What bytes are by their beginning, whatever their header says: a page, other text, or a file of another format.

Browsers decide so where a media type is missing (WHATWG MIME Sniffing §7.1); this is more lenient.
"""

from __future__ import annotations

_FORMATS = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture, sound or film"),
    (b"OggS", "sound or film"),
    (b"PK\x03\x04", "a ZIP file or a document in one"),
    (b"\x1f\x8b", "compressed data"),
)
_TEXT_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_BEGINNING = 2048
_PAGE_BEGINNING = 1024
_PAGE_MARKS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<!--")
_CONTROLS = bytes([*range(9), *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_BINARY = _CONTROLS + b"\x0b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def binary_format(body: bytes) -> str | None:
    """Return in words what these bytes are, if they are no text; None for text."""
    start = body[:_BEGINNING]
    if start.startswith(_TEXT_MARKS):
        return None
    known = next((name for magic, name in _FORMATS if start.startswith(magic)), None)
    if known is not None:
        return known
    controls = len(start) - len(start.translate(None, _CONTROLS))
    return "binary data" if controls > len(start) // 20 else None


def is_binary(body: bytes) -> bool:
    """Whether these bytes are no text: an image, a PDF, an archive, whatever the header says."""
    return binary_format(body) is not None


def looks_like_html(body: bytes) -> bool:
    """Whether bytes without a media type begin like a page."""
    start = body[:_PAGE_BEGINNING].removeprefix(_BYTE_ORDER_MARK).lstrip().lower()
    if start.translate(None, _BINARY) != start:
        return False
    return start.startswith(_PAGE_MARKS) or b"<html" in start or b"<!doctype html" in start
