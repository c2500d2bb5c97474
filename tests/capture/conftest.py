"""A hostile HTTP server on loopback that logs every byte it receives and sends, and crawls in their own process."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Attempt:
    """One request as the server read it, and what it answered."""

    received: bytes
    sent: bytearray = field(default_factory=bytearray)


@dataclass
class Answer:
    """What to send, in pieces, and what to do with the connection then."""

    pieces: list[bytes]
    then: str = "keep"
    """keep, close, reset, or hold (until the client hangs up)."""


class HostileServer:
    """Answers by path, from ``answers[path]`` or ``answer(path, attempt number)``; the log is by path."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.log: dict[str, list[Attempt]] = defaultdict(list)
        self.answers: dict[str, Answer] = {}
        self.answer: Callable[[str, int, int], Answer] | None = None
        """(path, attempts at this path before, requests on this connection before) → answer."""
        self._context = context
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._socket.getsockname()[1]
        self._stopped = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._stopped = True
        self._socket.close()

    def _accept(self) -> None:
        while not self._stopped:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(connection):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with contextlib.closing(connection):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                served = 0
                while (received := self._read_request(connection)) is not None:
                    path = received.split(b" ", 2)[1].decode("ascii")
                    attempt = Attempt(received)
                    with self._lock:
                        number = len(self.log[path])
                        self.log[path].append(attempt)
                    answer = self.answers.get(path)
                    if answer is None:
                        assert self.answer is not None, path
                        answer = self.answer(path, number, served)
                    served += 1
                    for piece in answer.pieces:
                        # logged first: what is sent may arrive before the next line runs
                        attempt.sent += piece
                        connection.sendall(piece)
                    if answer.then == "reset":
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    if answer.then == "hold":
                        while connection.recv(65536):
                            pass
                        return
                    if answer.then == "close":
                        with contextlib.suppress(OSError):
                            connection.shutdown(socket.SHUT_WR)
                            while connection.recv(65536):
                                pass
                        return

    @staticmethod
    def _read_request(connection: socket.socket) -> bytes | None:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            piece = connection.recv(65536)
            data += piece
            body += piece
        return data


@pytest.fixture
def hostile_server() -> Iterator[Callable[..., HostileServer]]:
    """Start servers; they stop after the test."""
    servers: list[HostileServer] = []

    def start(context: ssl.SSLContext | None = None) -> HostileServer:
        servers.append(HostileServer(context))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def answer_of() -> type[Answer]:
    return Answer


@pytest.fixture
def crawl(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Run a crawl of a list of requests in a process of its own; returns what the driver prints."""

    def run(requests: list[dict[str, Any]], *, folder: Path | None = None, **job: Any) -> dict[str, Any]:
        job |= {"requests": requests, "folder": str(folder or tmp_path / "archive")}
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("driver.py"))],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        outcome["stderr"] = done.stderr
        return outcome

    return run
