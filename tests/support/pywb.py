"""pywb in an environment of its own (``make browser-tools``), serving an archive on loopback."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import cli
from tests.support.waiting import wait_until

WAYBACK = Path(os.environ.get("TALKSCRAPER_PYWB") or Path(__file__).parents[2] / ".venv-pywb/bin/wayback")
"""pywb's program."""
NEEDS_PYWB = [
    pytest.mark.pywb,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not WAYBACK.exists(), reason=f"no pywb at {WAYBACK}: 'make browser-tools' installs it"),
]
"""Marks of a test that pywb serves."""


def needs_pywb(test: Callable) -> Callable:
    """Put ``NEEDS_PYWB`` on one test."""
    for mark in NEEDS_PYWB:
        test = mark(test)
    return test


Get = Callable[[str], tuple[int, bytes]]
"""The status and the undecoded body of a path."""


@contextlib.contextmanager
def serve_folder(archive: Path, home: Path) -> Iterator[Get]:
    """Run pywb over WARC files and indexes as they lie: the collection ``news``.

    Args:
        archive: the archive folder.
        home: a folder to make, for pywb's configuration and log.
    """
    home.mkdir()
    (home / "config.yaml").write_text(
        f"collections:\n  news:\n    index_paths: {archive}/index/\n    archive_paths: {archive}/warc/\n"
    )
    port = free_port()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(WAYBACK), "-b", "127.0.0.1", "-p", str(port), "-d", str(home)], stdout=log, stderr=log
        )
    with _stopped(process):
        wait_until(lambda: _is_open(port), process=process, every=0.1, message=f"see {home}/log")
        yield lambda path: get(port, path)


@contextlib.contextmanager
def serve_by_command(archive: Path) -> Iterator[int]:
    """Run ``talkscraper pywb`` over an archive; gives the port. It must end by SIGTERM with 0."""
    port = free_port()
    process = subprocess.Popen(
        cli.command(archive, "pywb", "--port", port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "TALKSCRAPER_PYWB": str(WAYBACK)},
    )  # fmt: skip
    with _stopped(process):
        wait_until(lambda: _is_open(port), process=process, every=0.1)
        yield port
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def get(port: int, path: str) -> tuple[int, bytes]:
    """Ask for a path; gzip is left as it is (pywb decodes it for clients that don't accept it)."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        return response.status, response.read()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses at the moment, for programs that can't be given 0."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _is_open(port: int) -> bool:
    try:
        get(port, "/")
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _stopped(process: subprocess.Popen) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
