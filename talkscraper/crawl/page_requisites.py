"""The pending requisites of one page: a count-down that finishes the page's lease."""

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
"""Maximum number of a page's requisites that are fetched on account of other pages."""


class PageRequisites:
    """Counts down a page's pending style sheets, pictures and fonts.

    The count includes requisites fetched for this page, those being fetched for another page, and, initially, the
    parsing of the page itself: the creator calls ``one_done`` when the page has been parsed.
    """

    def __init__(self, session: Session, sharing: Sharing, lease: Lease, page: Capture) -> None:
        self._session = session
        self._sharing = sharing
        self.lease = lease
        self.page = page
        self.urls: list[str] = []
        """URLs fetched for this page."""
        self.shared: dict[str, None] = {}
        """URLs that this page needs and that were requested for another page."""
        self._left = 1
        self._cut_short = False

    @property
    def page_capture_id(self) -> str:
        """The record id of the page."""
        return self.page.id

    def add(self, urls: Iterable[str]) -> list[str]:
        """Add requisites up to the page's maximum; return those that were added."""
        taken = list(urls)[: self.room()]
        self.urls.extend(taken)
        self._left += len(taken)
        return taken

    def share(self, url: str) -> bool:
        """Note a requisite that another page requested; return whether there was anything new to note."""
        if url in self.shared or len(self.shared) >= MAX_SHARED:
            return False
        self.shared[url] = None
        return True

    def wait(self) -> None:
        """Count one more requisite that is being fetched for another page."""
        self._left += 1

    def room(self) -> int:
        """How many more requisites this page may have."""
        return max(0, PER_PAGE - len(self.urls))

    async def one_done(self, *, cut_short: bool = False) -> None:
        """Count one requisite that arrived or failed; after the last, the page's lease is finished.

        ``cut_short``: it wasn't fetched because the run is ending; the next run resumes the page.
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
            # the row keeps its mark, and the next run resumes the page
            over = True
        except (CaptureError, StorageError) as e:
            self._session.fail(e)
        finally:
            if over:
                self._session.finished(self.lease)

    async def _all_came(self) -> bool:
        """Store the page's shared requisites and that it is complete; return False where more are pending now."""
        self._left += 1
        try:
            needed = await self._sharing.found(self)
        finally:
            self._left -= 1
        if self._left > 0:
            # a style sheet fetched for another page names requisites that are still being fetched
            return False
        await self._sharing.write(self, needed)
        return True
