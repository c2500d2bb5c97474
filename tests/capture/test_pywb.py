"""Replay in pywb, from an environment of its own: what the server sent comes back, byte for byte, also by revisit."""

from __future__ import annotations

import gzip
import http.client
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

WAYBACK = Path(os.environ.get("TALKSCRAPER_PYWB") or Path(__file__).parents[2] / ".venv-pywb/bin/wayback")
BODY = b"<html><body>" + b"<p>The harbour wall holds.</p>" * 200 + b"</body></html>"
SITE = "http://news.example"
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 999\r\n\r\n'

pytestmark = [
    pytest.mark.pywb,
    pytest.mark.skipif(not WAYBACK.exists(), reason=f"no pywb at {WAYBACK}: 'make browser-tools' installs it"),
]

Get = Callable[[str], tuple[int, bytes]]


@pytest.fixture
def pywb(tmp_path: Path) -> Iterator[Callable[[Path], Get]]:
    """Serve an archive folder as it lies; returns a function that gets a path."""
    started: list[subprocess.Popen[bytes]] = []

    def serve(archive: Path) -> Get:
        home = tmp_path / "pywb"
        home.mkdir()
        config = f"collections:\n  news:\n    index_paths: {archive}/index/\n    archive_paths: {archive}/warc/\n"
        (home / "config.yaml").write_text(config)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        log = (tmp_path / "pywb.log").open("wb")
        process = subprocess.Popen(
            [str(WAYBACK), "-b", "127.0.0.1", "-p", str(port), "-d", str(home)], stdout=log, stderr=log
        )
        started.append(process)

        def get(path: str) -> tuple[int, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})  # else pywb decodes
            response = connection.getresponse()
            try:
                return response.status, response.read()
            finally:
                connection.close()

        while True:
            assert process.poll() is None, (tmp_path / "pywb.log").read_text()
            try:
                get("/")
            except OSError:
                time.sleep(0.1)  # nothing tells when another program's port is open
            else:
                return get

    yield serve
    for process in started:
        process.terminate()
        process.wait()


def test_every_kind_of_record_replays(desk, framed, pywb):
    """Each capture, first or revisit, in all pairs of framings and after 304s, gives the payload that was sent."""
    kept = desk()
    wanted = []

    def keep(url: str, response: bytes, payload: bytes) -> None:
        capture = kept.keep(SITE + url, response)
        wanted.append((capture.captured_at.strftime("%Y%m%d%H%M%S"), capture.url, payload))
        kept.now += timedelta(seconds=90)

    for first in (False, True):
        for second in (False, True):
            url, body = f"/pair/{first}/{second}", BODY + f"{first}{second}".encode()
            keep(url, framed(body, chunked=first), body)
            keep(url, framed(body, chunked=second), body)
            keep(url, NOT_MODIFIED, body)
            kept.again()
            keep(url, NOT_MODIFIED, body)
            keep(url, framed(body, chunked=second), body)
            keep(f"{url}/elsewhere", framed(body, chunked=second), body)
    packed = gzip.compress(BODY, mtime=0)
    keep("/gzip", framed(packed, headers="Content-Encoding: gzip\r\n"), packed)
    keep("/gzip", framed(packed, headers="Content-Encoding: gzip\r\n", chunked=True), packed)
    keep("/interim", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + framed(b"final"), b"final")
    keep("/gone", framed(b"It is gone.", status="404 Not Found"), b"It is gone.")
    keep("/no-reason", framed(b"terse", status="200"), b"terse")
    kept.writer.close()
    assert {str(capture.record_type) for capture in kept.captures} == {"response", "revisit"}
    get = pywb(kept.folder.root)
    wrong = []
    for timestamp, url, payload in wanted:
        status, body = get(f"/news/{timestamp}id_/{url}")
        if body != payload or status != (404 if url.endswith("/gone") else 200):
            wrong.append((timestamp, url, status, body[:80], len(body), len(payload)))
    assert wrong == []
