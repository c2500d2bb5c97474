"""Unpacking what is going to be read, and nothing else.

A page that came byte for byte as it was is recognised by its digest, before any of it is unpacked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware

from talkscraper.capture import CAPTURE_META_KEY

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

KNOWN_META_KEY = "talkscraper_known"
"""The digest of the payload that this request's address had last time, where nobody will look into the same again."""


class DecodingMiddleware(HttpCompressionMiddleware):
    """Scrapy's, but for bodies that are known."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Unpack the body, unless the answer's record says that it is the one that was known."""
        known = request.meta.get(KNOWN_META_KEY)
        capture = request.meta.get(CAPTURE_META_KEY)
        if known is not None and capture is not None and capture.payload_digest == known:
            return response
        result: Request | Response = super().process_response(request, response)
        return result
