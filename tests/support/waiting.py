"""Waiting for another process, or for a server in another thread, with a bound."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

PATIENCE_S = 300.0
"""A bound for a busy machine; what a test waits for takes seconds at most."""


def wait_until(
    condition: Callable[[], object],
    *,
    process: subprocess.Popen | None = None,
    timeout: float = PATIENCE_S,
    every: float = 0.02,
    message: str = "it never came true",
) -> None:
    """Return as soon as ``condition`` holds; it is asked every ``every`` seconds.

    For what no event tells: a file, a port or a request that another process makes.

    Args:
        condition: holds once its value is true.
        process: the process that should make it true; the wait fails if it ends first.
        timeout: seconds after which the wait fails.
        every: seconds between two questions.
        message: of the failure.
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if process is not None and process.poll() is not None:
            said = process.stderr.read() if process.stderr else ""
            raise AssertionError(f"the process ended with {process.returncode}: {said}")
        assert time.monotonic() < deadline, message
        time.sleep(every)
