"""Extractor processes: a page that hangs, dies or eats memory costs itself, never the crawl.

Each slot is one process and one thread that feeds it and waits with a clock. The thread never touches lxml. A
process that misses its time is killed; one that dies, has grown too big or has done its share of pages is replaced.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from talkscraper.errors import ExtractionFailed
from talkscraper.extraction.selectors import SelectorSet
from talkscraper.extraction.worker import DEFAULT_TASK
from talkscraper.model import Extraction, Payload

START_LIMIT_S = 120.0
"""Seconds a process may take to import what it needs."""


@dataclass(slots=True)
class _Job:
    payload: Payload
    selectors: SelectorSet | None
    future: Future[Extraction]


class ExtractorPool:
    """A bounded pool of extractor processes."""

    def __init__(
        self,
        workers: int | None = None,
        timeout_s: float = 10.0,
        *,
        memory: int = 2 * 1024**3,
        pages_per_worker: int = 1_000,
        resident_limit: int = 700 * 1024**2,
        task: str = DEFAULT_TASK,
    ) -> None:
        """Start the threads; the processes start with the first pages.

        Args:
            workers: Processes at most; by default one fewer than there are processors, at least one.
            timeout_s: Wall-clock seconds per page.
            memory: Bytes of address space a process may add while it works; 0 for no limit.
            pages_per_worker: Pages after which a process is replaced.
            resident_limit: Bytes of resident memory after which a process is replaced.
            task: ``module:function`` that a process runs on ``(payload, selectors)``.
        """
        count = workers if workers is not None else max(1, (os.cpu_count() or 2) - 1)
        if count < 1:
            raise ValueError("a pool needs at least one worker")
        self._timeout_s = timeout_s
        self._memory = memory
        self._pages_per_worker = pages_per_worker
        self._resident_limit = resident_limit
        self._task = task
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._abandoned = False
        self._processes: set[_Process] = set()
        self._lock = threading.Lock()
        self._slots = [threading.Thread(target=self._run, name=f"extractor-{n}", daemon=True) for n in range(count)]
        for slot in self._slots:
            slot.start()

    @property
    def workers(self) -> int:
        """Processes at most."""
        return len(self._slots)

    def submit(self, payload: Payload, selectors: SelectorSet | None = None) -> Future[Extraction]:
        """Queue a page.

        Returns:
            A future with the Extraction, or with ExtractionFailed where the page killed, hung or outgrew its process.

        Raises:
            RuntimeError: The pool is closed.
        """
        future: Future[Extraction] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the extractor pool is closed")
            self._jobs.put(_Job(payload, selectors, future))
        return future

    def close(self, *, at_once: bool = False) -> None:
        """Finish what is queued, then end the processes. Closing twice is fine.

        ``at_once``: nobody waits for a page any more; what is queued is cancelled, what is being read given up.
        """
        with self._lock:
            self._abandoned |= at_once
            if at_once:
                with contextlib.suppress(queue.Empty):
                    while (job := self._jobs.get_nowait()) is not None:
                        job.future.cancel()
                # the ends that were queued are gone with the rest
                self._closed = False
            if not self._closed:
                self._closed = True
                for _ in self._slots:
                    self._jobs.put(None)
            for process in self._processes if at_once else ():
                process.end()
        for slot in self._slots:
            slot.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> _Process:
        process = _Process(self._task, self._memory)
        with self._lock:
            self._processes.add(process)
            if self._abandoned:
                process.end()
        return process

    def _kill(self, process: _Process) -> None:
        with self._lock:
            self._processes.discard(process)
        process.kill()

    def _run(self) -> None:
        """One slot: jobs in, futures resolved, the process replaced when it must be."""
        process: _Process | None = None
        try:
            while (job := self._jobs.get()) is not None:
                if not job.future.set_running_or_notify_cancel():
                    continue
                try:
                    if process is None:
                        process = self._start()
                    result = process.ask(job, self._timeout_s)
                    worn = process.pages >= self._pages_per_worker or process.resident > self._resident_limit
                except BaseException as error:  # noqa: BLE001 - told to whoever waits for the page
                    if process is not None and (not isinstance(error, ExtractionFailed) or process.broken):
                        self._kill(process)
                        process = None
                    job.future.set_exception(error)
                    continue
                if worn:
                    self._kill(process)
                    process = None
                job.future.set_result(result)
        finally:
            if process is not None:
                self._kill(process)


class _Process:
    """One extractor process and the line to it."""

    def __init__(self, task: str, memory: int) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            command = [sys.executable, "-m", "talkscraper.extraction.worker", str(descriptor), str(memory), task]
            try:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=(descriptor,),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    # same order of sets in every process and on every machine
                    env={**os.environ, "PYTHONHASHSEED": "0"},
                )
            except OSError as error:
                ours.close()
                raise ExtractionFailed(f"no extractor process could be started: {error}") from error
        self._line: Connection[Any, Any] = Connection(ours.detach())
        self.pages = 0
        self.resident = 0
        self.broken = False
        try:
            answer = self._receive(START_LIMIT_S)
        except ExtractionFailed:
            self.kill()
            raise
        self.resident = answer[2]

    def ask(self, job: _Job, timeout_s: float) -> Extraction:
        """The Extraction of a page.

        Raises:
            ExtractionFailed: The process died, hung or gave up; ``broken`` says whether it can go on.
        """
        self.pages += 1
        url = job.payload.capture.url
        try:
            self._line.send((job.payload, job.selectors))
        except (BrokenPipeError, ConnectionError) as error:
            self.broken = True
            raise ExtractionFailed(f"{url}: the extractor process is gone") from error
        try:
            kind, value, self.resident = self._receive(timeout_s)
        except ExtractionFailed as error:
            raise ExtractionFailed(f"{url}: {error}") from error
        if kind == "done":
            result: Extraction = value
            return result
        # after a MemoryError the heap is in pieces: start afresh
        self.broken = kind == "memory"
        raise ExtractionFailed(f"{url}: {value}")

    def _receive(self, timeout_s: float) -> tuple[str, Any, int]:
        try:
            if not self._line.poll(timeout_s):
                self.broken = True
                raise ExtractionFailed(f"no result after {timeout_s:g} s")
            answer: tuple[str, Any, int] = self._line.recv()
        except (EOFError, ConnectionError, OSError) as error:
            self.broken = True
            code = self._process.wait()
            told = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            raise ExtractionFailed(f"the extractor process ended {told}") from error
        return answer

    def end(self) -> None:
        """Let the process die; whoever waits for its answer learns it. From any thread, until ``kill``."""
        self._process.kill()

    def kill(self) -> None:
        """End the process and wait for it."""
        with contextlib.suppress(OSError):
            self._line.close()
        self._process.kill()
        self._process.wait()
