"""Processes that benchmarks start: what they cost, and servers that end when their stdin closes."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Spent:
    """What processes took, known when they have ended."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    """User and system, with what they started themselves."""


@contextlib.contextmanager
def spent() -> Iterator[Spent]:
    """Measure the processes that this one starts and awaits inside of it."""
    found = Spent()
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    yield found
    found.wall_s, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    found.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def with_bytecode() -> dict[str, str]:
    """Return the environment of an installed program: it has its bytecode; the first round writes it here."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@contextlib.contextmanager
def server(command: Sequence[str]) -> Iterator[str]:
    """Run a server that ends when its stdin closes; the line that it prints when it is ready."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        try:
            yield running.stdout.readline()
        finally:
            running.stdin.close()


def family(root: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        with contextlib.suppress(OSError):
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    waiting += map(int, children.read_text().split())


def pss_kib(pid: int) -> int:
    """Return the proportional set size of a process in KiB; 0 if it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and of those that it has awaited; 0 if it is gone."""
    with contextlib.suppress(OSError):
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0
