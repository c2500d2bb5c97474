"""One long crawl: does it slow down, and do memory and disk grow faster than what they hold?

    python benchmarks/long_run.py [--urls 100000] [--archive FOLDER] [--busy] [--json]

A list of ``--urls`` addresses is crawled from one server on loopback, which invents each page when it is asked for it
(about 20 KB, an article of 4 KB, no two alike). The run is looked at every few seconds: pages done, proportional memory
of the crawl with all its processes and of its main process alone, bytes of database and WARC files. Per tenth of the
pages: pages per second, CPU (of all processes) per page, the largest memory, and the bytes that were added
per page.

With ``--archive`` an archive that exists is crawled into, such as one of ``million.py``; it is changed.

Goals: the last tenth at least .95 times as fast as the first whole one, at most 400 MiB, and a second half that adds at
most 1.1 times the bytes per page of the first one (tenths differ: the index of words is merged now and then). Exit code
1 if one is missed. The last line says which. The database is its file without the log of the last changes.
The first tenth is compared without its first
ten seconds, in which processes start. With ``--busy`` speed is pages per second of CPU: for a machine that does other
things meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from main_job import SOURCES
from million import Words
from page_server import PageConnection, listen
from processes import cpu_s, family, pss_kib, server

LOOK_S = 2.0
START_S = 10.0
MIN_SPEED, MAX_MEBIBYTES, MAX_GROWTH = 0.95, 400, 1.1


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the running crawl."""

    seconds: float
    cpu_s: float
    pages: int
    mebibytes: float
    main_mebibytes: float
    database: int
    warc: int


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the pages."""

    pages_per_s: float
    pages_per_cpu_s: float
    mebibytes: float
    main_mebibytes: float
    database_per_page: float
    warc_per_page: float


class Invented:
    """Pages made when they are asked for: the same number is the same page."""

    def __init__(self) -> None:
        self._vocabulary = Words(7).vocabulary
        links = "".join(
            f'<li class="card card--{n}"><a href="/section/{n}">Section {n} of the paper</a></li>\n' for n in range(180)
        )
        self._frame = f"<nav><ul>{links}</ul></nav>"

    def body(self, number: int) -> bytes:
        """One page."""
        chance = random.Random(number)
        # sentences of its own: articles that share whole ones would be compared with each other as possible copies
        sentences = [self._vocabulary.sentence(chance) for _ in range(37)]
        paragraphs = "".join(f"<p>{' '.join(sentences[at : at + 4])}</p>\n" for at in range(1, 37, 4))
        title = f"{sentences[0][:60]} {number}"
        day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"
        return (
            f'<!doctype html><html lang="en"><head><title>{title} | Stories</title>'
            f'<meta property="og:type" content="article">'
            f'<meta property="article:published_time" content="{day}T08:00:00Z"></head><body>{self._frame}'
            f"<article><h1>{title}</h1>{paragraphs}</article></body></html>"
        ).encode()


async def serve() -> None:
    """Serve any number of pages until stdin closes; prints the port."""
    invented = Invented()
    await listen(lambda: PageConnection(invented.body))


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Run the server in a process of its own; its root."""
    with server([sys.executable, __file__, "serve"]) as port:
        yield f"http://127.0.0.1:{int(port)}"


def watched(folder: Path, urls: Path, count: int) -> list[Look]:
    """Crawl, and look at it until it ends."""
    tool = Path(sys.executable).with_name("talkscraper")
    looks: list[Look] = []
    known = _captures(folder)
    with urls.open() as listed, (folder / "crawl.log").open("wb") as log:
        running = subprocess.Popen([tool, "crawl", "-", "--archive", folder], stdin=listed, stdout=log, stderr=log)
        begun = time.perf_counter()
        while running.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(LOOK_S)
            looks.append(_look(folder, running.pid, time.perf_counter() - begun, known))
            if sys.stderr.isatty() or len(looks) % 30 == 0:
                print(f"{looks[-1].pages} of {count}, {looks[-1].mebibytes:.0f} MiB", file=sys.stderr)
    if running.returncode:
        raise SystemExit(f"crawl ended with {running.returncode}: {(folder / 'crawl.log').read_text()[-800:]}")
    return looks


def _look(folder: Path, pid: int, seconds: float, known: int) -> Look:
    pids = list(family(pid))
    sizes = [pss_kib(each) / 1024 for each in pids]
    cpu = sum(map(cpu_s, pids))
    file = folder / "talkscraper.db"
    database = file.stat().st_size if file.exists() else 0
    warc = sum(path.stat().st_size for path in (folder / "warc").glob("*"))
    return Look(seconds, cpu, _captures(folder) - known, sum(sizes), sizes[0] if sizes else 0.0, database, warc)


def _captures(folder: Path) -> int:
    database = folder / "talkscraper.db"
    if not database.exists():
        return 0
    with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("select coalesce(max(rowid), 0) from captures").fetchone()[0])
    return 0


def tenths(looks: list[Look], count: int) -> list[Tenth]:
    """Cut the run into ten; looks of the first seconds and of the end, when files are closed, aren't counted."""
    used = [look for look in looks if look.seconds >= START_S and look.pages and look.mebibytes]
    found = []
    for number in range(10):
        part = [look for look in used if count * number / 10 <= look.pages <= count * (number + 1) / 10]
        if len(part) < 2 or part[-1].pages == part[0].pages:
            continue
        first, last = part[0], part[-1]
        pages = last.pages - first.pages
        found.append(
            Tenth(
                pages / (last.seconds - first.seconds),
                pages / (last.cpu_s - first.cpu_s),
                max(look.mebibytes for look in part),
                max(look.main_mebibytes for look in part),
                (last.database - first.database) / pages,
                (last.warc - first.warc) / pages,
            )
        )
    return found


def missed(found: list[Tenth], *, busy: bool) -> Iterator[str]:
    """Yield what isn't as it should be; ``busy``: by CPU time."""
    if len(found) < 2:
        yield "the run was too short to be cut into tenths"
        return
    first, last = found[0], found[-1]
    ratio = last.pages_per_cpu_s / first.pages_per_cpu_s if busy else last.pages_per_s / first.pages_per_s
    if ratio < MIN_SPEED:
        yield f"the last tenth ran at {ratio:.2f} of the first one's speed"
    most = max(tenth.mebibytes for tenth in found)
    if most > MAX_MEBIBYTES:
        yield f"it used {most:.0f} MiB"
    middle = len(found) // 2
    for what in ("database_per_page", "warc_per_page"):
        values = [getattr(tenth, what) for tenth in found]
        before, after = statistics.fmean(values[:middle]), statistics.fmean(values[middle:])
        if after > MAX_GROWTH * before:
            yield f"{what} grew from {before:.0f} bytes in the first half to {after:.0f} in the second"


def main() -> int:
    """Crawl, cut, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=100_000)
    parser.add_argument("--archive", type=Path, help="crawl into this archive instead of a new one")
    parser.add_argument("--busy", action="store_true", help="compare speed by CPU time: the machine does other things")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talkscraper-long-run-") as place, served() as root:
        folder = options.archive or Path(place) / "archive"
        folder.mkdir(exist_ok=True)
        (folder / "sources.toml").write_text(SOURCES.format(root=root))
        urls = Path(place) / "urls.txt"
        urls.write_text("".join(f"{root}/story-{number}.html\n" for number in range(options.urls)))
        found = tenths(watched(folder, urls, options.urls), options.urls)
    faults = list(missed(found, busy=options.busy))
    if options.json:
        print(json.dumps({"tenths": [asdict(tenth) for tenth in found], "missed": faults}))
    else:
        print(
            "| tenth | pages/s | CPU ms a page | MiB | main process MiB | database bytes a page | WARC bytes a page |"
        )
        print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for number, tenth in enumerate(found, 1):
            sizes = f"{tenth.mebibytes:.0f} | {tenth.main_mebibytes:.0f} | {tenth.database_per_page:.0f}"
            speed = f"{tenth.pages_per_s:.1f} | {1000 / tenth.pages_per_cpu_s:.1f}"
            print(f"| {number} | {speed} | {sizes} | {tenth.warc_per_page:.0f} |")
    for fault in faults:
        print(f"missed: {fault}", file=sys.stderr)
    print(f"long run of {options.urls} pages: {'goals missed' if faults else 'all goals met'}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        sys.exit(main())
