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
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.exchange import Exchange
from talkscraper.capture.warc_file import FinishedFile
from talkscraper.capture.writer import WarcWriter
from talkscraper.errors import TalkscraperError
from talkscraper.model import Capture


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


# --- exchanges without a network ----------------------------------------------------------------------------------

MORNING = datetime(2026, 3, 1, 6, 30, 15, 999999, tzinfo=UTC)


class Desk:
    """Writes exchanges into an archive folder and remembers what was committed, as a database would."""

    def __init__(self, root: Path, **options: Any) -> None:
        self.folder = ArchiveFolder(root).make()
        self.captures: list[Capture] = []
        self.finished: list[FinishedFile] = []
        self.options = options
        self.now = MORNING
        self.writer = self._open()

    def _open(self) -> WarcWriter:
        defaults: dict[str, Any] = {
            "commit": self.captures.extend,
            "closed": self.finished.append,
            "find_originals": self.find_originals,
            "find_latest": self.find_latest,
            "clock": lambda: self.now,
        }
        return WarcWriter(self.folder, **(defaults | self.options))

    def again(self, **options: Any) -> None:
        """The next run: the file is finished, another begins."""
        self.writer.close()
        self.options |= options
        self.writer = self._open()

    def find_originals(self, digest: str) -> list[Capture]:
        return [each for each in self.captures if each.payload_digest == digest and each.record_type == "response"]

    def find_latest(self, url: str) -> Capture | None:
        return next((each for each in reversed(self.captures) if each.url == url and each.payload_digest), None)

    def exchange(self, url: str, response: bytes, *, truncated: str | None = None, **facts: Any) -> Exchange:
        facts.setdefault("started_at", self.now)
        exchange = Exchange(url=url, **facts)
        attempt = exchange.new_attempt("192.0.2.7")
        path = "/" + url.split("/", 3)[3] if url.count("/") > 2 else "/"
        attempt.request += f"{exchange.method} {path} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n".encode()
        attempt.received(response)
        exchange.seal(truncated)
        return exchange

    def submit(self, url: str, response: bytes, **facts: Any) -> Future[Capture | None]:
        return self.writer.submit(self.exchange(url, response, **facts))

    def keep(self, url: str, response: bytes, **facts: Any) -> Capture:
        capture = self.submit(url, response, **facts).result()
        assert capture is not None
        return capture

    @property
    def warcs(self) -> list[Path]:
        return sorted(self.folder.warc.glob("*.warc.gz"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Open a writer over an archive folder of its own; closed after the test."""
    desks: list[Desk] = []

    def open_desk(root: Path | None = None, **options: Any) -> Desk:
        desks.append(Desk(root or tmp_path / "archive", **options))
        return desks[-1]

    yield open_desk
    for each in desks:
        with contextlib.suppress(TalkscraperError):  # tests of failures leave a failed writer
            each.writer.close()


def framed(body: bytes, *, chunked: bool = False, status: str = "200 OK", headers: str = "") -> bytes:
    """A response of ``body``, chunked or length-framed."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n{headers}"
    if not chunked:
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    coded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + coded


@pytest.fixture(name="framed")
def framed_fixture() -> Callable[..., bytes]:
    return framed


ZOO: dict[str, tuple[bytes, dict[str, Any]]] = {
    "/plain": (framed(b"<p>plain</p>" * 100), {}),
    "/again": (framed(b"<p>plain</p>" * 100), {}),
    "/chunked": (framed(b"<p>chunked</p>" * 200, chunked=True), {}),
    "/chunked-again": (framed(b"<p>chunked</p>" * 200, chunked=True), {}),
    "/chunked-then-length": (framed(b"<p>chunked</p>" * 200), {}),
    "/Query?b=2&a=1&utm_source=x": (framed(b"query"), {}),
    "/no-type": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", {}),
    "/type-case": (b"HTTP/1.1 200 OK\r\nCONTENT-TYPE:  Text/HTML ;x\r\nContent-Length: 2\r\n\r\nok", {}),
    "/empty-type": (b"HTTP/1.1 200 OK\r\nContent-Type:\r\nContent-Length: 2\r\n\r\nok", {}),
    "/gone": (framed(b"gone", status="404 Not Found"), {}),
    "/moved": (framed(b"", status="301 Moved", headers="Location: /plain\r\n"), {}),
    "/no-reason": (framed(b"terse", status="200"), {}),
    "/not-modified-unknown": (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", {}),
    "/plain#304": (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", {}),
    "/cut": (framed(b"<p>cut</p>" * 200)[:900], {"truncated": "disconnect"}),
    "/cut-head": (b"HTTP/1.1 200 OK\r\nContent-Ty", {"truncated": "time"}),
    "/garbage": (b"\x00\x01\x02 what is this\r\n\r\nreally", {"truncated": "unspecified"}),
    "/interim": (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + framed(b"final"), {}),
    "/trailer": (framed(b"trailer", chunked=True)[:-2] + b"X-T: 1\r\n\r\n", {}),
    "/picture": (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + bytes(range(256)) * 20, {}),
}


@pytest.fixture
def zoo() -> dict[str, tuple[bytes, dict[str, Any]]]:
    """Responses of every kind that a record can hold."""
    return ZOO


@pytest.fixture
def kept_zoo(desk: Callable[..., Desk]) -> Desk:
    """An archive with a record of every kind, finished."""
    kept = desk()
    for path, (response, facts) in ZOO.items():
        kept.keep("http://news.example" + path.partition("#")[0], response, **facts)
    kept.keep("http://news.example/a b/ä", framed(b"spaces"), source_id="example", page_capture_id="<urn:uuid:1>")
    kept.writer.close()
    return kept
