"""The addresses that a run fetches: leased from the frontier in small batches, as its budgets allow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from talkscraper.crawl.daily_requests import USED_UP
from talkscraper.frontier import by_hand, lease_queue
from talkscraper.frontier.model import Lease

if TYPE_CHECKING:
    from talkscraper.crawl.session import Session
    from talkscraper.crawl.source_state import SourceState

BATCH = 16
"""Number of addresses of one source that are leased at a time."""
LOW_WATER = 8
"""Minimum number of addresses in progress; below it more are leased."""


class LeaseStream:
    """Hands out leases until nothing is due any more or a budget is used up. Used on the reactor's thread only."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._changed: asyncio.Event | None = None
        session.shutdown.when_stopped(self._wake)

    def anything_due(self) -> bool:
        """Whether anything is due; called before the reactor starts."""
        return self._session.backfills.anything_left() or any(map(self.is_due, self._session.sources))

    def is_due(self, source_id: str) -> bool:
        """Whether anything of a source is due, or left of its backfill."""
        session = self._session
        if source_id in session.backfills.sources:
            return True
        if source_id in session.by_hand:
            return session.writer.run(by_hand.open_count, source_id=source_id, run_id=session.run_id) > 0
        due = session.writer.run(lease_queue.due_count, source_id=source_id, now=session.now())
        return due > 0 and not self._is_over(session.states[source_id])

    async def __aiter__(self) -> AsyncIterator[Lease]:
        """Yield everything that is due or becomes due during the run."""
        shutdown = self._session.shutdown
        changed = self._changed = asyncio.Event()
        with self._session.budget.time_limit():
            while not shutdown.is_ending():
                # cleared before the query: what finishes while the database is read must be queried again
                changed.clear()
                batch = await self._batch()
                if shutdown.is_ending():
                    break
                if not batch:
                    in_progress = any(state.in_progress for state in self._session.states.values())
                    if not in_progress and not changed.is_set():
                        break
                    await changed.wait()
                for lease in batch:
                    yield lease

    def finished(self, lease: Lease) -> None:
        """Note that a lease's page and all its requisites are done."""
        self._session.states[lease.source_id].in_progress -= 1
        self._wake()

    async def _batch(self) -> list[Lease]:
        session = self._session
        batch: list[Lease] = []
        for source_id in session.sources:
            await session.budget.check_run()
            if session.shutdown.is_ending():
                break
            state = session.states[source_id]
            if state.in_progress < LOW_WATER and not self._is_over(state):
                batch.extend(await self._lease(state))
        return batch

    async def _lease(self, state: SourceState) -> list[Lease]:
        session = self._session
        articles, limit = session.budget.articles_left(state), BATCH - state.in_progress
        leases: list[Lease] = []
        if state.id in session.by_hand:
            leases = await session.executors.in_db(
                by_hand.lease, state.id, run_id=session.run_id, now=session.now(), limit=min(limit, articles)
            )
            # a feed given by hand is one of the pages that max_pages allows, too
            state.tally.leased += len(leases)
        else:
            if session.options.backfill is None:
                leases = await session.executors.in_db(
                    lease_queue.lease_next,
                    state.id,
                    run_id=session.run_id,
                    now=session.now(),
                    limit=limit,
                    articles=articles,
                )
            if not leases and not state.in_progress:
                leases = await session.backfills.lease(state, articles=articles)
            state.tally.leased += sum(lease.is_article for lease in leases)
        state.in_progress += len(leases)
        return leases

    def _is_over(self, state: SourceState) -> bool:
        session = self._session
        if session.daily_requests.is_used_up(state):
            state.stop(USED_UP)
        return session.budget.is_over(state)

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
