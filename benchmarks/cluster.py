"""Extraction by workers of a cluster beside the local pool, over the same pages in one run.

    python benchmarks/cluster.py [--pages 20000] [--corpus FOLDER] [--rounds 1] [--json]

Pages are those of a corpus, repeated (BENCH_CORPUS), or generated ones; their WARCs are registered once. Then the same
captures are read by the local pool with one process, by ``local:1`` and by ``local:2``. A cluster of this machine has
the costs of any other: units and receipts go through a Dask scheduler, results through shards. ``pages/s`` is
wall-clock time with warm workers; ``pages per CPU second`` counts every process that takes part, so that it holds on a
busy machine too, and ``CPU ms a page`` says where the time goes. At last the shards of ``local:2`` are stored, all of
them being there: what the one process that stores can take, by its CPU time, and how many workers that feeds.

The goals: a worker of a cluster does at least 0.9 of the local pool's process; two do at least 1.8 of one, on an idle
machine with two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from corpus import Corpus

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cluster import open_executor
from talkscraper.cluster.local import LocalExecutor
from talkscraper.ingest import sharded_pages
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.page_reader import ReadPage, read_pages
from talkscraper.ingest.sharded_pages import ClusterWork, ShardedPages
from talkscraper.preserve.extract import extract_again
from talkscraper.preserve.warc_import import import_files
from talkscraper.store.database import open_reader
from talkscraper.store.page_captures import page_captures
from talkscraper.warc.digests import sha1_base32
from talkscraper.warc.records import build_response

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=9)
FILES = 8
WARM_PAGES = 300
"""Pages that are read before the clock starts: workers import what they need."""


def generated(count: int) -> list[bytes]:
    """Pages of an article each."""
    seeded = random.Random(7)
    words = ["".join(seeded.choices("abcdefghijklmnopqrstuvwxyz", k=seeded.randrange(2, 11))) for _ in range(4000)]

    def text(length: int) -> str:
        return " ".join(seeded.choices(words, k=length)).capitalize() + "."

    made = []
    for _ in range(count):
        cards = "".join(f'<li class="card"><a href="/posts/{n}">{text(7)}</a></li>' for n in range(40))
        story = "".join(f"<p>{text(60)}</p>" for _ in range(12))
        made.append(
            f'<!doctype html><html lang="en"><head><title>{text(8)}</title>'
            f'<meta property="article:published_time" content="2026-02-{1 + len(made) % 28:02}T08:00:00+00:00"></head>'
            f"<body><nav><ul>{cards}</ul></nav><main><article><h1>{text(8)}</h1>{story}</article></main></body></html>"
            .encode()
        )  # fmt: skip
    return made


def write_warcs(folder: Path, bodies: list[bytes], pages: int) -> list[Path]:
    """WARCs with that many pages, each of an address and a text of its own."""
    paths = []
    for file in range(FILES):
        path = folder / f"bench-{file}.warc.gz"
        with path.open("wb") as out:
            for number in range(file * pages // FILES, (file + 1) * pages // FILES):
                body = bodies[number % len(bodies)].replace(b"</p>", b" %d</p>" % number, 1)
                head = (
                    f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                record = build_response(
                    url=f"https://bench.example/posts/{number}",
                    date=BEGIN + timedelta(seconds=number),
                    block=head.encode() + body,
                    payload_digest=sha1_base32(body),
                )
                for piece in record.member():
                    out.write(piece)
        paths.append(path)
    return paths


class RegisteredOnly(ShardedPages):
    """Reads no page: an import only registers the captures."""

    def __init__(self) -> None:
        super().__init__(LocalExecutor(1), Path())

    def read(self, *_: object) -> Iterator[ReadPage]:
        """Yield nothing."""
        return iter(())

    def work(self) -> ClusterWork:
        """No work."""
        return ClusterWork()

    def clean(self) -> None:
        """There are no shards."""


def cpu_seconds() -> Counter[str]:
    """CPU seconds of this process and of those that it started, by the part that they take."""
    this = psutil.Process()
    found = Counter({"command": sum(this.cpu_times()[:2])})
    for each in this.children(recursive=True):
        try:
            part = "extractors" if "talkscraper.pool.worker" in " ".join(each.cmdline()) else "workers"
            # those of ended children too: an extractor that was replaced
            found[part] += sum(each.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return found


def read(folder: ArchiveFolder, address: str | None, shards: Path) -> dict[str, Any]:
    """Read all pages in one way; pages a second, and a CPU second."""
    with closing(open_reader(folder.database)) as connection:
        total = connection.execute("select count(*) from captures").fetchone()[0]
        newsrooms = Newsrooms.of(folder)

        def measured(cluster: ShardedPages | None) -> dict[str, Any]:
            begun, cpu, counted = 0.0, Counter[str](), 0
            reading = read_pages(connection, folder, newsrooms, page_captures(connection), workers=1, cluster=cluster)
            for number, _ in enumerate(reading):
                if number == min(WARM_PAGES * (1 if cluster is None else 4), total // 3):
                    begun, cpu, counted = time.perf_counter(), cpu_seconds(), number
                if number == total - 1:
                    break
            # before the pool's processes are ended: they are counted while they live
            seconds, used = time.perf_counter() - begun, cpu_seconds() - cpu
            done = total - 1 - counted
            return {
                "pages": done,
                "pages/s": done / seconds,
                "pages per CPU second": done / used.total(),
                "CPU ms a page": {part: 1000 * each / done for part, each in sorted(used.items())},
            }

        if address is None:
            return measured(None)
        with open_executor(address, folders=[folder.root, shards]) as executor:
            return measured(ShardedPages(executor, shards))


class Kept(ShardedPages):
    """Leaves the shards where they are, for the next measurement."""

    def clean(self) -> None:
        """Keep them."""


def merge(folder: ArchiveFolder, shards: Path) -> dict[str, Any]:
    """Store shards that are all there: new articles (as ``import``), then known ones (as ``extract``)."""
    result: dict[str, Any] = {}
    with open_executor("local:1", folders=[folder.root, shards]) as executor:
        for articles in ("new", "known"):
            moments: list[tuple[float, int]] = []

            def note(_what: str, done: int, _total: int, moments: list[tuple[float, int]] = moments) -> None:
                moments.append((time.process_time(), done))

            report = extract_again(folder, clock=lambda: NOW, cluster=Kept(executor, shards), progress=note)
            (begun, first), (ended, last) = moments[0], moments[-1]
            result[f"stored per CPU second, {articles} articles"] = (last - first) / max(ended - begun, 1e-9)
            assert report.cluster is not None
            if report.cluster.reused < report.pages.pages:
                raise SystemExit(f"only {report.cluster.reused} of {report.pages.pages} pages came from shards")
    return result


def measured(pages: int, corpus: Path | None, rounds: int) -> dict[str, Any]:
    """All figures."""
    bodies = [page.body for page in Corpus(corpus).pages()] if corpus else generated(500)
    # shards stay: those of one way are stored at the end
    sharded_pages.KEPT_PAGES = 1 << 40
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as name:
        root = Path(name)
        folder = ArchiveFolder(root / "archive")
        folder.make()
        # a capture whose source is known from the start gives the same shard before and after it is stored
        folder.sources_toml.write_text('[sources."bench.example"]\nhomepage = "https://bench.example/"\n')
        import_files(folder, write_warcs(root, bodies, pages), clock=lambda: NOW, cluster=RegisteredOnly())
        ways: dict[str, list[dict[str, Any]]] = {}
        for number in range(rounds):
            for way in (None, "local:1", "local:2"):
                shards = root / f"shards-{number}-{way}"
                shards.mkdir()
                ways.setdefault(way or "local pool, 1 process", []).append(read(folder, way, shards))
        best = {way: max(found, key=lambda each: each["pages per CPU second"]) for way, found in ways.items()}
        merged = merge(folder, shards)
    pool, one, two = best.values()
    # the extractor is what a worker waits for: its other work is done meanwhile
    fed = merged["stored per CPU second, known articles"] * one["CPU ms a page"]["extractors"] / 1000
    return {
        "pages": pages,
        "bytes a page": sum(map(len, bodies)) // len(bodies),
        "cores": os.cpu_count(),
        "load before": os.getloadavg()[0],
        "ways": best,
        "worker of a cluster / local process, by time": one["pages/s"] / pool["pages/s"],
        "worker of a cluster / local process, by CPU time": one["pages per CPU second"] / pool["pages per CPU second"],
        "2 workers / 1, by time": two["pages/s"] / one["pages/s"],
        "2 workers / 1, by CPU time": 2 * two["pages per CPU second"] / one["pages per CPU second"],
        **merged,
        "workers that one storing process feeds": fed,
    }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The figures as text."""
    yield f"{found['pages']:,} pages of {found['bytes a page']:,} bytes, {found['cores']} cores"
    parts = ("extractors", "workers", "command")
    yield f"| | pages/s | pages per CPU second | {' | '.join(f'CPU ms a page: {part}' for part in parts)} |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for way, each in found["ways"].items():
        spent = " | ".join(f"{each['CPU ms a page'].get(part, 0):.2f}" for part in parts)
        yield f"| {way} | {each['pages/s']:.1f} | {each['pages per CPU second']:.1f} | {spent} |"
    for name, value in found.items():
        if isinstance(value, float):
            yield f"{name}: {value:.2f}" if value < 100 else f"{name}: {value:.0f}"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measured(arguments.pages, arguments.corpus, arguments.rounds)
    print(json.dumps(found, indent=2) if arguments.json else "\n".join(lines(found)))


if __name__ == "__main__":
    main()
