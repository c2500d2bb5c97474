"""Payloads and pages for the extraction's tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from talkscraper.model import Capture, Payload, RecordType

CAPTURED_AT = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)


def payload_of(body: bytes, url: str = "https://news.example/posts/one") -> Payload:
    """A payload as the crawl hands it to the pool."""
    capture = Capture(
        id="<urn:uuid:00000000-0000-4000-8000-000000000001>",
        url=url,
        urlkey="example,news)/posts/one",
        captured_at=CAPTURED_AT,
        status=200,
        mime="text/html",
        payload_digest=None,
        record_type=RecordType.RESPONSE,
        warc_file="x.warc.gz",
        warc_offset=0,
        warc_length=1,
    )
    return Payload(capture=capture, body=body, headers=(("Content-Type", "text/html; charset=utf-8"),))


@pytest.fixture
def make_payload():
    """``payload_of`` as a fixture."""
    return payload_of


@pytest.fixture
def captured_at():
    """The capture time that the pages of the tests assume."""
    return CAPTURED_AT
