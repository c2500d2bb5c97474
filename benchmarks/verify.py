"""Speed of ``talkscraper verify`` beside ``warcio check`` and ``fastwarc check``, over the same WARC in one run.

    python benchmarks/verify.py [--megabytes N] [--rounds N] [--json]

The files are what a crawl writes: pages of 60 KB that shrink to a quarter, half of them chunked, each with a picture of
30 KB that doesn't shrink, and their request records. MB/s are megabytes (10^6) of the .warc.gz files as they lie on
disk; what that is unpacked is told beside it. talkscraper verifies more than the others (members, header rules, CDXJ
lines, database rows, SHA-256 of the file). fastwarc runs with -p, which checks payloads too. First CPU seconds on one
core, then wall-clock seconds on all of them, where verify shares the files out among processes; the least of the
rounds, which take turns. The floor is what no check of digests in Python can go below: decompressing each record, the
SHA-1 of its block and of its payload, and the SHA-256 of the file, and nothing else. The goals: at least 80 MB/s, and
three times ``warcio check``, where the floor permits that.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from capture import pages
from processes import spent, with_bytecode

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.archive_writer import archive_writer
from talkscraper.capture.exchange import Exchange
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.compression import MAX_OUT_BYTES, new_unpacker
from talkscraper.warc.members import FEED_BYTES

NOW = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
CHUNK = 8192
FILES = 4


def build(folder: ArchiveFolder, megabytes: int) -> list[Path]:
    """An archive with finished WARCs of about that size in all."""
    seeded = random.Random(5)
    folder.make()
    texts = pages(400)
    with ArchiveWriter(folder.database) as database:
        writer = archive_writer(
            folder, database, run_id=None, clock=lambda: NOW, rotate_bytes=megabytes * 1_000_000 // FILES
        )
        number = 0
        while True:
            number += 1
            # a page of its own each time, or it would become a revisit
            page = texts[number % len(texts)].replace(b"<title>", b"<title>%d " % number)
            picture = seeded.randbytes(30_000)
            keep(writer.submit, f"/posts/{number}", html(page, chunked=number % 2 == 0), number)
            future = keep(writer.submit, f"/pictures/{number}.jpg", plain(picture, "image/jpeg"), number)
            if number % 50 == 0:
                future.result()
                if sum(path.stat().st_size for path in folder.warc.iterdir()) > megabytes * 1e6:
                    break
        writer.close()
    return sorted(folder.warc.glob("*.warc.gz"))


def keep(submit: Callable, path: str, response: bytes, number: int):
    """One exchange."""
    exchange = Exchange(url=f"https://news.example{path}", started_at=NOW + timedelta(seconds=number))
    attempt = exchange.new_attempt("192.0.2.7")
    attempt.request += f"GET {path} HTTP/1.1\r\nHost: news.example\r\nAccept: */*\r\n\r\n".encode()
    attempt.received(response)
    exchange.seal(None)
    return submit(exchange)


def html(body: bytes, *, chunked: bool) -> bytes:
    """A page's response."""
    if not chunked:
        return plain(body, "text/html; charset=utf-8")
    pieces = [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + framed


def plain(body: bytes, mime: str) -> bytes:
    """A length-framed response."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def cost_of(command: list[str], expected: tuple[int, ...]) -> tuple[float, float]:
    """CPU seconds and wall-clock seconds of a command."""
    with spent() as cost:
        done = subprocess.run(command, check=False, capture_output=True, env=with_bytecode())
    assert done.returncode in expected, (command, done.returncode, done.stderr[-2000:])
    return cost.cpu_s, cost.wall_s


def floor(paths: list[str]) -> None:
    """Decompress and digest all records, without looking at them."""
    for path in paths:
        data = Path(path).read_bytes()
        hashlib.sha256(data).digest()
        at = 0
        while at < len(data):
            unpacker, block, payload = new_unpacker(), hashlib.sha1(), hashlib.sha1()
            pending: bytes | memoryview = b""
            while not unpacker.eof:
                if not pending:
                    pending = memoryview(data)[at : at + FEED_BYTES]
                    at += len(pending)
                piece = unpacker.decompress(pending, MAX_OUT_BYTES)
                pending = unpacker.unconsumed_tail
                block.update(piece)
                payload.update(piece)
            at -= len(unpacker.unused_data)
            block.digest()
            payload.digest()


def main() -> None:
    """Build, measure, print."""
    if sys.argv[1:2] == ["--floor"]:
        floor(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tools = Path(sys.executable).parent
    cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory(prefix="talkscraper-bench-") as place:
        folder = ArchiveFolder(Path(place) / "archive")
        paths = build(folder, options.megabytes)
        size = sum(path.stat().st_size for path in paths) / 1e6
        unpacked = sum(unpacked_size(path) for path in paths) / 1e6
        files = [str(path) for path in paths]
        ways = {
            "talkscraper verify": ([str(tools / "talkscraper"), "verify", "--archive", str(folder.root)], (0,)),
            # warcio calls our chunked payloads damaged, and says so with exit code 1: docs/warc.md
            "warcio check": ([str(tools / "warcio"), "check", *files], (0, 1)),
            "floor": ([sys.executable, __file__, "--floor", *files], (0,)),
            "fastwarc check -p": (
                ["sh", "-c", 'for each; do "$0" check -p -q "$each"; done', str(tools / "fastwarc"), *files],
                (0, 1),
            ),
        }
        cpu, wall = dict.fromkeys(ways, float("inf")), dict.fromkeys(ways, float("inf"))
        for _ in range(options.rounds):
            for name, (command, expected) in ways.items():
                os.sched_setaffinity(0, {min(cores)})
                cpu[name] = min(cpu[name], cost_of(command, expected)[0])
                os.sched_setaffinity(0, cores)
                wall[name] = min(wall[name], cost_of(command, expected)[1])
    told = {"one core, CPU s": cpu, f"{len(cores)} cores, wall-clock s": wall}
    if options.json:
        figures = {what: {name: {"s": s, "mb_per_s": size / s} for name, s in by.items()} for what, by in told.items()}
        print(json.dumps({"megabytes": size, "unpacked_megabytes": unpacked, "ways": figures}))
        return
    print(f"{size:.0f} MB in {len(paths)} .warc.gz, {unpacked:.0f} MB unpacked")
    for what, by in told.items():
        print(f"\n{what}")
        for name, seconds in by.items():
            speed = f"{size / seconds:6.0f} MB/s, {unpacked / seconds:4.0f} unpacked"
            print(f"{name:20} {seconds:6.2f} s   {speed}   {by['warcio check'] / seconds:5.1f} x warcio's speed")


def unpacked_size(path: Path) -> int:
    """Bytes of a file's records."""
    with gzip.open(path) as handle:
        return sum(len(data) for data in iter(lambda: handle.read(1 << 20), b""))


if __name__ == "__main__":
    main()
