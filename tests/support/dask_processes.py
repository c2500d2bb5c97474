"""Processes of ``dask scheduler`` and ``dask worker`` on loopback, for tests that kill them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.deployments import address_of, running


def dask(
    program: str, *arguments: object, first: str = ""
) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """A process of Dask's, ended with its children; ``first`` runs before it."""
    code = f"{first}from distributed.cli.dask_{program} import main; main()"
    return running([sys.executable, "-c", code, *arguments])


@contextlib.contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler on a free port: its address and process."""
    told = folder / "scheduler.json"
    with dask("scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", told) as process:
        yield address_of(told), process


def worker(address: str, folder: Path, first: str = "") -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """A worker with one thread, without a nanny: the process itself."""
    return dask(
        "worker", address, "--host", "127.0.0.1", "--nthreads", 1, "--no-nanny", "--no-dashboard",
        "--local-directory", folder, "--memory-limit", 0, first=first,
    )  # fmt: skip
