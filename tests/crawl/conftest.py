"""Small newspapers on loopback, and crawls of them in a process of their own (a reactor runs once)."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

PARAGRAPHS = (
    (
        "The harbour office said on Tuesday that the wall would be raised by a metre before the winter storms, and that "
        "the fishing boats would have to leave the inner basin for three weeks while the stones are brought in by barge."
    ),
    (
        "Residents of the lower town have asked for the work since the flood of the year before last, when water stood in "
        "the market hall for two days and the ferry could not land at all; the council set money aside in the spring."
    ),
    (
        "An engineer who has inspected the old wall called it sound but too low. Divers will look at its foot in the coming "
        "days, and the plans will be shown in the library, where anybody may write a comment into the book on the table."
    ),
)


@dataclass(frozen=True)
class Reply:
    """What a page answers."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    stall: int | None = None
    """After so many bytes of the body nothing more comes, and the connection stays."""


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    at: float
    path: str
    headers: dict[str, str]


def article(title: str, *, paragraphs: tuple[str, ...] = PARAGRAPHS, head: str = "", day: int = 20) -> bytes:
    """A page with a headline, a date and three paragraphs."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><title>{title} | The Quay</title>{head}'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="2025-10-{day:02}T08:00:00+00:00"></head>'
        f"<body><main><article><h1>{title}</h1>{text}</article></main></body></html>"
    ).encode()


def listing(*paths: str) -> bytes:
    """A front page that links to articles."""
    links = "".join(f'<li><a href="{path}">A story about {path.rsplit("/", 1)[-1]}</a></li>' for path in paths)
    return f"<!doctype html><html><head><title>The Quay</title></head><body><ul>{links}</ul></body></html>".encode()


def feed(base: str, *paths: str) -> bytes:
    """An RSS feed of articles."""
    items = "".join(
        f"<item><title>{path}</title><link>{base}{path}</link><pubDate>Mon, 20 Oct 2025 08:00:00 GMT</pubDate></item>"
        for path in paths
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Q</title>{items}</channel></rss>'.encode()


class Site:
    """A newspaper whose pages a test may change between runs."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply | Callable[[dict[str, str]], Reply]] = {}
        self.log: list[Asked] = []
        self.closing = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.log.append(Asked(time.monotonic(), self.path, headers))
                page = site.pages.get(self.path) or site.pages.get(self.path.partition("?")[0])
                reply = page(headers) if callable(page) else page
                reply = reply or Reply(b"nothing here", 404, "text/plain")
                if reply.delay:
                    site.closing.wait(reply.delay)
                self.send_response(reply.status)
                if reply.content_type:
                    self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(reply.body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body[: reply.stall])
                if reply.stall is not None:
                    self.wfile.flush()
                    site.closing.wait()

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                if not isinstance(sys.exc_info()[1], ConnectionError):  # a crawl that was killed hangs up
                    super().handle_error(request, client_address)

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def add(self, path: str, body: bytes = b"", status: int = 200, **more: Any) -> None:
        """Answer ``path`` with these bytes."""
        self.pages[path] = Reply(body, status, **more)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.log]

    def close(self) -> None:
        """Stop serving."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Run:
    """A crawl that has ended."""

    code: int
    summary: dict[str, Any]
    stdout: str
    stderr: str

    def source(self, name: str = "quay") -> dict[str, Any]:
        """One source's part of the summary."""
        return self.summary["sources"][name]


class Archive:
    """An archive folder under test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def write_sources(self, text: str) -> None:
        """Write sources.toml."""
        (self.root / "sources.toml").write_text(text, encoding="utf-8")

    def sources_for(self, site: Site, *, extra: str = "", top: str = 'contact = "https://example.org/bot"') -> None:
        """One source, quay, on loopback, with no delay."""
        delay = "" if "delay" in extra else "delay = 0\n"
        self.write_sources(
            f'{top}\n[sources.quay]\nname = "The Quay"\nhomepage = "{site.base}/"\n'
            f"article_urls = ['/posts/[^/?#]+$']\nallow_private = true\n{delay}{extra}\n"
        )

    def command(self, *arguments: str) -> list[str]:
        """The command line of talkscraper on this archive."""
        return [sys.executable, "-m", "talkscraper", "--archive", str(self.root), *arguments]

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*arguments), capture_output=True, text=True, timeout=500, env=os.environ | (env or {}),
            check=False,
        )  # fmt: skip

    def crawl(self, *arguments: str, env: dict[str, str] | None = None) -> Run:
        """Crawl to the end; the summary is what ``--json`` printed."""
        done = self.run("crawl", "--json", *arguments, env=env)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        return Run(done.returncode, json.loads(lines[-1]) if lines else {}, done.stdout, done.stderr)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        connection = sqlite3.connect(self.root / "talkscraper.db")
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """What pages are made with (a helper module can't be imported from tests)."""
    return SimpleNamespace(
        article=article, listing=listing, feed=feed, Reply=Reply, paragraphs=PARAGRAPHS, Site=Site, Archive=Archive
    )


@pytest.fixture
def site() -> Iterator[Site]:
    """An empty newspaper."""
    server = Site()
    yield server
    server.close()


@pytest.fixture
def other_site() -> Iterator[Site]:
    """A second one."""
    server = Site()
    yield server
    server.close()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive folder, empty."""
    return Archive(tmp_path / "archive")


@pytest.fixture
def quay(site: Site) -> Site:
    """A newspaper with a front page, a feed and four articles."""
    paths = [f"/posts/story-{n}" for n in range(1, 5)]
    site.add("/robots.txt", b"User-agent: *\nDisallow: /private/\n", content_type="text/plain")
    site.add("/", listing(*paths[:2]))
    site.add("/feed.xml", feed(site.base, *paths[1:]), content_type="application/rss+xml")
    for number, path in enumerate(paths, 1):
        site.add(path, article(f"Story number {number} from the harbour"))
    return site


_AT = """
import json, sys
from datetime import datetime
from pathlib import Path
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run import crawl
from talkscraper.archive_folder import ArchiveFolder
moment = datetime.fromisoformat(sys.argv[2])
report = crawl(ArchiveFolder(Path(sys.argv[1])), CrawlOptions(clock=lambda: moment, sources=tuple(sys.argv[3:])))
print(json.dumps(report.summary()))
"""


@pytest.fixture
def crawl_at(archive: Archive) -> Callable[..., Run]:
    """Crawls by a clock that stands: ``crawl_at("2026-03-02T09:00:00+00:00")``."""

    def run(moment: str, *sources: str) -> Run:
        done = subprocess.run(
            [sys.executable, "-c", _AT, str(archive.root), moment, *sources],
            capture_output=True, text=True, timeout=500, check=False,
        )  # fmt: skip
        summary = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
        return Run(summary.get("exit_code", done.returncode), summary, done.stdout, done.stderr)

    return run
