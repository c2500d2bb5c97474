"""The newsroom's two servers: real HTTP/1.1 on loopback, with validators, gzip and a log of what was asked."""

from __future__ import annotations

import errno
import gzip
import hashlib
import threading
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
    user_agent: str


class Newsroom:
    """Two newspapers on loopback. Use as a context manager.

    Args:
        ports: where each would like to be; a port that is taken, or 0, is replaced by one of the system's choice.

    Attributes:
        log: every exchange so far, oldest first.
    """

    def __init__(self, ports: tuple[int, int] = (0, 0)) -> None:
        self.log: list[Served] = []
        self._sites: tuple[Site, ...] = (TalkOfHarbours(), MinatoShimbun())
        talk, minato = self._sites
        self._servers = [_serve(talk, self.log, ports[0]), _serve(minato, self.log, ports[1])]

    @property
    def talk_url(self) -> str:
        """Homepage of the English newspaper."""
        return f"http://127.0.0.1:{self._servers[0].server_address[1]}/"

    @property
    def minato_url(self) -> str:
        """Homepage of the Japanese newspaper."""
        return f"http://127.0.0.1:{self._servers[1].server_address[1]}/"

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


def _serve(site: Site, log: list[Served], port: int) -> ThreadingHTTPServer:
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
            log.append(Served(site.name, self.command, self.path, status, self.headers.get("User-Agent", "")))
            self.send_response(status)
            self.send_header("ETag", etag)
            if status != HTTPStatus.NOT_MODIFIED:
                self.send_header("Content-Type", reply.content_type)
                if reply.content_type.startswith("text/") and "gzip" in self.headers.get("Accept-Encoding", ""):
                    body = gzip.compress(body, mtime=0)
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the terminal quiet: ``Newsroom.log`` holds it all."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as e:
        if not port or e.errno != errno.EADDRINUSE:
            raise
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name=f"newsroom {site.name}", daemon=True).start()
    return server
