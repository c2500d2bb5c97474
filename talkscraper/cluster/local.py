"""The executor of this machine: in this process, or in worker processes without Dask."""

from __future__ import annotations

import queue
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

from talkscraper.cluster.advance import Advanced
from talkscraper.cluster.executor import (
    MAX_ATTEMPTS,
    UNITS_AHEAD,
    Executor,
    Unit,
    UnitOutcome,
    UnitReceipt,
    dead,
    execute,
)
from talkscraper.errors import ExtractionFailed
from talkscraper.pool import Task, WorkerPool
from talkscraper.pool.worker import advance_call

MAX_UNIT_S = 7 * 86_400.0
"""Maximum number of seconds for a unit: it is our own code, which needn't be killed."""
_MEMORY_LIMIT = 1 << 40
"""More than any process has: those that read pages have limits of their own."""
_FOREVER = 1 << 30

_U = TypeVar("_U", bound=Unit)
_R = TypeVar("_R")


class LocalExecutor(Executor):
    """Executes units in this process if it has one slot, otherwise in as many processes, started when needed."""

    is_remote = False

    def __init__(self, slots: int = 1) -> None:
        self._slots = slots
        self._pool: WorkerPool | None = None

    @property
    def slots(self) -> int:
        """Number of processes."""
        return self._slots

    def map(
        self, task: Callable[[_U], _R], units: Iterable[_U], *, advanced: Advanced | None = None
    ) -> Generator[UnitReceipt[_U, _R], None, None]:
        """See ``Executor.map``."""
        if self._slots == 1:
            for unit in units:
                yield execute(task, unit, advanced).receipt(unit)
        else:
            yield from self._in_processes(task, units, advanced)

    def _in_processes(
        self, task: Callable[[_U], _R], units: Iterable[_U], advanced: Advanced | None
    ) -> Generator[UnitReceipt[_U, _R], None, None]:
        if self._pool is None:
            self._pool = WorkerPool(
                self._slots, MAX_UNIT_S, memory=0, tasks_per_worker=_FOREVER, resident_limit=_MEMORY_LIMIT
            )
        pool = self._pool
        # what the pool's threads tell, for this thread: receipts, and progress
        told: queue.SimpleQueue[tuple[_U, Future[UnitOutcome]] | int] = queue.SimpleQueue()
        call = Task(_execute_in_process, advanced=told.put if advanced is not None else None)
        waiting: dict[str, Future[UnitOutcome]] = {}
        attempts: dict[str, int] = {}

        def begin(unit: _U) -> None:
            attempts[unit.key] = attempts.get(unit.key, 0) + 1
            waiting[unit.key] = future = pool.ask(unit.key, call, task, unit)
            future.add_done_callback(lambda done: told.put((unit, done)))

        rest = iter(units)
        try:
            while True:
                while len(waiting) < UNITS_AHEAD * self._slots and (unit := next(rest, None)) is not None:
                    begin(unit)
                if not waiting:
                    return
                event = told.get()
                if isinstance(event, int):
                    if advanced is not None:
                        advanced(event)
                    continue
                unit, future = event
                del waiting[unit.key]
                try:
                    receipt = future.result().receipt(unit)
                except ExtractionFailed as e:
                    if attempts[unit.key] < MAX_ATTEMPTS:
                        begin(unit)
                        continue
                    receipt = UnitReceipt(unit=unit, failure=dead(unit.key, str(e)))
                yield receipt
        finally:
            for future in waiting.values():
                future.cancel()

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.close(at_once=True)
            self._pool = None


def _execute_in_process(task: Callable[[Any], Any], unit: Any) -> UnitOutcome:
    return execute(task, unit, advance_call)
