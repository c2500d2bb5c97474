"""The daily budget of requests to each host (``max_requests_per_day``), counted in rows over all runs of a day (UTC).

A request is counted before it is sent, so that a killed run has counted at least what it sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.frontier import request_days
from talkscraper.store.database import iso
from talkscraper.urls.resolution import netloc_of

if TYPE_CHECKING:
    from talkscraper.crawl.session import Session
    from talkscraper.crawl.source_state import SourceState
    from talkscraper.sources.model import Source

USED_UP = "max-requests"
"""``Tally.stopped_by`` of a source one of whose hosts has had its requests of the day."""


class DailyRequests:
    """The requests of this day, by host. Used on the reactor's thread only."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._limited = any(each.max_requests_per_day is not None for each in session.sources.values())
        self._sent: dict[tuple[str, str], int] = {}

    def recall(self) -> None:
        """Read what earlier runs of the day have sent; called before the reactor starts."""
        if self._limited:
            day = self._day()
            sent = self._session.writer.run(request_days.sent_on, day)
            self._sent = {(day, host): count for host, count in sent.items()}

    def is_used_up(self, state: SourceState) -> bool:
        """Whether the host of the source's homepage has had its requests of the day."""
        source, limit = state.source, self._limit(state.source)
        if source is None or limit is None:
            return False
        return self._sent.get((self._day(), netloc_of(source.homepage)), 0) >= limit

    async def reserve(self, source_id: str, url: str) -> None:
        """Count a request that is about to be sent.

        Raises:
            Stopping: its host has had its requests of the day; nothing more is fetched for the source.
        """
        if not self._limited:
            return
        source, key = self._session.sources.get(source_id), (self._day(), netloc_of(url))
        sent, limit = self._sent.get(key, 0), self._limit(source)
        if limit is not None and sent >= limit:
            from talkscraper.fetch.unsent import Stopping

            self._session.states[source_id].stop(USED_UP)
            raise Stopping(f"{key[1]} has had the {limit} requests of {key[0]} that {source_id} allows: {url}")
        self._sent[key] = sent + 1
        await self._session.executors.in_db(request_days.count, day=key[0], host=key[1])

    def _limit(self, source: Source | None) -> int | None:
        """Return the limit of a day; a backfill ends at half of it, and leaves the rest to the daily work."""
        limit = source.max_requests_per_day if source is not None else None
        return limit if limit is None or self._session.options.backfill is None else (limit + 1) // 2

    def _day(self) -> str:
        return iso(self._session.now())[:10]
