"""What is unpacked of the answers, and what isn't."""

import gzip
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from talkscraper.capture import CAPTURE_META_KEY
from talkscraper.fetch.decompression import KNOWN_META_KEY, DecodingMiddleware


@pytest.mark.parametrize(("known", "unpacked"), [("sha1:A", False), ("sha1:B", True), (None, True)])
def test_a_body_is_unpacked_unless_its_digest_is_known(known, unpacked):
    """The digest is that of the record, so it can't be about other bytes."""
    packed = gzip.compress(b"<html><p>The wall stands.</p></html>")
    capture = SimpleNamespace(payload_digest="sha1:A")
    request = Request("https://quay.example/a", meta={KNOWN_META_KEY: known, CAPTURE_META_KEY: capture})
    response = Response(request.url, body=packed, headers={"Content-Encoding": "gzip", "Content-Type": "text/html"})
    middleware = DecodingMiddleware.from_crawler(get_crawler())
    body = middleware.process_response(request, response).body
    assert body == (gzip.decompress(packed) if unpacked else packed)
