"""The newsroom's two servers: real HTTP/1.1 on loopback, with validators, gzip and a log of what was asked."""

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

from talkscraper.newsroom.minato import MinatoShimbun
from talkscraper.newsroom.reply import Reply
from talkscraper.newsroom.talk import TalkOfHarbours

IDLE_S = 30
"""A connection that asks for nothing for so long is closed."""


class Site(Protocol):
    """A newspaper: its name, the day it is on, and an answer to every address."""

    name: str
    day: int

    def answer(self, target: str, base: str) -> Reply:
        """The reply to ``GET target``."""


@dataclass(frozen=True, slots=True)
class Served:
    """One exchange as the server saw it."""

    site: str
    method: str
    target: str
    status: int
    """0: the connection was closed without a word."""
    user_agent: str
    at: float = 0.0
    """By the newsroom's clock."""
    size: int = 0
    """Bytes of the body as sent."""


class Newsroom:
    """Newspapers on loopback, the two bundled ones unless others are given. Use as a context manager.

    Args:
        ports: where each would like to be; a port that is taken, or 0, is replaced by one of the system's choice.
        sites: other newspapers.
        clock: what dates the log.

    Attributes:
        log: every exchange so far, oldest first.
        homepages: of each newspaper, in order.
    """

    def __init__(
        self,
        ports: tuple[int, ...] = (0, 0),
        *,
        sites: Sequence[Site] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.log: list[Served] = []
        self._sites: tuple[Site, ...] = tuple(sites) or (TalkOfHarbours(), MinatoShimbun())
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
        """Let the newspapers move on: a correction, one article gone, two new ones."""
        for site in self._sites:
            site.day += 1

    def sources_toml(self) -> str:
        """A sources.toml that crawls both, as an operator would write it."""
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
        """Stop both servers."""
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


def _serve(site: Site, log: list[Served], port: int, clock: Callable[[], float]) -> ThreadingHTTPServer:
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
            log.append(Served(site.name, self.command, self.path, status, agent, clock(), len(body)))
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
            """Keep the terminal quiet: ``Newsroom.log`` holds it all."""

    try:
        server = _SiteServer(("127.0.0.1", port), Handler)
    except OSError as e:
        if not port or e.errno != errno.EADDRINUSE:
            raise
        server = _SiteServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name=f"newsroom {site.name}", daemon=True).start()
    return server
