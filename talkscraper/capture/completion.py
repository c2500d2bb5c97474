"""Batched completion of futures: results of the writer's thread reach the event loop many at a time.

``asyncio.wrap_future`` wakes the loop once for each future. All records of a group are resolved at once, so one
wake-up is enough for the whole group.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")


class BatchedCompletion(Generic[T]):
    """The pending futures of one event loop; create it on the thread that runs the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[tuple[asyncio.Future[T], Future[T]]] = deque()
        self._woken = False

    def wait(self, future: Future[T]) -> asyncio.Future[T]:
        """Return an awaitable of this loop that completes as ``future`` does, whichever thread resolves it."""
        waiter: asyncio.Future[T] = self._loop.create_future()
        future.add_done_callback(partial(self._arrive, waiter))
        return waiter

    def _arrive(self, waiter: asyncio.Future[T], done: Future[T]) -> None:
        # append before reading the flag, and clear the flag before draining the queue: no result is left behind
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
