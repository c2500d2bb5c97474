"""The part of backfills in a run: all of a ``backfill`` run; a small share of a crawl, when nothing else is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from talkscraper.crawl import backfill_reader
from talkscraper.crawl.decision import GONE_STATUSES, FetchedPage, header
from talkscraper.frontier import backfill_pages, backfills, lease_queue
from talkscraper.frontier.model import Fate, Lease

if TYPE_CHECKING:
    from talkscraper.crawl.failures import Failure
    from talkscraper.crawl.session import Session
    from talkscraper.crawl.source_state import SourceState
    from talkscraper.sources.model import Source

SHARE = 20
"""Number of old articles and list pages of a source that a crawl fetches when nothing else of it is due."""
BATCH = 16


class BackfillStream:
    """Hands out what the backfills of a run's sources have left. Used on the reactor's thread only."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sources: Mapping[str, Source] | None = None
        self._spent: Counter[str] = Counter()
        self._begun: set[str] = set()
        self.capped: set[str] = set()
        """Ids of sources that may add no more addresses today."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """The sources that have a backfill with anything left, with its bounds; read when the run begins."""
        if self._sources is None:
            session, found = self._session, {}
            left = session.writer.run(backfills.unfinished) - session.by_hand
            for source in session.sources.values():
                bounds = session.writer.run(backfills.bounds_of, source.id) if source.id in left else None
                if bounds is not None:
                    found[source.id] = backfills.bounded(source, *bounds)
            self._sources = found
        return self._sources

    def anything_left(self) -> bool:
        """Whether a backfill of the run's sources has anything left; called before the reactor starts."""
        return bool(self.sources)

    async def lease(self, state: SourceState, *, articles: int) -> list[Lease]:
        """Return what is to be fetched next for a source's backfill; nothing else of the source is in progress."""
        session, source = self._session, self.sources.get(state.id)
        if source is None or state.id in self.capped:
            return []
        if session.options.backfill is None:
            share = min(BATCH, SHARE - self._spent[state.id])
            if share <= 0 or articles <= 0:
                return []
        else:
            share = BATCH
            if articles <= 0:
                state.stop("max-pages")
                return []
            if state.id not in self._begun:
                front = await self._begin(source)
                if front:
                    return front
        taken = await session.executors.in_db(
            backfills.take, source, run_id=session.run_id, now=session.now(), limit=share, articles=articles
        )
        if taken.capped:
            self.capped.add(state.id)
        self._spent[state.id] += len(taken.leases)
        return list(taken.leases)

    async def _begin(self, source: Source) -> list[Lease]:
        """Return the front page if it was never fetched, which names doors; then note the doors that are known."""
        session = self._session
        assert source.since is not None
        front = await session.executors.in_db(
            lease_queue.lease_unseen_homepage, source.id, run_id=session.run_id, now=session.now()
        )
        if front:
            return front
        self._begun.add(source.id)
        await session.executors.in_db(backfills.add_roots, source, now=session.now())
        return []

    def close(self) -> None:
        """Count what the run fetched; called at its end."""
        for source_id in self._sources or ():
            self._session.writer.run(backfills.sweep, source_id, now=self._session.now())

    async def page_received(self, page: FetchedPage) -> None:
        """Store what a page of a door names."""
        session, lease, source = self._session, page.lease, self.sources[page.lease.source_id]
        if page.status in GONE_STATUSES:
            await session.executors.in_db(backfill_pages.ended, lease, now=session.now())
            return
        reading = await session.executors.in_pool(
            lease.url,
            backfill_reader.READ_OLDER_PAGE,
            lease.kind,
            page.response.body,
            page.response.url,
            source,
            header(page.response, b"Content-Type"),
        )
        if isinstance(reading, str):
            await session.executors.in_db(backfill_pages.failed, lease, "unreadable", now=session.now(), final=True)
            return
        await session.executors.in_db(
            backfill_pages.store_page, source, lease, reading, url=page.response.url, now=session.now()
        )
        session.states[source.id].tally.found.update(hash(link.url) for link in reading.articles)

    async def page_failed(self, lease: Lease, failure: Failure) -> None:
        """Note that a page of a door wasn't received."""
        if failure.error == "stopping":
            return
        session = self._session
        if failure.error in ("redirect", "redirects"):
            await session.executors.in_db(backfill_pages.ended, lease, now=session.now())
            return
        retry_at = failure.retry_at if failure.fate is Fate.DEFERRED else None
        await session.executors.in_db(
            backfill_pages.failed, lease, failure.error, now=session.now(),
            final=failure.fate is Fate.REFUSED, retry_at=retry_at,
        )  # fmt: skip
