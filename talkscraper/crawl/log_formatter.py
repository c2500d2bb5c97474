"""What Scrapy says of every request, made only where somebody wants to read it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.logformatter import LogFormatter

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.http import Response
    from scrapy.logformatter import LogFormatterResult


class QuietFormatter(LogFormatter):
    """Scrapy's, but for its line about each answer: Scrapy's logger lets everything pass, whatever is shown of it."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult | None:  # type: ignore[override]
        """The line, where the root logger shows such lines (``--verbose``)."""
        return super().crawled(request, response, spider) if logging.root.isEnabledFor(logging.DEBUG) else None
