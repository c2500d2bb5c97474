"""Bytes that are no text, whatever their header says."""

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
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_BEGINNING = 2048


def binary_format(body: bytes) -> str | None:
    """Return in words what these bytes are, if they are no text; None for text."""
    start = body[:_BEGINNING]
    if start.startswith(_MARKS):
        return None
    known = next((name for magic, name in _FORMATS if start.startswith(magic)), None)
    if known is not None:
        return known
    controls = sum(1 for b in start if b < 9 or 13 < b < 27 or 27 < b < 32)
    return "binary data" if controls > len(start) // 20 else None


def is_binary(body: bytes) -> bool:
    """Whether these bytes are no text: an image, a PDF, an archive, whatever the header says."""
    return binary_format(body) is not None
