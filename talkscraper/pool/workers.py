"""A bounded pool of worker processes.

Each slot is one process and one thread that passes it tasks and waits with a time limit. The thread never uses lxml. A
process that exceeds the limit is killed; one that crashes, has grown too large or has done its share of tasks is
replaced.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar

from talkscraper.errors import ExtractionFailed, TalkscraperError
from talkscraper.pool.process import WorkerProcess
from talkscraper.pool.processors import processors
from talkscraper.pool.signal_mask import GROUP_SIGNALS

_P = ParamSpec("_P")
_R = TypeVar("_R")

DEFAULT_TIMEOUT_S = 10.0
MIN_BACKLOG = 16
"""Number of queued tasks at which a further process starts, where their number is the pool's own choice."""
PATIENCE_S = 3.0
"""Seconds for which tasks are queued until it starts anyway."""


@dataclass(frozen=True, slots=True)
class Task(Generic[_P, _R]):
    """A kind of call that a pool executes.

    Arguments and results are pickled, and so is a TalkscraperError that the function raises. Its module is imported by
    worker processes and should import little.
    """

    function: Callable[_P, _R]
    """A module-level function; processes import it by name."""
    timeout_s: float | None = None
    """Time limit in seconds; None: the pool's default."""
    advanced: Callable[[int], object] | None = None
    """Called, on a thread of the pool, with what the function passes to ``worker.advance_call``."""


@dataclass(slots=True)
class _PoolJob:
    about: str
    task: Task[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    future: Future[Any]


class WorkerPool:
    """Calls functions in processes; these start with the first tasks."""

    def __init__(
        self,
        workers: int | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        *,
        memory: int = 2 * 1024**3,
        tasks_per_worker: int = 10_000,
        resident_limit: int = 400 * 1024**2,
        warm_up: Callable[[], object] | None = None,
    ) -> None:
        """Start the threads.

        Args:
            workers: Maximum number of processes; by default one for each processor that this process may use, of which
                all but the first start when tasks pile up.
            timeout_s: Time limit in seconds for tasks without their own.
            memory: Bytes of address space a process may add while it works; 0 for no limit.
            tasks_per_worker: Number of tasks after which a process is replaced, in case it leaks what no limit sees.
            resident_limit: Bytes of resident memory above which a process is replaced after a task.
            warm_up: Called in each new process, outside the time limits of tasks.
        """
        count = workers if workers is not None else processors()
        if count < 1:
            raise ValueError("a pool needs at least one worker")
        self._timeout_s = timeout_s
        self._memory = memory
        self._tasks_per_worker = tasks_per_worker
        self._resident_limit = resident_limit
        self._warm_up = warm_up
        self._jobs: queue.SimpleQueue[_PoolJob | None] = queue.SimpleQueue()
        self._closed = False
        self._abandoned = False
        self._processes: set[WorkerProcess] = set()
        self._lock = threading.Lock()
        self._queued = threading.Condition(self._lock)
        self._slots = [
            threading.Thread(target=self._run, args=(workers is None and n > 0,), name=f"worker-{n}", daemon=True)
            for n in range(count)
        ]
        for slot in self._slots:
            slot.start()

    @property
    def workers(self) -> int:
        """Maximum number of processes."""
        return len(self._slots)

    def ask(self, about: str, task: Task[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
        """Queue a task; ``about`` identifies its subject in messages, usually the URL of the bytes.

        Returns:
            A future with the result, with ExtractionFailed if the worker crashed or exceeded its limits or raised an
            unexpected error, or with the TalkscraperError that the function raised.

        Raises:
            RuntimeError: The pool is closed.
        """
        future: Future[_R] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool of workers is closed")
            self._jobs.put(_PoolJob(about, task, args, kwargs, future))
            self._queued.notify_all()
        return future

    def close(self, *, at_once: bool = False) -> None:
        """Finish what is queued, then end the processes. Idempotent.

        ``at_once``: cancel what is queued, and abort running tasks.
        """
        with self._lock:
            self._abandoned |= at_once
            if at_once:
                with contextlib.suppress(queue.Empty):
                    while (job := self._jobs.get_nowait()) is not None:
                        job.future.cancel()
                # the end markers that were queued were cancelled too
                self._closed = False
            if not self._closed:
                self._closed = True
                for _ in self._slots:
                    self._jobs.put(None)
                self._queued.notify_all()
            for process in self._processes if at_once else ():
                process.end()
        for slot in self._slots:
            slot.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(at_once=error is not None)

    def _kill(self, process: WorkerProcess) -> None:
        with self._lock:
            self._processes.discard(process)
        process.kill()

    def _start(self) -> WorkerProcess:
        process = WorkerProcess()
        with self._lock:
            # registered before it is ready, so that closing the pool at once can kill it
            self._processes.add(process)
            if self._abandoned:
                process.end()
        try:
            process.prepare(self._memory, self._warm_up)
        except BaseException:
            self._kill(process)
            raise
        return process

    def _wait_until_needed(self) -> None:
        """Wait until more is queued than the slots at work can soon do, or the pool is closed.

        A process costs a second or two of processor time before its first page, more than a short run saves by it.
        """
        waiting_since: float | None = None
        with self._queued:
            while not self._closed and self._jobs.qsize() < MIN_BACKLOG:
                if self._jobs.empty():
                    waiting_since = None
                    self._queued.wait()
                    continue
                now = time.monotonic()
                waiting_since = now if waiting_since is None else waiting_since
                if now - waiting_since >= PATIENCE_S:
                    return
                self._queued.wait(PATIENCE_S)

    def _run(self, is_further: bool) -> None:
        """Run one slot: execute jobs, resolve futures, and replace the process when necessary."""
        # inherited by processes: the pool decides when they end
        signal.pthread_sigmask(signal.SIG_BLOCK, GROUP_SIGNALS)
        process: WorkerProcess | None = None
        if is_further:
            self._wait_until_needed()
        try:
            while (job := self._jobs.get()) is not None:
                if not job.future.set_running_or_notify_cancel():
                    continue
                try:
                    if process is not None and process.has_ended:
                        self._kill(process)
                        process = None
                    if process is None:
                        process = self._start()
                    timeout_s = job.task.timeout_s if job.task.timeout_s is not None else self._timeout_s
                    result = process.call(job.task.function, job.args, job.kwargs, timeout_s, job.task.advanced)
                    worn = process.calls >= self._tasks_per_worker or process.resident > self._resident_limit
                except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
                    if process is not None and (process.broken or not isinstance(error, TalkscraperError)):
                        self._kill(process)
                        process = None
                    job.future.set_exception(_failure(error, job.about))
                    continue
                if worn:
                    self._kill(process)
                    process = None
                job.future.set_result(result)
        finally:
            if process is not None:
                self._kill(process)


def _failure(error: BaseException, about: str) -> BaseException:
    if type(error) is not ExtractionFailed:
        return error
    failure = ExtractionFailed(f"{about}: {error}")
    failure.__cause__ = error
    return failure
