"""Scrapy's formatter of its log lines, without the work for lines that nobody sees."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.logformatter import LogFormatter

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.http import Response
    from scrapy.logformatter import LogFormatterResult


class QuietFormatter(LogFormatter):
    """Scrapy's formatter without the work for unseen lines: Scrapy's logger passes every record, whatever is shown."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult | None:  # type: ignore[override]
        """Return the line if the root logger shows it (``--verbose``)."""
        return super().crawled(request, response, spider) if logging.root.isEnabledFor(logging.DEBUG) else None
