"""A worker process and the connection to it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from talkscraper.errors import ExtractionFailed
from talkscraper.pool.line import PoolLine
from talkscraper.pool.worker import limit_memory

START_LIMIT_S = 120.0
"""Seconds a process may take to import what it needs."""
MAX_STARVED_S = 60.0
"""Seconds by which a call may exceed its time limit while other processes have the processor."""
_MIN_WAIT_S = 0.05
"""Shortest time in seconds between two looks at a late process."""
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
        The limit is of wall-clock time; on a busy machine, of the CPU time that the process was given (Linux).

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
        _, begun_s, _ = self._receive(START_LIMIT_S)
        kind, value, self.resident = self._receive(timeout_s, begun_s)
        while kind == "advanced":
            if advanced is not None:
                advanced(value)
            _, begun_s = _state(self._process.pid) or ("", begun_s)
            kind, value, self.resident = self._receive(timeout_s, begun_s)
        if kind == "done":
            return value
        if kind == "refused":
            raise value
        # after a MemoryError the heap is fragmented: start a new process
        self.broken = kind == "memory"
        raise ExtractionFailed(value)

    def _receive(self, timeout_s: float, begun_s: float | None = None) -> tuple[str, Any, int]:
        """Return the next message; ``begun_s``: CPU seconds of the process when the call began, None to ignore them."""
        try:
            if not (self._line.poll(timeout_s) or (begun_s is not None and self._answers_late(timeout_s, begun_s))):
                self.broken = True
                raise ExtractionFailed(f"no result after {timeout_s:g} s")
            answer: tuple[str, Any, int] = self._line.recv()
        except (EOFError, ConnectionError, OSError) as error:
            self.broken = True
            code = self._process.wait()
            how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            raise ExtractionFailed(f"the worker process ended {how}") from error
        return answer

    def _answers_late(self, timeout_s: float, begun_s: float) -> bool:
        """Wait for a process that was kept from running; return whether it answers before it has had its time."""
        given_up_at = time.monotonic() + MAX_STARVED_S
        while (state := _state(self._process.pid)) is not None:
            letter, cpu_s = state
            left_s = min(timeout_s - (cpu_s - begun_s), given_up_at - time.monotonic())
            # R can run, D waits for the disk, T is stopped, as by Ctrl-Z; one that sleeps (S) hangs
            if left_s <= 0 or letter not in "RDTt":
                return False
            if self._line.poll(max(left_s, _MIN_WAIT_S)):
                return True
        return False

    def end(self) -> None:
        """Kill the process, so that a waiting ``call`` fails. May be called from any thread, until ``kill``."""
        self._process.kill()

    def kill(self) -> None:
        """End the process and wait for it."""
        with contextlib.suppress(OSError):
            self._line.close()
        self._process.kill()
        self._process.wait()


def _state(pid: int) -> tuple[str, float] | None:
    """Return the state of a process and its CPU seconds (proc_pid_stat(5)); None where the system doesn't tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return None
