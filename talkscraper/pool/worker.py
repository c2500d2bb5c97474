"""Main loop of a worker process: receives a function with its arguments, sends its result, until the connection closes.

Started by ``process``, with the connection's descriptor and the parent's id as arguments. One call at a time, so that
lxml is never used by two threads. The process limits its own address space (``limit_memory`` is called like any task):
a call that exceeds it fails with a MemoryError.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import resource
import signal
import socket
import sys
import time
from typing import Any

from talkscraper.errors import TalkscraperError
from talkscraper.pool.line import PoolLine

_PR_SET_PDEATHSIG = 1

CALLS_PER_TRIM = 200
"""Number of calls after which free memory of C libraries (lxml's trees) is given back: 10 to 20 MB in 3 ms."""

_lines: list[PoolLine] = []
"""The connection of this process, if it is a worker."""


def advance_call(count: int) -> None:
    """Tell the process that waits for the current call that it has done this much; nothing outside of a call."""
    for line in _lines:
        line.send(("advanced", count, 0))


def limit_memory(extra: int) -> None:
    """Allow the process ``extra`` bytes of address space beyond what it has now."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - not a path of ours
            now = int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        now = 1 << 30
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = now + extra
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def resident() -> int:
    """Return the resident memory of this process in bytes; outside of Linux, its maximum.

    What a large page needed and gave back isn't counted: to load everything anew costs more than many such pages.
    """
    try:
        with open("/proc/self/status", "rb") as status:  # noqa: PTH123 - not a path of ours
            for line in status:
                if line.startswith(b"VmRSS:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass  # not Linux
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def trim_memory() -> None:
    """Give free memory of the C library's heap back to the system (glibc; elsewhere nothing)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def serve(line: PoolLine) -> None:
    """Process calls until the connection is closed."""
    for number in itertools.count():
        if number and number % CALLS_PER_TRIM == 0:
            trim_memory()
        try:
            function, args, kwargs = line.recv()
        except EOFError:
            return
        # imports are done: the time limit of the task begins here
        line.send(("begun", time.process_time(), 0))
        try:
            answer: tuple[str, Any] = ("done", function(*args, **kwargs))
        except MemoryError:
            answer = ("memory", "it needs more memory than a page may have")
        except TalkscraperError as error:
            answer = ("refused", error)
        except Exception as error:  # noqa: BLE001 - any error is sent to the pool, which reports it
            answer = ("failed", f"{type(error).__name__}: {error}"[:500])
        line.send((*answer, resident()))


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, even during a task (Linux).

    Elsewhere the closed connection ends it, after the task.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(0)


def main() -> None:
    """Entry point of the process; its connection and its parent are the arguments."""
    descriptor, parent = int(sys.argv[1]), int(sys.argv[2])
    die_with(parent)
    # output of libraries must not mix with the run's own
    os.dup2(2, 1)
    line = PoolLine(socket.socket(fileno=descriptor))
    _lines.append(line)
    try:
        serve(line)
    except (BrokenPipeError, ConnectionResetError):
        return
