"""Pacing of requests by host: every request waits here for the host's turn.

This holds for all traffic: pages, robots.txt, redirects, requisites, retries. A turn starts no sooner than ``delay``
seconds after the previous request to that host was sent, by this process or any other of the same user on this
machine, and never while the host is paused. Nor does it start within ``delay`` of the end of the run before, or of the
process whose hosts this one takes over: nobody knows when these last sent something. The actual gaps are measured and
reported.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talkscraper.fetch.host_leases import HostLeases

MAX_DELAY_S = 120.0
"""Maximum crawl-delay in seconds that is honoured (Common Crawl's cap)."""
_GAPS_KEPT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class HostReport:
    """A run's requests to one host: how many, and the gaps in seconds, each from one that was sent to the next turn."""

    host: str
    requests: int
    delay_s: float
    min_gap_s: float | None
    median_gap_s: float | None

    def joined(self, other: HostReport) -> HostReport:
        """Return the measurements of two processes as one; the median is that of the one with more requests."""
        more = self if self.requests >= other.requests else other
        gaps = [each.min_gap_s for each in (self, other) if each.min_gap_s is not None]
        return replace(
            more,
            requests=self.requests + other.requests,
            delay_s=max(self.delay_s, other.delay_s),
            min_gap_s=min(gaps, default=None),
        )


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    delay_s: float = 0.0
    crawl_delay_s: float = 0.0
    paused_until: float = 0.0
    pause_why: str = ""
    busy: int = 0
    """Number of consecutive 429 and 503 responses."""
    sent_at: float | None = None
    """When the last request was sent."""
    delay_from: float | None = None
    """From when its delay counts: then, or later (``Pacer._answered``)."""
    requests: int = 0
    min_gap_s: float | None = None
    gaps: deque[float] = field(default_factory=lambda: deque(maxlen=_GAPS_KEPT))


class Pacer:
    """The turns of all hosts of one run. Times are seconds of ``clock``.

    A simulation passes its own clock, and its own ``wait``, which returns after a given number of seconds.
    """

    def __init__(
        self,
        leases: HostLeases | None = None,
        *,
        patience_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self._leases = leases
        self._clock = clock
        self._waits = wait
        self.patience_s = patience_s
        """Maximum pause in seconds that is waited for; a longer one ends the host's part in this run."""
        self.first_pause_s = 30.0
        """Pause in seconds of a host that is busy and gives no Retry-After."""
        self._hosts: dict[str, _Host] = {}
        self._closed: asyncio.Event | None = None
        self._closing = False
        self._others_until: float | None = None
        self.when_paused: Callable[[str, float], None] | None = None
        """Called with a host and the seconds for which nothing is sent to it."""
        self.may_send: Callable[[], bool] | None = None
        """Returns whether this process still owns its hosts; None: it can't lose them."""
        self._elsewhere: dict[str, HostReport] = {}
        """The measurements of other processes that fetched for this run."""

    @asynccontextmanager
    async def turn(self, host: str, *, delay: float, concurrency: int = 1) -> AsyncIterator[None]:
        """Wait for the host's turn; the request is sent and received inside the context.

        Raises:
            Stopping: the run ended first.
            HostPaused: the host's pause exceeds the maximum wait.
        """
        state = self._hosts.get(host)
        if state is None:
            state = self._hosts[host] = _Host(asyncio.Semaphore(max(1, concurrency)))
        async with state.slots:
            async with state.line:
                await self._wait(host, state, delay)
                self._started(state)
            try:
                yield
            finally:
                if concurrency == 1 or state.crawl_delay_s:
                    self._answered(state)

    def others_sent(self, seconds_ago: float) -> None:
        """Count each host's first delay from this moment: until then another run or process may have sent requests."""
        self._others_until = self._clock() - max(0.0, seconds_ago)

    def sent(self, host: str) -> None:
        """Count the host's delay from now: connecting took time, and the request of its turn is sent now."""
        state = self._hosts.get(host)
        if state is None or state.sent_at is None:
            return
        state.sent_at = state.delay_from = self._clock()
        if state.delay_s and self._leases is not None:
            self._leases.sent(host, state.delay_s)

    def slow_down(self, host: str, crawl_delay: float) -> float:
        """Apply the crawl-delay of robots.txt, at most ``MAX_DELAY_S``; return the delay applied in seconds."""
        state = self._hosts.setdefault(host, _Host(asyncio.Semaphore(1)))
        state.crawl_delay_s = min(MAX_DELAY_S, max(0.0, crawl_delay))
        if state.crawl_delay_s:
            # a host that asks for a delay gets one request at a time
            state.slots = asyncio.Semaphore(1)
        return state.crawl_delay_s

    def back_off(self, host: str, requested_s: float | None, why: str = "") -> float:
        """Pause a host after a 429 or 503 as long as it requested, or with exponential back-off; return the seconds."""
        state = self._hosts.setdefault(host, _Host(asyncio.Semaphore(1)))
        seconds = requested_s if requested_s is not None else self.first_pause_s * (1 << min(state.busy, 10))
        state.busy += 1
        self.pause(host, seconds, why)
        return seconds

    def reset_backoff(self, host: str) -> None:
        """Reset the host's back-off after a normal response."""
        state = self._hosts.get(host)
        if state is not None:
            state.busy = 0

    def pause(self, host: str, seconds: float, why: str = "") -> None:
        """Send the host nothing for ``seconds`` from now (429, 503); ``why``: what it answered."""
        state = self._hosts.setdefault(host, _Host(asyncio.Semaphore(1)))
        state.pause_why = why or state.pause_why
        now = self._clock()
        state.paused_until = max(state.paused_until, now + seconds)
        if self.when_paused is not None:
            self.when_paused(host, state.paused_until - now)

    def close(self) -> None:
        """Make every waiting and every future ``turn`` raise ``Stopping``."""
        self._closing = True
        if self._closed is not None:
            self._closed.set()

    @property
    def closing(self) -> bool:
        """Whether ``close`` has been called."""
        return self._closing

    def report(self) -> tuple[HostReport, ...]:
        """Return the measurements so far, by host."""
        if not self._hosts and not self._elsewhere:
            return ()
        import statistics

        reports = {
            host: HostReport(
                host=host,
                requests=state.requests,
                delay_s=round(state.delay_s, 3),
                min_gap_s=round(state.min_gap_s, 3) if state.min_gap_s is not None else None,
                median_gap_s=round(statistics.median(state.gaps), 3) if state.gaps else None,
            )
            for host, state in self._hosts.items()
            if state.requests
        }
        for host, other in self._elsewhere.items():
            reports[host] = other.joined(reports[host]) if host in reports else other
        return tuple(reports[host] for host in sorted(reports))

    def adopt(self, reports: Iterable[HostReport]) -> None:
        """Add the measurements of another process to the report."""
        for each in reports:
            known = self._elsewhere.get(each.host)
            self._elsewhere[each.host] = each if known is None else known.joined(each)

    async def _wait(self, host: str, state: _Host, delay: float) -> None:
        # loads Scrapy, which a run with nothing due doesn't need
        from talkscraper.fetch.unsent import HostPaused, Stopping

        while True:
            if self._closing or (self.may_send is not None and not self.may_send()):
                raise Stopping("the run is ending")
            now = self._clock()
            pause = state.paused_until - now
            if pause > self.patience_s:
                raise HostPaused(host, pause, state.pause_why)
            state.delay_s = max(delay, state.crawl_delay_s)
            begin = self._others_until if state.delay_from is None else state.delay_from
            since = 0.0 if begin is None else begin + state.delay_s - now
            wait = max(pause, since)
            if wait <= 0 and state.delay_s and self._leases is not None:
                # other processes on this machine
                wait = await asyncio.to_thread(self._leases.take, host, state.delay_s)
            if wait <= 0:
                return
            await self._sleep(wait)

    async def _sleep(self, seconds: float) -> None:
        if self._waits is not None:
            await self._waits(seconds)
            return
        if self._closed is None:
            self._closed = asyncio.Event()
            if self._closing:
                self._closed.set()
        try:
            await asyncio.wait_for(self._closed.wait(), seconds)
        except TimeoutError:
            return

    def _answered(self, state: _Host) -> None:
        """Count the delay from the answer, or half a delay after the request was sent, whichever is sooner.

        A request that was held up on its way, or waited for a busy server, is there later than it was sent: the next
        one would follow close behind.
        """
        if state.sent_at is not None:
            state.delay_from = min(self._clock(), state.sent_at + state.delay_s / 2)

    def _started(self, state: _Host) -> None:
        now = self._clock()
        if state.sent_at is not None:
            gap = now - state.sent_at
            state.gaps.append(gap)
            state.min_gap_s = gap if state.min_gap_s is None else min(gap, state.min_gap_s)
        state.sent_at = state.delay_from = now
        state.requests += 1
