"""What an answer says of itself: the same as before, gone, how it may be asked for next time. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.frontier.model import Fate, Lease, Settlement
from talkscraper.model import Capture, Extraction, Precision
from talkscraper.urls.canonical import canonical

if TYPE_CHECKING:
    from scrapy.http import Response

    from talkscraper.sources.model import Source

EXACT = frozenset({Precision.SECOND, Precision.MINUTE, Precision.HOUR})
"""Precisions by which an age in hours can be told."""


def is_same(response: Response, lease: Lease, capture: Capture) -> bool:
    """304, or byte for byte what we had: nothing to parse, nothing to extract."""
    return response.status == 304 or (
        lease.payload_digest is not None and capture.payload_digest == lease.payload_digest
    )


def born_at(extraction: Extraction) -> datetime | None:
    """The published instant, where it is known to the hour; a mere day would make this morning's story a day old."""
    article = extraction.article
    if article is None or article.published is None:
        return None
    return article.published.instant if article.published.precision in EXACT else None


def same_validators(lease: Lease, settlement: Settlement) -> bool:
    """Whether a page that came in full has the validators of its last version (RFC 9110 §8.8)."""
    if lease.payload_digest is None:
        return False
    if lease.etag and settlement.etag:
        return lease.etag == settlement.etag
    return lease.last_modified is not None and lease.last_modified == settlement.last_modified


def settlement(response: Response, capture: Capture, fate: Fate) -> Settlement:
    """What the frontier keeps of an answer: its status and validators, and the digest of a whole page."""
    return Settlement(
        fate=fate,
        status=response.status,
        etag=header(response, b"ETag"),
        last_modified=header(response, b"Last-Modified"),
        payload_digest=capture.payload_digest if response.status == 200 else None,
        unconditional=response.status == 200,
    )


def gone_reason(response: Response, lease: Lease, source: Source) -> str | None:
    """Why an article counts as gone: 404, 410 or a redirect to the front page; None when it doesn't."""
    if response.status in (404, 410):
        return f"answered {response.status}"
    if response.url == lease.url:
        return None
    front = canonical(source.homepage)
    if canonical(response.url) == front and canonical(lease.url) != front:
        return "redirects to the front page"
    return None


def headers_of(response: Response) -> tuple[tuple[str, str], ...]:
    """An answer's headers as pairs of text."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )


def header(response: Response, name: bytes) -> str | None:
    """One header's value as text."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None else None
