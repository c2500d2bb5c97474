"""From a writer's thread back to the event loop, many results at a time.

``asyncio.wrap_future`` wakes the loop once for each future. A group of records is resolved at once, so one wake-up
is enough for all of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")


class Landing(Generic[T]):
    """Waiting places of one event loop; make it where the loop runs."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[tuple[asyncio.Future[T], Future[T]]] = deque()
        self._woken = False

    def wait(self, future: Future[T]) -> asyncio.Future[T]:
        """An awaitable of this loop that ends as ``future`` does, whichever thread resolves it."""
        waiter: asyncio.Future[T] = self._loop.create_future()
        future.add_done_callback(partial(self._arrive, waiter))
        return waiter

    def _arrive(self, waiter: asyncio.Future[T], done: Future[T]) -> None:
        # appended before the flag is looked at, and the flag is cleared before the queue is: nothing is left behind
        self._arrived.append((waiter, done))
        if not self._woken and not self._loop.is_closed():
            self._woken = True
            self._loop.call_soon_threadsafe(self._land)

    def _land(self) -> None:
        self._woken = False
        while self._arrived:
            waiter, done = self._arrived.popleft()
            if waiter.done():
                continue  # its download was cancelled
            error = done.exception()
            if error is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(done.result())
