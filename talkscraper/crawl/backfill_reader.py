"""Reader of the pages of backfills, in a worker process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.errors import TalkscraperError
from talkscraper.pool import Task

if TYPE_CHECKING:
    from talkscraper.discovery.older_pages import OlderPage
    from talkscraper.sources.model import Source


def read(kind: str, body: bytes, url: str, source: Source, content_type: str | None = None) -> OlderPage | str:
    """Return what a page of a door names, or why it can't be read."""
    from talkscraper.discovery.older_pages import read_older_page  # loads lxml

    try:
        return read_older_page(kind, body, url, source, content_type)
    except TalkscraperError as e:
        return str(e)


READ_OLDER_PAGE = Task(read, timeout_s=60.0)
