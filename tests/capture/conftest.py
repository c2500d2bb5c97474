"""Crawls of a raw server in a process of their own, and a writer of WARC files without a network."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.warc_file import FinishedFile
from talkscraper.capture.writer import WarcWriter
from talkscraper.errors import TalkscraperError
from talkscraper.model import Capture
from tests.support.exchanges import exchange, framed
from tests.support.raw_server import RawServer


@pytest.fixture
def server() -> Iterator[RawServer]:
    """A server that a test gives its answers."""
    with RawServer() as server:
        yield server


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

    def submit(self, url: str, response: bytes, **facts: Any) -> Future[Capture | None]:
        return self.writer.submit(exchange(url, response, self.now, **facts))

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
