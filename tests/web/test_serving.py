"""The process: two addresses, refusals, a graceful end, many readers beside a writer."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import UsageError
from talkscraper.web.serve_options import ServeOptions
from talkscraper.web.server import _GracefulServer, configured
from talkscraper.web.streams import Stream
from tests.support.archives import SITE, extraction, published, store


def start(folder, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "talkscraper", "serve", "--archive", str(folder.root), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_prints_both_addresses_serves_them_and_ends_gracefully(built):
    """Ports of the system's choice; SIGTERM gives exit status 0 and no complaint."""
    built.respond(f"{SITE}/a", "2025-10-01", "<h1>Harbour</h1>")
    process = start(built.done(), "--port", "0", "--replay-port", "0")
    room, replay = (re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())[0] for _ in range(2))
    with urllib.request.urlopen(room) as reply:
        assert b'name="q"' in reply.read()
    with urllib.request.urlopen(f"{replay}web/{SITE}/a") as reply:
        assert b"Harbour" in reply.read()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_response_that_the_end_of_the_server_cuts_off_is_no_error(caplog):
    """Its client sees that it isn't whole, it gives back what it holds, and the log has no traceback."""
    given_back = threading.Event()

    def endless(_work):
        try:
            while True:
                yield b"row\n" * 1000
        finally:
            given_back.set()

    async def cut_off():
        config = configured(Stream(endless, media_type="text/plain"))
        config.timeout_graceful_shutdown = 0
        bound = socket.create_server(("127.0.0.1", 0))
        server = _GracefulServer(config)
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        reader, writer = await asyncio.open_connection(*bound.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"row\n")
        server.should_exit = True
        rest = b""
        with contextlib.suppress(ConnectionError):
            rest = await reader.read()
        await serving
        writer.close()
        return rest

    rest = asyncio.run(cut_off())
    assert not rest.endswith(b"0\r\n\r\n")
    assert given_back.is_set()
    assert [each.getMessage() for each in caplog.records if each.exc_info] == []
    assert "ASGI" not in caplog.text


def test_a_port_that_is_taken_is_told_in_one_line(built):
    """Exit status 2, and which option to change."""
    first = start(built.done(), "--port", "0", "--replay-port", "0")
    port = re.search(r":(\d+)/", first.stdout.readline())[1]
    second = start(built.folder, "--port", port, "--replay-port", "0")
    _, err = second.communicate(timeout=60)
    first.terminate()
    first.communicate(timeout=60)
    assert second.returncode == 2
    assert "--port" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "archive.example"])
def test_only_loopback_unless_asked_for(tmp_path, host):
    """Nothing here asks for a password."""
    folder = ArchiveFolder(tmp_path)
    with pytest.raises(UsageError, match="--allow-remote"):
        ServeOptions(folder=folder, host=host)
    assert ServeOptions(folder=folder, host=host, allow_remote=True).host == host


def test_one_port_for_both_is_refused(tmp_path):
    """Archived pages would share the reading room's origin."""
    with pytest.raises(UsageError, match="two ports"):
        ServeOptions(folder=ArchiveFolder(tmp_path), port=8000, replay_port=8000)


def test_fifty_readers_see_no_error_while_a_writer_writes(built, serve):
    """Searches, articles, timelines and mementos, all 200, while articles are stored."""
    ids = []
    for number in range(30):
        capture = built.respond(f"{SITE}/{number}", "2025-10-01", f"<p>{number}")
        ids.append(
            store(
                built,
                capture,
                extraction(
                    f"{SITE}/{number}",
                    f"Wall {number}",
                    f"The harbour wall {number}.",
                    published=published("2025-10-01"),
                ),
                "quay",
            )
        )
    served = serve(built.folder)
    stop = threading.Event()

    def write():
        number = 1000
        while not stop.is_set():
            capture = built.respond(f"{SITE}/{number}", "2025-10-02", f"<p>{number}")
            store(
                built,
                capture,
                extraction(
                    f"{SITE}/{number}",
                    f"Wall {number}",
                    f"The harbour wall {number}.",
                    published=published("2025-10-02"),
                ),
                "quay",
            )
            number += 1
        return number

    def read(reader):
        statuses, slowest = set(), 0.0
        for turn in range(6):
            path = (
                "/?q=harbour",
                f"/article/{ids[(reader + turn) % 30]}",
                "/timeline?q=harbour",
                "/",
                f"/web/20251001000000/{SITE}/{reader % 30}",
                f"/cdx?url={SITE}/*",
            )[(reader + turn) % 6]
            begun = time.monotonic()
            statuses.add(served.get(path, replay=path.startswith(("/web", "/cdx"))).status)
            slowest = max(slowest, time.monotonic() - begun)
        return statuses, slowest

    with ThreadPoolExecutor(51) as pool:
        writing = pool.submit(write)
        readers = [pool.submit(read, number) for number in range(50)]
        seen = [reader.result() for reader in readers]
        stop.set()
        assert writing.result() > 1000
    assert set().union(*(statuses for statuses, _ in seen)) == {200}


def test_a_replaced_database_is_opened_anew(built, serve):
    """After a restore, readers see the new file, not the one that was deleted."""
    capture = built.respond(f"{SITE}/a", "2025-10-01", "<p>x")
    store(built, capture, extraction(f"{SITE}/a", "Old wall", "The harbour wall.", published=published("2025-10-01")))
    served = serve(built.folder)
    assert "Old wall" in served.get("/?q=harbour").text
    import sqlite3

    copy = built.folder.root / "copy.db"
    with sqlite3.connect(copy) as target:
        built.db.conn.backup(target)
        target.execute("update articles set title = 'New wall'")
    target.close()
    for suffix in ("-wal", "-shm"):
        built.folder.database.with_name(built.folder.database.name + suffix).unlink(missing_ok=True)
    copy.rename(built.folder.database)
    assert "New wall" in served.get("/?q=harbour").text


def test_a_reader_can_not_write_attach_or_run_for_ever(built, serve):
    """What a page's connection is able to do, whatever SQL reached it."""
    import sqlite3

    served = serve(built.done())
    with served.readers.lease(time_limit_s=0.2) as connection:
        for statement in (
            "delete from articles",
            "attach ':memory:' as x",
            "pragma journal_mode=delete",
            "create table x(a)",
        ):
            with pytest.raises(sqlite3.DatabaseError):
                connection.execute(statement)
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            connection.execute(
                "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
            ).fetchone()
    with served.readers.lease() as connection:
        assert connection.execute("select 1").fetchone()[0] == 1


def test_an_answer_is_remembered_until_a_commit_and_a_moment_longer():
    """Or else a crawl, which commits many times a second, would have every reader wait."""
    from talkscraper.web.cache import Answers

    asked = []

    def find():
        asked.append(1)
        return len(asked)

    patient = Answers(behind_s=10.0)
    assert [patient.get("q", (version,), find) for version in (1, 1, 2)] == [1, 1, 1]
    strict = Answers(behind_s=0.0)
    assert [strict.get("q", (version,), find) for version in (1, 1, 2)] == [2, 2, 3]
