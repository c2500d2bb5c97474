"""A well-behaved HTTP/1.1 server on loopback, whose pages a test may change while it runs."""

from __future__ import annotations

import hashlib
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import trustme


@dataclass(frozen=True)
class Reply:
    """What a path answers."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before the response begins (at most until the server is closed)."""
    stall: int | None = None
    """After so many bytes of the body nothing more comes, and the connection stays open."""


@dataclass(frozen=True)
class Request:
    """One request as the server saw it."""

    at: float
    """``time.monotonic()``."""
    path: str
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes = b""


NOT_FOUND = Reply(b"nothing here", 404, "text/plain")


def untrusted_tls() -> ssl.SSLContext:
    """A server's TLS context with a certificate for 127.0.0.1, of an authority that nobody trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


class SiteServer:
    """A site on 127.0.0.1. Use as a context manager, or ``close`` it.

    Args:
        context: serve TLS with it.
        etags: send an ETag with every 200, and 304 where a request names it.
        otherwise: the reply for paths that have none.

    Attributes:
        pages: a reply by path (with its query, or without), or a function of the request's headers.
        log: all requests, oldest first.
        base: the origin.
    """

    def __init__(
        self, *, context: ssl.SSLContext | None = None, etags: bool = False, otherwise: Reply = NOT_FOUND
    ) -> None:
        self.pages: dict[str, Reply | Callable[[dict[str, str]], Reply]] = {}
        self.log: list[Request] = []
        self._closing = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                site.log.append(Request(time.monotonic(), self.path, headers, body))
                page = site.pages.get(self.path) or site.pages.get(self.path.partition("?")[0])
                reply = (page(headers) if callable(page) else page) or otherwise
                if reply.delay:
                    site._closing.wait(reply.delay)
                tag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
                if etags and reply.status == 200 and headers.get("if-none-match") == tag:
                    reply = Reply(b"", 304, None)
                self.send_response(reply.status)
                if reply.content_type:
                    self.send_header("Content-Type", reply.content_type)
                if etags:
                    self.send_header("ETag", tag)
                if reply.status != 304:
                    self.send_header("Content-Length", str(len(reply.body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body[: reply.stall])
                if reply.stall is not None:
                    self.wfile.flush()
                    site._closing.wait()

            do_POST = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                if not isinstance(sys.exc_info()[1], OSError):  # a crawl that was killed hangs up
                    super().handle_error(request, client_address)

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.base = f"{'https' if context else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def add(self, path: str, body: bytes = b"", status: int = 200, **more: Any) -> None:
        """Answer ``path`` with these bytes."""
        self.pages[path] = Reply(body, status, **more)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [each.path for each in self.log]

    def close(self) -> None:
        """Stop serving, stalled responses too."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
