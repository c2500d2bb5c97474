"""Hostile readers: half requests, answers that nobody reads, downloads that are broken off, other sites' pages."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import tempfile
import threading
import time
from pathlib import Path

import pytest

from talkscraper.web.connections import BoundedProtocol
from tests.support.archives import SITE, extraction, published, store
from tests.support.waiting import wait_until

WIDE_S = 60.0
"""Whatever is awaited here comes within a second on a quiet machine."""


class Few(BoundedProtocol):
    """The same limits, reached soon."""

    max_connections = 12
    max_connections_per_address = 8
    head_limit_s = 1.0
    stall_limit_s = 1.0
    watch_s = 0.1


def is_closed(connection):
    """Whether the server has closed the connection."""
    connection.settimeout(WIDE_S)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def half_requests(port, number):
    made = []
    for _ in range(number):
        connection = socket.create_connection(("127.0.0.1", port), timeout=WIDE_S)
        with contextlib.suppress(OSError):  # it may have been told to go already
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
        made.append(connection)
    return made


@pytest.fixture
def shelf(built):
    """Three hundred articles, so that an export doesn't fit into the buffers between server and client."""
    text = "The harbour wall was mended in spring, and the boats came back.\n\n" * 300
    for number in range(300):
        url = f"{SITE}/posts/{number}"
        capture = built.respond(url, "2025-10-01", f"<p>{number}")
        store(built, capture, extraction(url, f"Wall {number}", text, published=published("2025-10-01")), "quay")
    return built


def test_a_thousand_half_requests_keep_nobody_out(built, serve):
    """The one that has waited longest makes room for the next; a reader is answered meanwhile, on both ports."""
    served = serve(built.done())
    with contextlib.ExitStack() as stack:
        for port in (served.port, served.replay_port):
            for connection in half_requests(port, 512):
                stack.callback(connection.close)
        assert served.get("/help").status == 200
        assert served.play("/").status == 200


def test_a_request_whose_head_never_ends_is_closed_and_so_is_a_body_that_trickles(built, serve):
    """Also when a byte comes now and then, which is what such clients do."""
    served = serve(built.done(), protocol=Few)
    heads = half_requests(served.port, 3)
    body = socket.create_connection(("127.0.0.1", served.port), timeout=WIDE_S)
    body.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx")
    for connection in (*heads, body):
        with contextlib.suppress(ConnectionError), connection:
            end = time.monotonic() + WIDE_S
            connection.settimeout(0.1)
            while time.monotonic() < end:
                connection.sendall(b"x")
                with contextlib.suppress(TimeoutError):
                    if connection.recv(65536) == b"":
                        break
            else:
                pytest.fail("it was never closed")


def test_an_answer_that_nobody_reads_is_given_up(shelf, serve):
    """Its connection to the database goes back, and nothing is kept of it."""
    served = serve(shelf.done(), protocol=Few)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", served.port))
        connection.sendall(b"GET /export.jsonl HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: len(served.protocols()) == 1)
        wait_until(lambda: not served.protocols(), message="the connection is still there")


def test_requests_under_way_are_not_dropped_for_new_ones(shelf, serve):
    """Eight readers of one address are the limit here: the ninth is told, and the eight read on."""

    class Patient(Few):
        stall_limit_s = WIDE_S

        def connection_made(self, transport):
            # small buffers on both sides, or the kernel would take all of a small file at once
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            super().connection_made(transport)

    served = serve(shelf.done(), protocol=Patient)
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", served.replay_port))
            connection.sendall(f"GET /warc/{shelf.name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        wait_until(lambda: sum(not each.is_waiting for each in served.protocols()) == 8)
        refused = served.play("/")
        assert refused.status == 503
        assert refused.headers["Retry-After"]
        assert sum(not each.is_waiting for each in served.protocols()) == 8


def temporary_folders():
    return {each.name for each in Path(tempfile.gettempdir()).glob("talkscraper-*")}


@pytest.mark.parametrize("form", ["csv", "jsonl", "warc.gz", "wacz", "parquet"])
def test_downloads_that_are_broken_off_leave_nothing_behind(shelf, serve, form):
    """Forty of them: no thread, no file, no connection to the database, and the next one is answered."""
    served = serve(shelf.done())
    assert served.get(f"/export.{form}").status == 200
    before, threads = temporary_folders(), threading.active_count()
    for _ in range(40):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", served.port))
        connection.sendall(f"GET /export.{form} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        connection.close()
    wait_until(lambda: not served.protocols())
    assert served.get(f"/export.{form}").status == 200
    wait_until(lambda: temporary_folders() <= before)
    wait_until(lambda: served.readers.leased == 0)
    # the pool of threads is the server's, and ends by itself
    assert threading.active_count() <= threads + 40


def test_a_slow_download_does_not_pin_the_database(shelf, serve):
    """While its reader waits, the write-ahead log can be written back and emptied."""
    served = serve(shelf.done())
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", served.port))
        connection.sendall(b"GET /export.jsonl HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(16)
        wait_until(lambda: any(each.transport.get_write_buffer_size() for each in served.protocols()))
        with shelf.db.conn:
            shelf.db.execute("update articles set section = 'later'")
        with contextlib.closing(sqlite3.connect(shelf.folder.database, timeout=WIDE_S)) as other:
            busy, _, _ = other.execute("pragma wal_checkpoint(truncate)").fetchone()
        assert busy == 0
        wal = shelf.folder.database.with_name("talkscraper.db-wal")
        assert wal.stat().st_size == 0


def test_the_head_of_a_download_costs_nothing(shelf, serve):
    """HEAD is answered without making it."""
    served = serve(shelf.done())
    reply = served.get("/export.wacz", method="HEAD")
    assert (reply.status, reply.headers["Content-Type"], reply.body) == (200, "application/wacz", b"")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Referer": "http://evil.example/page"}, 403),
        ({"Referer": "http://127.0.0.1:1/page"}, 403),
        ({"Referer": "http://[/"}, 403),
    ],
)
@pytest.mark.parametrize("form", ["wacz", "warc.gz", "csv", "parquet", "release.zip"])
def test_another_site_can_not_make_a_browser_ask_for_downloads(built, serve, headers, status, form):
    """Nor this site's other port, where archived pages are; a program without such headers may."""
    built.respond(f"{SITE}/a", "2025-10-01", "<p>x")
    served = serve(built.done())
    names = {name.replace("-", "_"): value for name, value in headers.items()}
    assert served.get(f"/export.{form}", **names).status == status


def test_a_page_of_the_reading_room_may_link_to_a_warc_and_another_site_may_not(built, serve):
    """The record's page links to the file on the other port."""
    built.respond(f"{SITE}/a", "2025-10-01", "<p>x")
    served = serve(built.done())
    assert served.play(f"/warc/{built.name}", Sec_Fetch_Site="same-site").status == 200
    assert served.play(f"/warc/{built.name}", Referer=f"{served.room}/capture/x").status == 200
    assert served.play(f"/warc/{built.name}", Sec_Fetch_Site="cross-site").status == 403
    assert served.play(f"/warc/{built.name}", Origin="http://evil.example").status == 403
    assert served.get("/export.csv", Referer=f"{served.room}/?q=wall").status == 200
