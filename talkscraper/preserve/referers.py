"""The page of imported captures that are requisites, from the Referer of the requests for them.

talkscraper's own records name the page of a requisite; other crawlers' don't, but the requests of browsers have a
Referer. So packages (``wacz``) can include a page's requisites.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TypeVar

from talkscraper.model import Capture, RecordType
from talkscraper.warc.headers import WarcHeaders, safe_uri
from talkscraper.warc.scan import ScannedRecord

REMEMBERED = 4096
"""Maximum number of pages and style sheets of a file, and of requests without response, that are remembered."""
_V = TypeVar("_V")
_HTML = ("text/html", "application/xhtml+xml")


class Referers:
    """Takes the records of one file in order, and then their captures."""

    def __init__(self) -> None:
        self._referers: OrderedDict[str, str] = OrderedDict()
        """The Referer by the id of the request, and of its response."""
        self._request_of: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._pages: OrderedDict[str, str] = OrderedDict()
        """The page to which an address belongs: itself, or the one that requested a style sheet."""

    def feed(self, seen: ScannedRecord) -> None:
        """Process a record."""
        related = seen.headers.get_all("WARC-Concurrent-To")
        if seen.record_type == "request":
            lines = seen.start.partition(b"\r\n\r\n")[0].splitlines()[1:]
            referer = WarcHeaders.parse(lines).get("Referer")
            if referer:
                for key in (seen.record_id, *related):
                    _remember(self._referers, key, safe_uri(referer.partition("#")[0]))
        elif seen.record_type in ("response", "revisit") and related:
            _remember(self._request_of, seen.record_id, related)

    def with_page(self, capture: Capture) -> Capture:
        """Return the capture with its page, if one captured before requested it."""
        keys = (capture.id, *self._request_of.pop(capture.id, ()))
        referer = next((self._referers[key] for key in keys if key in self._referers), None)
        mime = (capture.mime or "").lower()
        if mime in _HTML:
            if capture.status is not None and 200 <= capture.status < 300 and capture.method == "GET":
                _remember(self._pages, capture.url, capture.id)
            return capture
        page = self._pages.get(referer) if referer is not None else None
        if page is None or capture.page_capture_id is not None or capture.record_type is RecordType.RESOURCE:
            return capture
        if mime == "text/css":
            _remember(self._pages, capture.url, page)
        return replace(capture, page_capture_id=page)


def _remember(memory: OrderedDict[str, _V], key: str, value: _V) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
