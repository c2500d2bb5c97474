"""Status of a response: unchanged, gone, and the validators for the next request. Pure functions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.frontier.model import Fate, Lease, Settlement
from talkscraper.model import Capture, Extraction, Precision

if TYPE_CHECKING:
    from scrapy.http import Response


EXACT = frozenset({Precision.SECOND, Precision.MINUTE, Precision.HOUR})
"""Precisions that allow the age to be given in hours."""


def is_same(response: Response, lease: Lease, capture: Capture) -> bool:
    """Whether a response is a 304 or has the payload of the last one: there is nothing to parse or extract."""
    return response.status == 304 or (
        lease.payload_digest is not None and capture.payload_digest == lease.payload_digest
    )


def born_at(extraction: Extraction) -> datetime | None:
    """Return the published instant if known to the hour, else None; a mere date would make a new story a day old."""
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
    """Return what the frontier stores of a response: status, validators, and the payload digest of a complete page."""
    return Settlement(
        fate=fate,
        status=response.status,
        etag=header(response, b"ETag"),
        last_modified=header(response, b"Last-Modified"),
        payload_digest=capture.payload_digest if response.status == 200 else None,
        unconditional=response.status == 200,
    )


def headers_of(response: Response) -> tuple[tuple[str, str], ...]:
    """Return a response's headers as pairs of text."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )


def header(response: Response, name: bytes) -> str | None:
    """Return the value of a header as text."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None else None
