"""Extraction by workers of a cluster beside the local pool, over the same pages in one run.

    python benchmarks/cluster.py [--pages 20000] [--corpus FOLDER] [--largest BYTES] [--rounds 2]
                                 [--json]

Each round has pages of its own, pages/rounds of them: those of a corpus (BENCH_CORPUS), or generated ones, each with
its own text. Their WARCs are registered once. Then the same captures are read by the local pool with one process, by
``local:1`` and by ``local:2``, in an order that is another in each round. A cluster of this machine has the costs of
any other: units and receipts go through a Dask scheduler, results through shards. The clock runs from the first page
that is asked for to the last that is there, with the start of the extractors and with the last unit, on which one of
two workers is idle. (A cluster's pages arrive by units of some hundred: a clock that begins at one of them counts
pages that were read before it.) ``pages per CPU second`` counts every process that takes part, so that it holds on a
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
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
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
POOL = "local pool, 1 process"
WAYS = (POOL, "local:1", "local:2")
"""That one, and clusters by their addresses."""


def generated(count: int) -> list[bytes]:
    """Pages of an article each."""
    seeded = random.Random(7)
    words = ["".join(seeded.choices("abcdefghijklmnopqrstuvwxyz", k=seeded.randrange(2, 11))) for _ in range(4000)]

    def text(length: int) -> str:
        return " ".join(seeded.choices(words, k=length)).capitalize() + "."

    made: list[bytes] = []
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


def rewritten(body: bytes, seeded: random.Random) -> bytes:
    """The page with the words of its paragraphs in another order: the same template and sizes, another article."""

    def shuffled(found: re.Match[bytes]) -> bytes:
        words = found[2].split(b" ")
        seeded.shuffle(words)
        return found[1] + b" ".join(words) + found[3]

    return re.sub(rb"(<p(?:\s[^<>]*)?>)([^<>]+)(<)", shuffled, body)


def write_warcs(folder: Path, bodies: list[bytes], numbers: range) -> list[Path]:
    """WARCs with the pages of those numbers, each of an address and a text of its own."""
    paths = []
    seeded = random.Random(numbers.start)
    for file in range(FILES):
        path = folder / f"bench-{numbers.start}-{file}.warc.gz"
        with path.open("wb") as out:
            for number in numbers[file * len(numbers) // FILES : (file + 1) * len(numbers) // FILES]:
                body = rewritten(bodies[number % len(bodies)], seeded)
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
    found = Counter[str]()
    for each in (this, *this.children(recursive=True)):
        try:
            part = "command" if each == this else "workers"
            if "talkscraper.pool.worker" in " ".join(each.cmdline()):
                part = "extractors"
            found[part] += sum(each.cpu_times()[:2])
            # of ended children: extractors that were replaced
            found["extractors"] += sum(each.cpu_times()[2:4])
        except psutil.NoSuchProcess:
            continue
    return found


def read(folder: ArchiveFolder, way: str, shards: Path) -> dict[str, Any]:
    """Read all pages in one way; pages a second, and a CPU second."""
    with closing(open_reader(folder.database)) as connection:
        total = connection.execute("select count(*) from captures").fetchone()[0]
        newsrooms = Newsrooms.of(folder)

        def measured(cluster: ShardedPages | None) -> dict[str, Any]:
            begun, cpu = time.perf_counter(), cpu_seconds()
            reading = read_pages(connection, folder, newsrooms, page_captures(connection), workers=1, cluster=cluster)
            # no further: the pool's processes are ended with it, and are counted while they live
            articles = sum(page.extraction is not None for page in islice(reading, total))
            seconds, used = time.perf_counter() - begun, cpu_seconds() - cpu
            if articles < total / 2:
                raise SystemExit(f"{way}: only {articles} of {total} pages have an article")
            return {
                "pages": total,
                "articles": articles,
                "pages/s": total / seconds,
                "pages per CPU second": total / used.total(),
                "CPU ms a page": {part: 1000 * each / total for part, each in sorted(used.items())},
            }

        if way == POOL:
            return measured(None)
        with open_executor(way, folders=[folder.root, shards]) as executor:
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


def one_round(root: Path, bodies: list[bytes], number: int, pages: int) -> tuple[dict[str, dict[str, Any]], Any]:
    """The figures of each way over the pages of one round, and of storing them; ``root`` is a folder of its own."""
    folder = ArchiveFolder(root / "archive")
    folder.make()
    # a capture whose source is known from the start gives the same shard before and after it is stored
    folder.sources_toml.write_text('[sources."bench.example"]\nhomepage = "https://bench.example/"\n')
    warcs = write_warcs(root, bodies, range(number * pages, (number + 1) * pages))
    import_files(folder, warcs, clock=lambda: NOW, cluster=RegisteredOnly())
    found = {}
    turn = number % len(WAYS)
    for way in WAYS[turn:] + WAYS[:turn]:
        shards = root / f"shards-{way}"
        shards.mkdir()
        found[way] = read(folder, way, shards)
        print(f"round {number + 1}, {way}: {found[way]}", file=sys.stderr)
    merged = merge(folder, root / f"shards-{WAYS[-1]}")
    shutil.rmtree(root)
    return found, merged


def measured(pages: int, corpus: Path | None, largest: int, rounds: int) -> dict[str, Any]:
    """All figures: medians of the rounds."""
    bodies = [page.body for page in Corpus(corpus).pages() if len(page.body) <= largest] if corpus else generated(500)
    random.Random(7).shuffle(bodies)
    # shards stay: those of one way are stored at the end
    sharded_pages.KEPT_PAGES = 1 << 40
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as name:
        results = [
            one_round(Path(name) / f"round-{number}", bodies, number, pages // rounds) for number in range(rounds)
        ]
    ways = [found for found, _ in results]

    def ratio(way: str, other: str, of: str) -> float:
        return float(median(found[way][of] / found[other][of] for found in ways))

    stored = {name: median(merged[name] for _, merged in results) for name in results[0][1]}
    extractors = median(found["local:1"]["CPU ms a page"]["extractors"] for found in ways)
    return {
        "pages": pages,
        "rounds": rounds,
        "bytes a page": sum(map(len, bodies)) // len(bodies),
        "cores": os.cpu_count(),
        "load before": load,
        "ways": ways,
        "worker of a cluster / local process, by time": ratio("local:1", POOL, "pages/s"),
        "worker of a cluster / local process, by CPU time": ratio("local:1", POOL, "pages per CPU second"),
        "2 workers / 1, by time": ratio("local:2", "local:1", "pages/s"),
        "2 workers / 1, by CPU time": 2 * ratio("local:2", "local:1", "pages per CPU second"),
        **stored,
        # the extractor is what a worker waits for: its other work is done meanwhile
        "workers that one storing process feeds": stored["stored per CPU second, known articles"] * extractors / 1000,
    }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The figures as text."""
    pages, size = f"{found['pages']:,}", f"{found['bytes a page']:,}"
    yield f"{pages} pages of {size} bytes in {found['rounds']} rounds, {found['cores']} cores"
    parts = ("extractors", "workers", "command")
    yield f"| | pages/s | pages per CPU second | {' | '.join(f'CPU ms a page: {part}' for part in parts)} |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for way in WAYS:
        each = [ways[way] for ways in found["ways"]]
        spent = " | ".join(f"{median(one['CPU ms a page'].get(part, 0) for one in each):.2f}" for part in parts)
        rates = " | ".join(f"{median(one[of] for one in each):.1f}" for of in ("pages/s", "pages per CPU second"))
        yield f"| {way} | {rates} | {spent} |"
    for name, value in found.items():
        if isinstance(value, float):
            yield f"{name}: {value:.2f}" if value < 100 else f"{name}: {value:.0f}"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument(
        "--largest", type=int, metavar="BYTES", default=1 << 62, help="leave out larger pages of a corpus"
    )
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measured(arguments.pages, arguments.corpus, arguments.largest, arguments.rounds)
    print(json.dumps(found, indent=2) if arguments.json else "\n".join(lines(found)))


if __name__ == "__main__":
    main()
