"""A server on loopback that sends any bytes, in any pieces, and logs every byte that it receives and sends."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self


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


class RawServer:
    """Answers by path, whatever the bytes are. Use as a context manager, or ``close`` it.

    Args:
        context: serve TLS with it.
        otherwise: the answer for paths that have none.
        mute: read and answer nothing, not even a TLS handshake; hold each connection until ``close``.

    Attributes:
        answers: the answer of a path.
        answer: for paths that aren't in ``answers``, a function: (path, number of requests for it before, number of requests on this
            connection before) → answer.
        log: the attempts of a path.
        paths: what was asked for, in order.
        connections: how many connections there were.
        connected: set by the first one.
    """

    def __init__(
        self, context: ssl.SSLContext | None = None, *, otherwise: Answer | None = None, mute: bool = False
    ) -> None:
        self.answers: dict[str, Answer] = {}
        self.answer: Callable[[str, int, int], Answer] | None = None
        self.otherwise = otherwise
        self.log: dict[str, list[Attempt]] = defaultdict(list)
        self.paths: list[str] = []
        self.connections = 0
        self.connected = threading.Event()
        self._context = context
        self._mute = mute
        self._held: list[socket.socket] = []
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._socket.getsockname()[1]
        self.base = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def page(self, path: str, body: str | bytes, content_type: str = "text/html", *, status: str = "200 OK") -> None:
        """Answer ``path`` with a page, and close the connection."""
        data = body.encode() if isinstance(body, str) else body
        head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n"
        self.answers[path] = Answer([f"{head}Connection: close\r\n\r\n".encode("latin-1") + data], "close")

    def moved(self, path: str, target: str) -> None:
        """Answer ``path`` with a redirect, and close the connection."""
        head = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
        self.answers[path] = Answer([head.encode("latin-1")], "close")

    def close(self) -> None:
        """Accept no more connections, and drop those that a mute server holds."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._socket.close()
        self._thread.join()
        for each in self._held:
            each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self.connected.set()
            if self._mute:
                self._held.append(connection)
            else:
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(connection):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with contextlib.closing(connection):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                served = 0
                while (received := self._read_request(connection)) is not None:
                    path = received.partition(b" ")[2].partition(b" ")[0].decode("latin-1")
                    attempt = Attempt(received)
                    with self._lock:
                        number = len(self.log[path])
                        self.log[path].append(attempt)
                        self.paths.append(path)
                    if not self._respond(connection, attempt, self._answer(path, number, served)):
                        return
                    served += 1

    def _answer(self, path: str, number: int, served: int) -> Answer:
        found = self.answers.get(path) or (self.answer(path, number, served) if self.answer else self.otherwise)
        assert found is not None, path
        return found

    @staticmethod
    def _respond(connection: socket.socket, attempt: Attempt, answer: Answer) -> bool:
        """Send the answer; whether the connection is kept."""
        for piece in answer.pieces:
            # logged first: what is sent may arrive before the next line runs
            attempt.sent += piece
            connection.sendall(piece)
        if answer.then == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if answer.then == "close":
            connection.shutdown(socket.SHUT_WR)
        if answer.then in ("close", "hold"):
            while connection.recv(65536):
                pass
        return answer.then == "keep"

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
