"""Capture of HTTP exchanges: the bytes sent and received above TLS are written to WARC files.

    Scrapy request → handler → protocol (the tee) → exchange → writer thread → records on disk → rows → response

A response reaches its spider only after its record is on disk and its row committed; ``response.meta`` then holds
the ``Capture`` under ``CAPTURE_META_KEY``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from talkscraper.errors import CaptureError

if TYPE_CHECKING:
    from talkscraper.capture.writer import WarcWriter

CAPTURE_META_KEY = "talkscraper_capture"
"""``response.meta`` key of the response's ``Capture``; the handler sets it anew for every hop of a redirect chain."""
SOURCE_META_KEY = "talkscraper_source"
"""``request.meta`` key of the id of the source for which a request is made."""
PAGE_META_KEY = "talkscraper_page"
"""``request.meta`` key of the record id of the page that needs this requisite."""
KIND_META_KEY = "talkscraper_kind"
"""``request.meta`` key of the expected kind of document: article, homepage, listing, feed or sitemap."""

_writers: WeakKeyDictionary[Any, WarcWriter] = WeakKeyDictionary()


def attach_writer(crawler: Any, writer: WarcWriter) -> None:
    """Set the WARC writer that a Scrapy crawler uses; call it before the crawler's engine opens."""
    _writers[crawler] = writer


def writer_of(crawler: Any) -> WarcWriter:
    """Return the WARC writer of a Scrapy crawler.

    Raises:
        CaptureError: no writer was attached.
    """
    writer = _writers.get(crawler)
    if writer is None:
        raise CaptureError("nothing records this crawl: add talkscraper.ArchiveAddon to ADDONS")
    return writer
