"""Content decoding of responses that will be read, with the archive's own decoder (``warc.decoding``).

An unchanged page is recognised by its payload digest before anything is decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from talkscraper.capture import CAPTURE_META_KEY
from talkscraper.warc.content_coding import KNOWN_CODINGS, UndecodableContent, codings, decode_content

if TYPE_CHECKING:
    from scrapy import Request

KNOWN_META_KEY = "talkscraper_known"
"""``request.meta`` key of the address's last payload digest, set where an unchanged page won't be parsed again."""


class DecodingMiddleware(HttpCompressionMiddleware):
    """Replaces Scrapy's decompression middleware: the same Accept-Encoding, the archive's decoder."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Decode the body, unless the response's record has the known payload digest.

        Raises:
            IgnoreRequest: the decoded body is too large.
        """
        fields = [
            ("Content-Encoding", value.decode("latin-1")) for value in response.headers.getlist("Content-Encoding")
        ]
        if request.method == "HEAD" or not fields:
            return response
        known = request.meta.get(KNOWN_META_KEY)
        capture = request.meta.get(CAPTURE_META_KEY)
        if known is not None and capture is not None and capture.payload_digest == known:
            return response
        limit = request.meta.get("download_maxsize", self._max_size)
        try:
            body = decode_content(response.body, fields, limit)
        except UndecodableContent as e:
            raise IgnoreRequest(f"{response.url}: {e}") from e
        applied = codings(fields)
        kept = len(applied)
        while kept and applied[kept - 1] in KNOWN_CODINGS:
            kept -= 1
        del response.headers["Content-Encoding"]
        if kept:
            response.headers["Content-Encoding"] = ", ".join(applied[:kept])
        kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        # not replace(): it asks the old response for its encoding, which is guessed from the packed body
        same = {name: getattr(response, name) for name in Response.attributes if name != "body"}
        return kind(**same, body=body)
