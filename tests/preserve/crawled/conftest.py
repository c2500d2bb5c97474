"""An archive made by two crawls of a small newspaper on loopback; tests get copies of it."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SECRET = "zanzibarite"
"""A word that stands in the article which is taken down, and nowhere else."""
PICTURE = b"\x89PNG\r\n\x1a\n" + random.Random(7).randbytes(9000)
_TEXT = (
    (
        "The harbour office said on Tuesday that the wall would be raised by a metre before the winter storms, and that the "
        "fishing boats would have to leave the inner basin for three weeks while the stones are brought in by barge."
    ),
    (
        "Residents of the lower town have asked for the work since the flood of the year before last, when water stood in "
        "the market hall for two days and the ferry could not land at all; the council set money aside in the spring."
    ),
)


HERE = Path(__file__).parent
PATIENCE_S = 400
"""The crawls before the first test count as its time, and machines may be busy."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """More patience for the tests of this folder that don't say otherwise."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(PATIENCE_S))


def article(title: str, words: str, base: str, path: str, pictures: str = "") -> bytes:
    """A page with a headline, a date, pictures and three paragraphs."""
    text = "".join(f"<p>{each}</p>" for each in (*_TEXT, f"{words} An engineer called the old wall sound but too low."))
    return (
        f'<!doctype html><html lang="en"><head><title>{title} | The Quay</title>'
        f'<link rel="canonical" href="{base}{path}"><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="2025-10-20T08:00:00+00:00"></head>'
        f"<body><main><article><h1>{title}</h1>{text}{pictures}</article></main></body></html>"
    ).encode()


class Paper:
    """The newspaper; ``pages`` maps a path to status, headers and body, and may be changed between crawls."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        paper = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self) -> None:
                paper.asked.append(self.path)
                status, headers, body = paper.pages.get(self.path, (404, {"Content-Type": "text/plain"}, b"nothing"))
                tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                if status == 200 and self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("ETag", tag)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                if not isinstance(sys.exc_info()[1], ConnectionError):
                    super().handle_error(request, client_address)

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.publish()

    def html(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        """A page."""
        self.pages[path] = (status, {"Content-Type": "text/html; charset=utf-8", **headers}, body)

    def publish(self) -> None:
        """The pages of the first day."""
        links = "".join(f'<li><a href="/posts/{name}">Story {name}</a></li>' for name in ("kept", "taken", "other"))
        self.html("/", f"<html><head><title>Quay</title></head><body><ul>{links}</ul></body></html>".encode())
        self.html(
            "/posts/taken",
            article(
                "The secret of the wall", f"They call it {SECRET}.", self.base, "/posts/taken", '<img src="/a.png">'
            ),
        )
        self.html(
            "/posts/kept", article("The wall is raised", "It is tall.", self.base, "/posts/kept", '<img src="/b.png">')
        )
        self.html("/posts/other", article("Boats leave the basin", "Forty boats.", self.base, "/posts/other"))
        for path in ("/a.png", "/b.png"):
            self.pages[path] = (200, {"Content-Type": "image/png"}, PICTURE)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


class Archive:
    """An archive folder under test."""

    def __init__(self, root: Path, base: str) -> None:
        self.root = root
        self.base = base

    def run(self, *arguments: str) -> Done:
        """Run a command to its end, in this process (but for crawls, whose reactor runs once)."""
        if arguments[0] == "crawl":
            done = subprocess.run(
                [sys.executable, "-m", "talkscraper", "--archive", str(self.root), *arguments],
                capture_output=True, text=True, timeout=300, check=False,
            )  # fmt: skip
            return Done(done.returncode, done.stdout, done.stderr)
        from talkscraper.cli.main import main

        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace") for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
            main(["--archive", str(self.root), *arguments])
        for stream in (out, err):
            stream.seek(0)
        return Done(int(left.value.code or 0), out.read(), err.read())

    def json(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        done = self.run(*arguments, "--json")
        assert done.stdout.strip(), done.stderr
        return json.loads(done.stdout)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        connection = sqlite3.connect(self.root / "talkscraper.db")
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def verified(self) -> list[str]:
        """What ``verify`` finds, notes left out."""
        report = self.json("verify")
        found = [*report["findings"], *(each for file in report["files"] for each in file["findings"])]
        return [f"{each['file']}: {each['message']}" for each in found if each["level"] != "note"]


@pytest.fixture(scope="session")
def paper() -> Iterator[Paper]:
    """The newspaper."""
    made = Paper()
    yield made
    made.close()


@pytest.fixture(scope="session")
def crawled(paper: Paper, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Two crawls: two WARCs, four revisits at least. Not to be changed."""
    archive = Archive(tmp_path_factory.mktemp("crawled") / "archive", paper.base)
    archive.root.mkdir()
    (archive.root / "sources.toml").write_text(
        f'[sources.quay]\nname = "The Quay"\nhomepage = "{paper.base}/"\narticle_urls = [\'/posts/[^/?#]+$\']\n'
        'allow_private = true\ndelay = 0\nrecrawl = "always"\nrequisites = true\n'
    )
    for _ in range(2):
        done = archive.run("crawl", "quay")
        assert done.returncode == 0, done.stderr
    return archive


@pytest.fixture
def archive(crawled: Archive, paper: Paper, tmp_path: Path) -> Iterator[Archive]:
    """A copy of the crawled archive, to be changed; the newspaper is as on its first day again afterwards."""
    root = tmp_path / "archive"
    shutil.copytree(crawled.root, root)
    pages = dict(paper.pages)
    paper.asked.clear()
    yield Archive(root, crawled.base)
    paper.pages = pages
