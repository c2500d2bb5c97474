"""Extraction: ``(bytes, url, time, headers) → Extraction``, a pure function, and the pool that runs it.

It uses neither the network nor the clock nor the archive; trafilatura is loaded with the first page.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from talkscraper.model import Extraction

if TYPE_CHECKING:
    from talkscraper.extraction.page import Headers
    from talkscraper.extraction.selectors import SelectorSet

__all__ = ["extract"]


def extract(
    body: bytes,
    url: str,
    captured_at: datetime,
    headers: Headers = None,
    *,
    selectors: SelectorSet | None = None,
    status: int | None = None,
) -> Extraction:
    """Return the kind of a captured page, and its article with the provenance of each field.

    Args:
        body: The payload with its content coding (gzip …) undone; any bytes are allowed.
        url: Where it was fetched from.
        captured_at: When; UTC where it has no offset. The only time the extraction knows.
        headers: Response headers, as a mapping or as pairs; the charset and the rights signals are read from them.
        selectors: A source's own CSS or XPath for title, date, authors, body and drop.
        status: The HTTP status, where it is known; it helps to recognise block pages.

    Returns:
        An Extraction; the same arguments give an equal one on any machine and day.
    """
    from talkscraper.extraction.article import extract_page

    if captured_at.tzinfo is None:
        captured_at = captured_at.replace(tzinfo=UTC)
    return extract_page(body, url, captured_at, headers, selectors=selectors, status=status)
