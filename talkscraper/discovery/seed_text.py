"""Text of feeds, sitemaps and pages: gzip undone whatever declares it, within a limit, then decoded."""

from __future__ import annotations

from talkscraper.discovery.model import Unreadable
from talkscraper.html.charset import decode
from talkscraper.warc.content_coding import UndecodableContent, gunzip

MAX_TEXT = 64 * 1024 * 1024
"""Maximum number of bytes after decompression; the sitemap protocol allows 50 MiB."""


def seed_text(body: bytes, content_type: str | None = None) -> str:
    """Return the text of a document that names addresses.

    Args:
        body: the document, content-decoded; undeclared gzip is decompressed.
        content_type: the response's Content-Type header, for the charset.

    Raises:
        Unreadable: its gzip is damaged from the start, or exceeds ``MAX_TEXT`` bytes when decompressed.
    """
    return decode(unpacked(body), content_type).text


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
