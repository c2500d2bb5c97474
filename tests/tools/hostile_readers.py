"""``serve`` under hostile readers for some minutes: memory, descriptors, write-ahead log and answers are watched.

    python tests/tools/hostile_readers.py 60

Makes an archive of its own in a temporary folder, and talks to 127.0.0.1 only. Exit status 1 where a limit is broken.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from tests.support import archives

MAX_RESIDENT = 900 * 1024**2
"""Of the server's process, in bytes."""
MAX_DESCRIPTORS = 900
MAX_WAL = 64 * 1024**2
MAX_WAIT_S = 60.0
"""For the answer of an honest reader; the machine may be busy."""
ARTICLES = 400
HEADERS = "Host: localhost\r\n"


def archive(root: Path):
    """Articles, and pages that are hard to read."""
    built = archives.BuiltArchive(root)
    text = "The harbour wall was mended in spring, and the boats came back.\n\n" * 200
    for number in range(ARTICLES):
        url = f"{archives.SITE}/posts/{number}"
        capture = built.respond(url, "2025-10-01", f"<p>{number}")
        found = archives.extraction(url, f"Wall {number}", text, published=archives.published("2025-10-01"))
        archives.store(built, capture, found, "quay")
    for path, mime, body in (
        ("comments.css", "text/css", "/*a" * 300_000),
        ("urls.css", "text/css", "url(" * 250_000),
        ("attributes", "text/html", "<p " + " ".join(f"a{n}=1" for n in range(150_000)) + ">"),
        ("srcset", "text/html", f"<img srcset='{'a ,' * 20_000}'>"),
        ("nested", "text/html", "<div>" * 100_000),
        ("long-type", "text/html; charset=" + " " * 200_000 + "!", "<p>x"),
        ("bomb.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'>" + "<g>" * 100_000),
        ("large", "application/octet-stream", "x" * 8_000_000),
    ):
        built.respond(f"{archives.SITE}/{path}", "2025-10-01", body, mime=mime)
    built.done()
    return built


class Watch:
    """What was seen."""

    def __init__(self, process, room: int, replay: int, wal: Path) -> None:
        self.process, self.room, self.replay, self.wal = process, room, replay, wal
        self.over = threading.Event()
        self.answers: Counter[str] = Counter()
        self.slowest = 0.0
        self.resident = self.descriptors = self.log = 0
        self.broken: list[str] = []

    def look(self) -> None:
        folder = Path(f"/proc/{self.process.pid}")
        with contextlib.suppress(OSError):
            pages = int((folder / "statm").read_text().split()[1])
            self.resident = max(self.resident, pages * os.sysconf("SC_PAGE_SIZE"))
            self.descriptors = max(self.descriptors, len(list((folder / "fd").iterdir())))
            self.log = max(self.log, self.wal.stat().st_size)

    def verdict(self) -> list[str]:
        found = list(self.broken)
        for value, limit, what in (
            (self.resident, MAX_RESIDENT, "bytes of memory"),
            (self.descriptors, MAX_DESCRIPTORS, "descriptors"),
            (self.log, MAX_WAL, "bytes of write-ahead log"),
            (self.slowest, MAX_WAIT_S, "seconds for an honest reader"),
        ):
            if value > limit:
                found.append(f"{value:,.1f} {what}, more than {limit:,}")
        return found


def honest(watch: Watch) -> None:
    """A reader who waits for each answer: none may be an error."""
    paths = [(watch.room, "/help"), (watch.room, "/?q=harbour"), (watch.replay, "/"), (watch.room, "/sources")]
    while not watch.over.is_set():
        port, path = random.choice(paths)
        begun = time.monotonic()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2 * MAX_WAIT_S)
            connection.request("GET", path)
            status = connection.getresponse().status
            connection.close()
        except OSError as e:
            if not watch.over.is_set():
                watch.broken.append(f"{path}: {e!r}")
            continue
        watch.answers[f"honest {status}"] += 1
        watch.slowest = max(watch.slowest, time.monotonic() - begun)
        # from one address, too many requests that are under way are refused
        if status >= 500 and status != http.client.SERVICE_UNAVAILABLE:
            watch.broken.append(f"{path}: {status}")
        watch.over.wait(0.2)


def hostile(watch: Watch) -> None:
    """A reader who breaks off, sends halves, asks for what is dear, or doesn't read."""
    dear = [
        "/export.csv", "/export.jsonl", "/export.warc.gz", "/export.wacz", "/export.parquet", "/export.release.zip",
        "/?q=a*+OR+b*+OR+c*", "/timeline?q=the", "/page-index/%C2%B2", "/article/%00",
    ]  # fmt: skip
    pages = ["comments.css", "urls.css", "attributes", "srcset", "nested", "long-type", "bomb.svg", "large"]
    while not watch.over.is_set():
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            kind = random.randrange(4)
            for _ in range(random.choice((1, 5, 200 if kind == 0 else 20))):
                connection = stack.enter_context(socket.socket())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(10)
                if random.random() < 0.5:
                    port, path = watch.room, random.choice(dear)
                else:
                    page = random.choice(pages)
                    modifier = random.choice(("", "id_", "cs_", "im_"))
                    port, path = watch.replay, f"/web/20251001000000{modifier}/http://news.example/{page}"
                    if random.random() < 0.2:
                        path = "/cdx?url=news.example/*&filter=~url:(a?){20}(a?){20}(a?){20}!&limit=-100000"
                connection.connect(("127.0.0.1", port))
                end = "X-Half: " if kind == 0 else "\r\n"
                connection.sendall(f"GET {path} HTTP/1.1\r\n{HEADERS}{end}".encode())
                watch.answers["hostile"] += 1
                if kind == 1:
                    connection.recv(100)
            watch.over.wait(random.choice((0.0, 0.5, 3.0)) if kind else 1.0)


def write(watch: Watch, built) -> None:
    """A crawl goes on meanwhile, so that a pinned snapshot would make the log grow."""
    number = 0
    while not watch.over.is_set():
        with built.db.conn:
            built.db.execute("update articles set section = ? where rowid % 7 = ?", [f"part {number}", number % 7])
        number += 1
        watch.over.wait(0.1)


def main() -> int:
    """Run it."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory(prefix="talkscraper-readers-") as folder:
        built = archive(Path(folder) / "archive")
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "talkscraper",
                "serve",
                "--archive",
                str(built.folder.root),
                "--port",
                "0",
                "--replay-port",
                "0",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        room, replay = (int(process.stdout.readline().rsplit(":", 1)[1].strip(" /\n")) for _ in range(2))
        watch = Watch(process, room, replay, built.folder.database.with_name("talkscraper.db-wal"))
        threads = [threading.Thread(target=honest, args=(watch,)) for _ in range(2)]
        threads += [threading.Thread(target=hostile, args=(watch,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        writer = threading.Thread(target=write, args=(watch, built))
        writer.start()
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end and process.poll() is None:
            watch.look()
            time.sleep(0.5)
        if process.poll() is not None:
            watch.broken.append(f"the server ended with {process.returncode}")
        watch.over.set()
        for thread in (*threads, writer):
            thread.join()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            watch.broken.append("SIGTERM didn't end it within a minute")
            process.kill()
        left = [each.name for each in Path(tempfile.gettempdir()).glob(f"talkscraper-*{process.pid}*")]
        built.db.conn.close()
    sys.stdout.write(
        f"{minutes:g} minutes: {watch.resident / 2**20:.0f} MiB, {watch.descriptors} descriptors, "
        f"log {watch.log / 2**20:.1f} MiB, slowest honest answer {watch.slowest:.1f} s, {dict(watch.answers)}\n"
    )
    for each in (*watch.verdict(), *left):
        sys.stdout.write(f"BROKEN: {each}\n")
    return 1 if watch.verdict() or left else 0


if __name__ == "__main__":
    sys.exit(main())
