"""Group commit: one thread that writes what is queued, many items at a time.

A group is what was queued while the previous group was being written, so all of it shares one fsync; there is no timer.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_GROUP = 64
"""Maximum number of items in a group."""


class GroupThread(Generic[T]):
    """Passes queued items to ``write``, in their order, on a thread of its own; any thread may call ``put``.

    Args:
        name: The thread's name.
        write: Writes a group. It reports errors to the waiting callers of the items, and raises none.
        finish: Called on the thread after the last group; not called if nothing was ever queued.
        max_queued: Maximum number of queued items, above which ``put`` blocks; 0: no maximum.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[list[T]], None],
        *,
        finish: Callable[[], None] = lambda: None,
        max_queued: int = 0,
    ) -> None:
        self._name = name
        self._write = write
        self._finish = finish
        self._queue: queue.Queue[T | None] = queue.Queue(max_queued)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, item: T) -> bool:
        """Queue an item; return False if the thread was closed. Blocks while the queue is full."""
        with self._lock:
            if self._closed:
                return False
            if self._thread is None:
                # a daemon thread: a run that dies without closing must not hang; it leaves what a killed run leaves
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._queue.put(item)
            return True

    def close(self) -> None:
        """Write what is queued, and end the thread. Idempotent."""
        with self._lock:
            self._closed = True
            if self._thread is not None:
                self._queue.put(None)
                self._thread.join()
                self._thread = None

    def _work(self) -> None:
        ended = False
        while not ended:
            group, ended = self._next_group()
            if group:
                self._write(group)
        self._finish()

    def _next_group(self) -> tuple[list[T], bool]:
        """Return the queued items, at least one, and whether they are the last; empty if the end was queued alone."""
        group: list[T] = []
        item = self._queue.get()
        while item is not None:
            group.append(item)
            if len(group) == MAX_GROUP:
                return group, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True
