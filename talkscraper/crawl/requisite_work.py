"""The requisites of one page while they are fetched: how many are left, and what happens when none is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from talkscraper.crawl import storing
from talkscraper.errors import StorageError
from talkscraper.fetch.requisites import PER_PAGE
from talkscraper.frontier.model import Lease

if TYPE_CHECKING:
    from talkscraper.crawl.session import Session


class PageRequisites:
    """Counts a page's pictures, styles and fonts down to the last."""

    def __init__(self, session: Session, lease: Lease, page_capture_id: str) -> None:
        self._session = session
        self.lease = lease
        self.page_capture_id = page_capture_id
        self.urls: list[str] = []
        self._left = 0
        self._cut_short = False

    def add(self, urls: Iterable[str]) -> list[str]:
        """Take more requisites on, as many as a page may have; returns those that were taken."""
        taken = list(urls)[: self.room()]
        self.urls.extend(taken)
        self._left += len(taken)
        return taken

    def room(self) -> int:
        """How many more requisites this page may have."""
        return max(0, PER_PAGE - len(self.urls))

    async def one_done(self, *, cut_short: bool = False) -> None:
        """One has come or failed; after the last, the page's lease is finished.

        ``cut_short``: it wasn't tried, because the run is ending; the next run takes the page up again.
        """
        self._cut_short |= cut_short
        self._left -= 1
        if self._left > 0:
            return
        try:
            if not self._cut_short:
                await self.all_done()
        except StorageError as e:
            self._session.fail(e)
        finally:
            self._session.finished(self.lease)

    async def all_done(self) -> None:
        """Write that nothing of the page is missing."""
        await self._session.in_db(storing.requisites_done, self.lease)
