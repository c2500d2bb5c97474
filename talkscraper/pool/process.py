"""A worker process and the connection to it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from talkscraper.errors import ExtractionFailed
from talkscraper.pool.line import PoolLine
from talkscraper.pool.worker import limit_memory

START_LIMIT_S = 120.0
"""Seconds a process may take to import what it needs."""
_PACKAGE_PARENT = str(Path(__file__).parents[2])
_PROGRAM = "from talkscraper.pool.worker import main; main()"


class WorkerProcess:
    """A process that calls one function at a time.

    It inherits the signal mask of the thread that makes it, and dies when that thread ends.
    """

    def __init__(self) -> None:
        """Start the process.

        Raises:
            ExtractionFailed: it can't be started.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            command = [sys.executable, "-P", "-c", _PROGRAM, str(descriptor), str(os.getpid())]
            try:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=(descriptor,),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env={
                        **os.environ,
                        # the modules of this process, and none from the folder that it was started in
                        "PYTHONPATH": os.pathsep.join((*filter(os.path.isabs, sys.path), _PACKAGE_PARENT)),
                        # same order of sets in every process and on every machine
                        "PYTHONHASHSEED": "0",
                    },
                )
            except OSError as error:
                ours.close()
                raise ExtractionFailed(f"no worker process could be started: {error}") from error
        self._line = PoolLine(ours)
        self.calls = 0
        self.resident = 0
        self.broken = False

    @property
    def has_ended(self) -> bool:
        """Whether it isn't there any more: an idle one may have been killed, as when a machine runs out of memory."""
        return self._process.poll() is not None

    def prepare(self, memory: int, warm_up: Callable[[], object] | None) -> None:
        """Prepare the process for its first task.

        Args:
            memory: Bytes of address space it may add after ``warm_up``; 0 for no limit.
            warm_up: Imports what its tasks need, outside their time limit.

        Raises:
            ExtractionFailed: the process crashed or timed out.
        """
        if warm_up is not None:
            self.call(warm_up, (), {}, START_LIMIT_S)
        if memory:
            self.call(limit_memory, (memory,), {}, START_LIMIT_S)
        self.calls = 0

    def call(
        self,
        function: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        timeout_s: float,
        advanced: Callable[[int], object] | None = None,
    ) -> Any:
        """Return the function's result; ``function`` must be importable by name.

        ``advanced`` is called with what the function passes to ``worker.advance_call``; the time limit begins again.

        Raises:
            ExtractionFailed: the process crashed, timed out or ran out of memory; ``broken`` says whether it is usable.
            TalkscraperError: the function raised it.
        """
        self.calls += 1
        try:
            self._line.send((function, args, kwargs))
        except (BrokenPipeError, ConnectionError) as error:
            self.broken = True
            raise ExtractionFailed("the worker process is gone") from error
        self._receive(START_LIMIT_S)
        kind, value, self.resident = self._receive(timeout_s)
        while kind == "advanced":
            if advanced is not None:
                advanced(value)
            kind, value, self.resident = self._receive(timeout_s)
        if kind == "done":
            return value
        if kind == "refused":
            raise value
        # after a MemoryError the heap is fragmented: start a new process
        self.broken = kind == "memory"
        raise ExtractionFailed(value)

    def _receive(self, timeout_s: float) -> tuple[str, Any, int]:
        try:
            if not self._line.poll(timeout_s):
                self.broken = True
                raise ExtractionFailed(f"no result after {timeout_s:g} s")
            answer: tuple[str, Any, int] = self._line.recv()
        except (EOFError, ConnectionError, OSError) as error:
            self.broken = True
            code = self._process.wait()
            how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            raise ExtractionFailed(f"the worker process ended {how}") from error
        return answer

    def end(self) -> None:
        """Kill the process, so that a waiting ``call`` fails. May be called from any thread, until ``kill``."""
        self._process.kill()

    def kill(self) -> None:
        """End the process and wait for it."""
        with contextlib.suppress(OSError):
            self._line.close()
        self._process.kill()
        self._process.wait()
