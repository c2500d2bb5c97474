"""One HTTP/1.1 server on loopback for each newspaper, with ETags, gzip and a log of all requests."""

from __future__ import annotations

import errno
import gzip
import hashlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol, Self

from talkscraper.fixture_site.minato_shimbun import MinatoShimbun
from talkscraper.fixture_site.reply import Reply
from talkscraper.fixture_site.talk_of_harbours import TalkOfHarbours

IDLE_S = 30
"""Seconds after which an idle connection is closed."""


class Newspaper(Protocol):
    """A site that the server can serve."""

    name: str
    day: int
    """0 is the first day."""

    def answer(self, target: str, base: str) -> Reply:
        """The reply to ``GET target``."""


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """A request as the server received it, and the size of the response."""

    site: str
    """The newspaper's name."""
    method: str
    target: str
    status: int
    """0: the connection was closed without a response."""
    user_agent: str
    at: float = 0.0
    """Time by the site's clock."""
    size: int = 0
    """Bytes of the body as sent, content-coded."""


class FixtureSite:
    """Servers for newspapers on 127.0.0.1, started at once. Use as a context manager.

    Args:
        ports: preferred port of each newspaper; for 0, or a port in use, the system chooses one.
        sites: newspapers to serve instead of the two bundled ones.
        clock: sets ``ServedRequest.at``.

    Attributes:
        log: every request so far, oldest first.
        homepages: the homepage of each newspaper, in order.
    """

    def __init__(
        self,
        ports: tuple[int, ...] = (0, 0),
        *,
        sites: Sequence[Newspaper] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.log: list[ServedRequest] = []
        self._sites: tuple[Newspaper, ...] = tuple(sites) or (TalkOfHarbours(), MinatoShimbun())
        wanted = (*ports, *[0] * len(self._sites))
        self._servers = [_serve(site, self.log, port, clock) for site, port in zip(self._sites, wanted, strict=False)]
        self.homepages = tuple(f"http://127.0.0.1:{server.server_address[1]}/" for server in self._servers)

    @property
    def talk_url(self) -> str:
        """Homepage of the English newspaper."""
        return self.homepages[0]

    @property
    def minato_url(self) -> str:
        """Homepage of the Japanese newspaper."""
        return self.homepages[1]

    def next_day(self) -> None:
        """Go to the next day: a correction, one article gone, two new ones."""
        for site in self._sites:
            site.day += 1

    def sources_toml(self) -> str:
        """A sources.toml with both bundled newspapers, as an operator would write it."""
        return f"""\
contact = "https://example.org/about-the-demo"

[sources.talkofharbours]
name = "Talk of Harbours"
homepage = "{self.talk_url}"
article_urls = ['/posts/[^/?#]+$']
sections = ["{self.talk_url}fashion", "{self.talk_url}gadgets", "{self.talk_url}lifestyle"]
delay = 0
recrawl = "always"
allow_private = true

[sources.minato]
name = "港新聞"
homepage = "{self.minato_url}"
language = "ja"
timezone = "Asia/Tokyo"
delay = 0
recrawl = "always"
allow_private = true
"""

    def close(self) -> None:
        """Stop the servers."""
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _SiteServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a crawl that was killed hangs up
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _serve(site: Newspaper, log: list[ServedRequest], port: int, clock: Callable[[], float]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "newsroom"
        sys_version = ""
        timeout = IDLE_S

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def _answer(self) -> None:
            base = f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[index]
            reply = site.answer(self.path, base)
            etag = f'"{hashlib.sha256(reply.body).hexdigest()[:20]}"'
            status, body = reply.status, reply.body
            if status == HTTPStatus.OK and self.headers.get("If-None-Match") == etag:
                status, body = HTTPStatus.NOT_MODIFIED, b""
            packed = reply.content_type.startswith("text/") and "gzip" in self.headers.get("Accept-Encoding", "")
            if packed and status != HTTPStatus.NOT_MODIFIED:
                body = gzip.compress(body, mtime=0)
            agent = self.headers.get("User-Agent", "")
            log.append(ServedRequest(site.name, self.command, self.path, status, agent, clock(), len(body)))
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("ETag", etag)
            for name, value in reply.headers:
                self.send_header(name, value)
            if status != HTTPStatus.NOT_MODIFIED:
                self.send_header("Content-Type", reply.content_type)
                if packed:
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing: ``FixtureSite.log`` holds every request."""

    try:
        server = _SiteServer(("127.0.0.1", port), Handler)
    except OSError as e:
        if not port or e.errno != errno.EADDRINUSE:
            raise
        server = _SiteServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name=f"fixture site {site.name}", daemon=True).start()
    return server
