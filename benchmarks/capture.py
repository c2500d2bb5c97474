"""CPU per page of three ways to archive a crawl, side by side in one run.

    python benchmarks/capture.py [--pages N] [--rounds N] [--json]

| way | what |
| --- | --- |
| stock | Scrapy alone, nothing recorded |
| talkscraper | the tee, own serialiser, ISA-L (packed bodies stored), SHA-1 twice, fsync first |
| warcio | records made by warcio of ``response_downloaded``, as scrapy-webarchive does it (level 9, no fsync) |

Every way fetches the same unique pages of 60 KB over loopback from one server process; the rounds take turns, server
and crawler keep to a core each. CPU is user + system of the crawling process between the first request and the end,
all threads; the least of the rounds, since other load on a machine only ever adds to it. The goal is talkscraper minus
stock <= 1.5 ms a page. On a shared machine the figures of one run differ by a third from the next: look at a quiet
one, and at the ratios.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

from processes import server

WAYS = ("stock", "talkscraper", "warcio")
CODINGS = ("identity", "gzip")
PAGE_BYTES = 60_000
CONCURRENCY = 16


def cpu_s() -> float:
    """User and system time of this process, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def keep_to_core(number: int) -> None:
    """Stay on one core: threads that wander between cores, and the server's load, would be counted otherwise."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[number % len(cores)]})


# --- the server, a process of its own -------------------------------------------------------------------------------


def pages(count: int) -> list[bytes]:
    """Unique pages of exactly 60 KB that shrink about as well as real news pages do (to a fifth or a quarter)."""
    seeded = random.Random(11)
    words = ["".join(seeded.choices("abcdefghijklmnopqrstuvwxyz", k=seeded.randrange(2, 11))) for _ in range(5000)]
    often = [1 / (rank + 3) for rank in range(len(words))]

    def text(length: int) -> str:
        return " ".join(seeded.choices(words, often, k=length))

    made = []
    for number in range(count):
        cards = "".join(
            f'<li class="card card--related"><a class="card__link" href="/posts/{text(3).replace(" ", "-")}">'
            f'<img class="card__image" loading="lazy" src="/_next/image?url=%2F{text(1)}.jpg&amp;w=640&amp;q=75" '
            f'width="640" height="360" alt=""><span class="card__title">{text(8)}</span></a></li>\n'
            for _ in range(110)
        )
        story = "".join(f'<p class="article__paragraph">{text(60)}</p>\n' for _ in range(100))
        page = f"<html><title>{number} {text(9)}</title><body><ul>{cards}</ul>{story}</body></html>".encode()
        assert len(page) > PAGE_BYTES
        made.append(page[:PAGE_BYTES])
    return made


def serve(count: int) -> None:
    """Serve ``/identity/N`` and ``/gzip/N``; prints its port, ends when its stdin closes."""
    plain = pages(count)
    keep_to_core(1)
    bodies = {"identity": plain, "gzip": [gzip.compress(page, 6, mtime=0) for page in plain]}
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(target=_accept, args=(listener, bodies), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


def _accept(listener: socket.socket, bodies: dict[str, list[bytes]]) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_answer, args=(connection, bodies), daemon=True).start()


def _answer(connection: socket.socket, bodies: dict[str, list[bytes]]) -> None:
    with contextlib.suppress(OSError), connection:
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                received = connection.recv(65536)
                if not received:
                    return
                data += received
            request, _, data = data.partition(b"\r\n\r\n")
            _, coding, number = request.split(b" ", 2)[1].decode().split("/")
            body = bodies[coding][int(number)]
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
            head += "Content-Encoding: gzip\r\n" if coding == "gzip" else ""
            connection.sendall(head.encode() + b"\r\n" + body)


# --- one crawl, a process of its own --------------------------------------------------------------------------------


def crawl(way: str, coding: str, port: int, count: int, folder: Path) -> None:
    """Fetch every page once and print what it cost."""
    from scrapy import Request, Spider, signals
    from scrapy.crawler import AsyncCrawlerProcess

    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.capture import attach_writer
    from talkscraper.capture.writer import WarcWriter

    keep_to_core(0)
    marks: dict[str, float] = {}
    seen: list[int] = []

    class Fetcher(Spider):
        name = "fetcher"

        async def start(self) -> Any:
            marks["start"] = cpu_s()
            for number in range(count):
                yield Request(f"http://127.0.0.1:{port}/{coding}/{number}")

        def parse(self, response: Any) -> None:
            seen.append(len(response.body))

    settings: dict[str, Any] = {
        "CONCURRENT_REQUESTS": CONCURRENCY,
        "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }
    writer = None
    if way == "talkscraper":
        handler = "talkscraper.capture.download_handler.WarcDownloadHandler"
        settings["DOWNLOAD_HANDLERS"] = {"http": handler, "https": handler}
        writer = WarcWriter(ArchiveFolder(folder).make(), commit=lambda _: None)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Fetcher)
    close = contextlib.nullcontext()
    if writer is not None:
        attach_writer(crawler, writer)
        close = contextlib.closing(writer)
    if way == "warcio":
        recorder = WarcioRecorder(folder)
        crawler.signals.connect(recorder.downloaded, signal=signals.response_downloaded)
        close = contextlib.closing(recorder)
    process.crawl(crawler)
    with close:
        process.start()
    cost = cpu_s() - marks["start"]
    if seen != [PAGE_BYTES] * count:
        raise SystemExit(f"{way}: {len(seen)} of {count} pages arrived")
    written = sum(path.stat().st_size for path in folder.rglob("*.warc.gz"))
    print(json.dumps({"ms": 1000 * cost / count, "bytes": written}))


class WarcioRecorder:
    """What a Scrapy extension can record with warcio: heads made anew from what Scrapy kept of them."""

    def __init__(self, folder: Path) -> None:
        from warcio.warcwriter import WARCWriter

        folder.mkdir(parents=True, exist_ok=True)
        self._handle = (folder / "warcio.warc.gz").open("wb")
        self._writer = WARCWriter(self._handle, gzip=True)

    def downloaded(self, response: Any, request: Any, spider: Any) -> None:  # noqa: ARG002  Scrapy's signature
        """Write a response and its request."""
        from warcio.statusandheaders import StatusAndHeaders

        pairs = [(name.decode(), value.decode()) for name, values in response.headers.items() for value in values]
        kept = self._writer.create_warc_record(
            response.url,
            "response",
            payload=BytesIO(response.body),
            http_headers=StatusAndHeaders(f"{response.status} OK", pairs, protocol="HTTP/1.1"),
        )
        asked = [(name.decode(), value.decode()) for name, values in request.headers.items() for value in values]
        sent = self._writer.create_warc_record(
            request.url, "request", http_headers=StatusAndHeaders("GET / HTTP/1.1", asked, is_http_request=True)
        )
        self._writer.write_request_response_pair(sent, kept)

    def close(self) -> None:
        """Finish the file."""
        self._handle.close()


# --- the comparison -------------------------------------------------------------------------------------------------


def compare(count: int, rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """Milliseconds of CPU and bytes per page of each way, by content coding; the least of the rounds."""
    here = [sys.executable, __file__]
    samples: dict[tuple[str, str], list[dict[str, float]]] = {}
    with server([*here, "--serve", "--pages", str(count)]) as port:
        for _ in range(rounds):
            for coding in CODINGS:
                for way in WAYS:
                    folder = tempfile.mkdtemp(prefix="talkscraper-bench-")
                    command = [*here, "--crawl", way, coding, port.strip(), folder, "--pages", str(count)]
                    done = subprocess.run(command, capture_output=True, text=True, check=False)
                    shutil.rmtree(folder)
                    if done.returncode:
                        raise SystemExit(done.stderr)
                    samples.setdefault((coding, way), []).append(json.loads(done.stdout.splitlines()[-1]))
    return {
        coding: {
            way: {
                "ms_per_page": min(sample["ms"] for sample in samples[coding, way]),
                "bytes_per_page": min(sample["bytes"] for sample in samples[coding, way]) / count,
            }
            for way in WAYS
        }
        for coding in CODINGS
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--crawl", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.pages)
        return
    if args.crawl:
        way, coding, port, folder = args.crawl
        crawl(way, coding, int(port), args.pages, Path(folder))
        return
    found = compare(args.pages, args.rounds)
    if args.json:
        print(json.dumps(found))
        return
    print(f"CPU per page of {PAGE_BYTES // 1000} KB, {args.pages} pages, least of {args.rounds} rounds\n")
    print(f"{'bodies':10} {'way':12} {'ms':>6} {'over stock':>11} {'of warcio':>10} {'KB kept':>8}")
    for coding, ways in found.items():
        stock, warcio = ways["stock"]["ms_per_page"], ways["warcio"]["ms_per_page"]
        for way, figures in ways.items():
            over = figures["ms_per_page"] - stock
            share = f"{over / (warcio - stock):.2f}x" if way != "stock" and warcio > stock else ""
            kept = figures["bytes_per_page"] / 1000
            print(f"{coding:10} {way:12} {figures['ms_per_page']:6.2f} {over:11.2f} {share:>10} {kept:8.1f}")


if __name__ == "__main__":
    main()
