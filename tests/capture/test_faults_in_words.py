"""Errors of names, connections and TLS are said in words: in the crawl's log, and by the client of sources check."""

from __future__ import annotations

import json
import socket
import ssl
from datetime import UTC, datetime

import pytest
import trustme
from scrapy import Request
from scrapy.http import Response

from talkscraper.connection_faults import in_words
from talkscraper.fetch.backoff import busy_answer, note_busy
from talkscraper.fetch.politeness import Pacer
from talkscraper.fetch.unsent import HostPaused
from tests.support.crawls import CrawlArchive
from tests.support.raw_server import Answer, RawServer

pytestmark = pytest.mark.timeout(400)  # each crawl is a process of its own


def tls(host: str, not_after: datetime | None = None, trusted: trustme.CA | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (trusted or trustme.CA()).issue_cert(host, not_after=not_after).configure_cert(context)
    return context


AUTHORITY = trustme.CA()
FAULTS = {
    "unknown": (tls("localhost"), "unknown authority"),
    "expired": (tls("localhost", datetime(2020, 1, 1, tzinfo=UTC), AUTHORITY), "expired"),
    "other-host": (tls("elsewhere.example", trusted=AUTHORITY), "for another host"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_certificate_is_named(fault, tmp_path):
    """By crawl, in log, rows and status, and by sources check: without tracebacks and names of classes."""
    context, words = FAULTS[fault]
    archive = CrawlArchive(tmp_path / "archive")
    authority = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(authority))
    with RawServer(context, otherwise=Answer([b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"])) as server:
        archive.write_sources(
            f'contact = "https://example.org/bot"\n[sources.quay]\nname = "The Quay"\n'
            f'homepage = "https://localhost:{server.port}/"\nallow_private = true\ndelay = 0\n'
        )
        env = {"SSL_CERT_FILE": str(authority)}
        run = archive.crawl(env=env)
        checked = archive.run("sources", "check", "quay", env=env)
    assert words in run.stderr
    assert words in run.source()["diagnosis"] + json.dumps(run.source())
    assert words in checked.stdout + checked.stderr
    for text in (run.stderr, run.stdout, checked.stdout, checked.stderr):
        assert "Traceback" not in text
        assert "twisted" not in text
        assert "Failure" not in text


def test_a_certificate_of_its_own_is_named(tmp_path):
    """A self-signed certificate is told from one of an unknown authority."""
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_code = 18
    assert in_words(error) == "its certificate is self-signed"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "isn't found in DNS"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "can't be looked up just now"),
        (ConnectionRefusedError(111, "x"), "refused"),
        (ConnectionResetError(104, "x"), "reset"),
        (OSError(113, "x"), "no route"),
        (ValueError("x"), ""),
    ],
)
def test_errors_of_the_standard_library(error, words):
    """What sources check meets; what isn't known isn't guessed."""
    said = in_words(error) or ""
    assert words in said if words else not said


def test_connections_that_fail_are_told_apart(tmp_path):
    """Refused, reset, closed, silent, cut in the head: each has its own words."""
    archive = CrawlArchive(tmp_path / "archive")
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with RawServer(otherwise=Answer([], "close")) as server:
        archive.write_sources(
            f'contact = "https://example.org/bot"\n'
            f'[sources.refused]\nhomepage = "http://127.0.0.1:{port}/"\nallow_private = true\ndelay = 0\n'
            f'[sources.closed]\nhomepage = "{server.base}/"\nallow_private = true\ndelay = 0\n'
        )
        run = archive.crawl()
    assert "the connection was refused" in json.dumps(run.source("refused"))
    assert "the connection was closed before the response was complete" in json.dumps(run.source("closed"))
    assert "Traceback" not in run.stderr
    assert "twisted" not in run.stderr


@pytest.mark.parametrize(
    ("headers", "words"),
    [({}, "answered 503 without Retry-After"), ({"Retry-After": "900"}, "answered 503 and asked for a pause")],
)
def test_a_busy_host_is_said_to_have_asked_only_if_it_did(headers, words):
    """A 503 without Retry-After asked for nothing; the pause is ours."""
    pacer, response = Pacer(), Response("http://news.example/", status=503, headers=headers)
    note_busy(pacer, Request("http://news.example/"), response, datetime(2026, 3, 1, tzinfo=UTC))
    said = str(HostPaused("news.example", 900, busy_answer(response)))
    assert said == f"news.example {words}: nothing is sent to it for 900 s"
