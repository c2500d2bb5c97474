"""Deployments, those of docs/examples among them, as they are read and started on loopback by tests."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
BIN = Path(sys.executable).parent
"""Where the programs of this environment are: talkscraper, dask."""


def exec_start(unit: str) -> list[str]:
    """The words of the program that a systemd unit starts."""
    (line,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    return shlex.split(line)


needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
"""Of tests that call ``check_units``: not every machine that runs tests has systemd."""


def check_units(*units: Path) -> None:
    """Assert that systemd accepts them."""
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def cron_commands(table: str) -> tuple[dict[str, str], list[str]]:
    """The variables and the commands of a crontab."""
    lines = [line for line in table.splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    return variables, [line.split(None, 5)[5] for line in lines if not re.match(r"[A-Z_]+=", line)]


@contextlib.contextmanager
def running(
    words: Sequence[object], env: Mapping[str, str] | None = None, log: Path = Path(os.devnull)
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a group of its own, which ends with the context; without ``env`` in this environment."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            [str(word) for word in words], env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def address_of(scheduler_file: Path) -> str:
    """Wait for the file in which a scheduler tells its address; return it."""
    wait_until(lambda: scheduler_file.exists() and scheduler_file.read_text().endswith("}"), message="no scheduler")
    return str(json.loads(scheduler_file.read_text())["address"])


def port_of(scheduler_file: Path) -> int:
    """Wait for the file in which a scheduler tells its address; return its port."""
    return int(address_of(scheduler_file).rpartition(":")[2])
