"""S3 on loopback (moto's server), and a proxy in front of it that fails as stores and networks do."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest

BUCKET = "captures"
KEY, SECRET = "AKIATESTTESTTESTTEST", "a-secret-that-stands-nowhere"
_BY_HOP = frozenset(("connection", "keep-alive", "transfer-encoding"))


@dataclass
class Faults:
    """What the proxy does to the requests that come next; each list is used up from its front.

    A fault is given for a method: ``500`` or another status answers instead of the store; ``cut`` breaks off the answer
    (of a GET) or the upload (of a PUT) in the middle; ``short`` sends less than was asked for as if it were all;
    ``longer`` sends more; ``flip`` changes a byte on its way; ``hang`` never answers, and of a PUT reads nothing;
    ``stall`` never sends the second half of an answer; ``other`` sends the bytes of the range that follows;
    ``replace`` sends the ETag of another object. ``(fault, path)`` only befalls requests with this in their path.
    """

    get: list[Any] = field(default_factory=list)
    put: list[Any] = field(default_factory=list)
    head: list[Any] = field(default_factory=list)
    delete: list[Any] = field(default_factory=list)
    always: dict[str, Any] = field(default_factory=dict)
    """Faults of a method that never end."""
    seen: list[tuple[str, str]] = field(default_factory=list)
    """The requests that came: method and path."""

    over: threading.Event = field(default_factory=threading.Event)
    """Ends what hangs."""

    def next(self, method: str, path: str) -> Any:
        waiting = getattr(self, method.lower(), [])
        fault = self.always.get(method) or (waiting[0] if waiting else None)
        if isinstance(fault, tuple):
            fault, part = fault
            if part not in path:
                return None
        if method not in self.always and waiting:
            waiting.pop(0)
        return fault


@dataclass
class S3:
    """A store with one bucket."""

    port: int
    """Of moto's server."""
    endpoint: str
    """What clients are told: the proxy in front of it."""
    faults: Faults

    def keys(self) -> list[str]:
        """The keys of all objects."""
        import re

        listed = self.ask("GET", f"/{BUCKET}?list-type=2").decode()
        return re.findall(r"<Key>(.*?)</Key>", listed)

    def get(self, key: str) -> bytes:
        return self.ask("GET", f"/{BUCKET}/{quote(key)}")

    def put(self, key: str, data: bytes) -> None:
        self.ask("PUT", f"/{BUCKET}/{quote(key)}", data)

    def delete(self, key: str) -> None:
        self.ask("DELETE", f"/{BUCKET}/{quote(key)}")

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Ask moto itself, past the proxy."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        # moto reads the region and the service from it, and checks no signature
        signed = (
            f"AWS4-HMAC-SHA256 Credential={KEY}/20260301/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
        )
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Authorization": signed})
            return connection.getresponse().read()


def _handler(port: int, faults: Faults) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            method = self.command
            faults.seen.append((method, self.path))
            fault = faults.next(method, self.path)
            if fault == "hang":
                faults.over.wait()
                self._hang_up()
                return
            if fault == "cut" and method == "PUT":
                self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
                self._hang_up()
                return
            body = self._body()
            if isinstance(fault, int):
                self._answer(fault, [("Content-Type", "application/xml")], _xml(fault))
                return
            if fault == "flip" and method == "PUT" and body:
                body = _flipped(body)
            if fault == "other" and "Range" in self.headers:
                start, end = (int(each) for each in self.headers["Range"].removeprefix("bytes=").split("-"))
                del self.headers["Range"]
                self.headers["Range"] = f"bytes={start + 1}-{end + 1}"
            status, headers, data = self._forward(method, body)
            if fault == "replace":
                headers = [(name, '"0123"' if name.lower() == "etag" else value) for name, value in headers]
            if fault == "flip" and method == "GET" and data:
                data = _flipped(data)
            elif fault == "short":
                data = data[: len(data) // 2]
            elif fault == "longer":
                data += b"and more"
            elif fault == "stall" and data:
                self._answer(status, headers, data, send=len(data) // 2)
                self.wfile.flush()
                faults.over.wait()
                self._hang_up()
                return
            elif fault == "cut" and data:
                self._answer(status, headers, data, send=len(data) // 2)
                self._hang_up()
                return
            self._answer(status, headers, data)

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _serve

        def _body(self) -> bytes:
            if "chunked" in (self.headers.get("Transfer-Encoding") or ""):
                data = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    data += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return data
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _forward(self, method: str, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            with contextlib.closing(connection):
                headers = {k: v for k, v in self.headers.items() if k.lower() not in (*_BY_HOP, "expect")}
                headers["Content-Length"] = str(len(body))
                connection.request(method, self.path, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.getheaders(), answer.read()

        def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes, *, send: int | None = None) -> None:
            self.send_response(status)
            length = str(len(data))
            for name, value in headers:
                if name.lower() == "content-length" and self.command == "HEAD":
                    length = value
                elif name.lower() not in (*_BY_HOP, "content-length", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data if send is None else data[:send])

        def _hang_up(self) -> None:
            self.close_connection = True
            self.wfile.flush()
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing of clients that hang up, which a command's own output would be taken for."""


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :]


def _xml(status: int) -> bytes:
    code = {403: "SignatureDoesNotMatch", 503: "SlowDown"}.get(status, "InternalError")
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()


@pytest.fixture(scope="session")
def _moto() -> Iterator[int]:
    pytest.importorskip("s3fs")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture
def s3(_moto: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """An empty bucket behind a proxy; the environment leads S3's clients there."""
    faults = Faults()
    server = _Proxy(("127.0.0.1", 0), _handler(_moto, faults))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    store = S3(port=_moto, endpoint=f"http://127.0.0.1:{server.server_address[1]}", faults=faults)
    store.ask("POST", "/moto-api/reset")
    store.ask("PUT", f"/{BUCKET}")
    for name, value in {
        "AWS_ENDPOINT_URL": store.endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    forget_clients()
    yield store
    forget_clients()
    faults.over.set()
    server.shutdown()
    server.server_close()


def forget_clients() -> None:
    """Ask as a new process: with a client of its own, and without what was found out about stores and objects."""
    import s3fs

    from talkscraper.object_store import remote_warc, store_errors

    store_errors._silent.clear()
    s3fs.S3FileSystem.clear_instance_cache()
    remote_warc._looked_at.clear()
    remote_warc._last_block.clear()
