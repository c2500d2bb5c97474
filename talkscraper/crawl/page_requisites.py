"""The requisites of one page while they are fetched: how many are left, and what happens when none is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from talkscraper.errors import CaptureError, StorageError
from talkscraper.fetch.politeness import Stopping
from talkscraper.fetch.requisites import PER_PAGE
from talkscraper.frontier.model import Lease
from talkscraper.model import Capture

if TYPE_CHECKING:
    from talkscraper.crawl.session import Session
    from talkscraper.crawl.shared_requisites import Sharing

MAX_SHARED = 3 * PER_PAGE
"""A page needs no more than so many pictures, styles and fonts that were fetched for other pages."""


class PageRequisites:
    """Counts a page's pictures, styles and fonts down to the last.

    Counted are those that are fetched for it, those that are just being fetched for another page, and, from the
    beginning, the reading of the page itself: whoever made this calls ``one_done`` when it has been read.
    """

    def __init__(self, session: Session, sharing: Sharing, lease: Lease, page: Capture) -> None:
        self._session = session
        self._sharing = sharing
        self.lease = lease
        self.page = page
        self.urls: list[str] = []
        """What is fetched for it."""
        self.shared: dict[str, None] = {}
        """What it needs and another page asked for."""
        self._left = 1
        self._cut_short = False

    @property
    def page_capture_id(self) -> str:
        """The record id of the page."""
        return self.page.id

    def add(self, urls: Iterable[str]) -> list[str]:
        """Take more requisites on, as many as a page may have; returns those that were taken."""
        taken = list(urls)[: self.room()]
        self.urls.extend(taken)
        self._left += len(taken)
        return taken

    def share(self, url: str) -> bool:
        """Note that the page needs what another one asked for; False where it is noted, or there is no room."""
        if url in self.shared or len(self.shared) >= MAX_SHARED:
            return False
        self.shared[url] = None
        return True

    def wait(self) -> None:
        """One more is under way, for another page."""
        self._left += 1

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
        over = True
        try:
            if not self._cut_short:
                over = await self._all_came()
        except Stopping:
            # the row keeps its mark, and the next run takes the page up again
            over = True
        except (CaptureError, StorageError) as e:
            self._session.fail(e)
        finally:
            if over:
                self._session.finished(self.lease)

    async def _all_came(self) -> bool:
        """Write what the page needs of others, and that nothing is missing; False where more is under way now."""
        self._left += 1
        try:
            needed = await self._sharing.found(self)
        finally:
            self._left -= 1
        if self._left > 0:
            # a style sheet of another page's names what is still being fetched
            return False
        await self._sharing.write(self, needed)
        return True
