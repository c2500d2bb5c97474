"""Replay in pywb, from an environment of its own: what the server sent comes back, byte for byte, also by revisit."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.exchanges import framed
from tests.support.pywb import NEEDS_PYWB, Get, serve_folder

BODY = b"<html><body>" + b"<p>The harbour wall holds.</p>" * 200 + b"</body></html>"
SITE = "http://news.example"
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 999\r\n\r\n'

pytestmark = NEEDS_PYWB


@pytest.fixture
def pywb(tmp_path: Path) -> Iterator[Callable[[Path], Get]]:
    """Serve an archive folder as it lies; returns a function that gets a path."""
    with contextlib.ExitStack() as stack:
        yield lambda archive: stack.enter_context(serve_folder(archive, tmp_path / "pywb"))


def test_every_kind_of_record_replays(desk, pywb):
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
