"""Capture at the wire: every exchange's bytes, as sent and received above TLS, into WARC files.

    Scrapy's request → handler → protocol (the tee) → exchange → writer's thread → records on disk → rows → response

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
"""``response.meta`` key of the response's own ``Capture``; set by the handler, at every hop anew."""
SOURCE_META_KEY = "talkscraper_source"
"""``request.meta`` key of the source (its id) on whose behalf a request is made."""
PAGE_META_KEY = "talkscraper_page"
"""``request.meta`` key of the record id of the page that needs this requisite."""
KIND_META_KEY = "talkscraper_kind"
"""``request.meta`` key of what is expected behind the address: article, homepage, listing, feed or sitemap."""

_writers: WeakKeyDictionary[Any, WarcWriter] = WeakKeyDictionary()


def attach_writer(crawler: Any, writer: WarcWriter) -> None:
    """Say into which WARC files a Scrapy crawler's exchanges go; before its engine opens."""
    _writers[crawler] = writer


def writer_of(crawler: Any) -> WarcWriter:
    """The writer of a Scrapy crawler.

    Raises:
        CaptureError: none was attached.
    """
    writer = _writers.get(crawler)
    if writer is None:
        raise CaptureError("nothing records this crawl: add talkscraper.ArchiveAddon to ADDONS")
    return writer
