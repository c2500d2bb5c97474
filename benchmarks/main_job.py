"""The main job, side by side: a list of URLs becomes captures on disk and articles in a database.

    python benchmarks/main_job.py [--pages N] [--slow-pages N] [--rounds N] [--only WAY] [--corpus FOLDER] [--json]

| way | what | does |
| --- | --- | --- |
| talkscraper | ``talkscraper crawl -``, as installed | captures, articles, database |
| trafilatura in memory | its ``extract`` with metadata, on all cores, pages in memory | articles |
| trafilatura CLI | ``trafilatura --input-file``, all cores, no pauses | articles as JSON files |
| wget + trafilatura CLI | ``wget --warc-file``, then ``trafilatura --input-dir`` | captures, articles as JSON files |
| plain script | Scrapy, warcio, trafilatura, sqlite-utils, as in ``main_job_ways/`` | captures, articles, database |
| scrapy-webarchive | its WACZ exporter, the Scrapy it needs | captures |
| news-please | ``NewsPlease.from_urls`` | articles as JSON |
| newspaper4k | its ``Article``, downloaded and parsed in 8 threads | articles as JSON |

fundus isn't here: it reads the publishers that it has a module for, not a list of URLs.

Every way gets the same pages from one server process on loopback (``page_server.py``), in turn, in every round, and
begins with an empty folder. Wall clock and CPU (user and system, all its processes) are those of the whole command, its
start included; memory is the largest sum of the proportional set sizes of its processes, looked at every 200 ms. CPU a
page is by the pages asked for. Medians of the rounds; the ratio is that of pages per second to talkscraper's in the
same round, median too. news-please and newspaper4k need several times as long a page as the others, and get the first
``--slow-pages`` pages alone. Peers are installed into environments of their own when they are first asked for; one that
can't be installed or that fails stands in the table with the reason.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from peers import CRAWLERS, NEEDS, environment
from processes import family, pss_kib, server, spent

HERE = Path(__file__).parent
WAYS_FOLDER = HERE / "main_job_ways"
LIMIT_S = 3600.0
LOOK_S = 0.2
SOURCES = """contact = "https://bench.invalid/"

[sources.stories]
name = "Stories"
homepage = "{root}/"
article_urls = ['/story-\\d+\\.html$']
allow_private = true
delay = 0
concurrency = 16
requisites = false
"""


@dataclass(frozen=True, slots=True)
class Job:
    """What a way is given."""

    urls: Path
    pages: Path
    out: Path
    root: str
    cores: int


@dataclass(frozen=True, slots=True)
class Way:
    """A program that does the job or a part of it."""

    does: str
    steps: Callable[[Job], list[list[str]]]
    articles: Callable[[Path], int]
    """Counts them in the output folder."""
    is_slow: bool = False
    """Whether it gets a part of the pages."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One run."""

    pages: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    disk_bytes: int
    articles: int


def ways(only: Sequence[str] | None) -> tuple[dict[str, Way], dict[str, str]]:
    """Return the ways by name, or those in ``only``, and why others failed; peers' environments are made here."""
    tools = Path(sys.executable).parent

    def script(name: str, needs: str | None = None) -> Callable[[Job], list[list[str]]]:
        python = environment(needs, (NEEDS | CRAWLERS)[needs]) if needs else sys.executable
        return lambda job: [[python, str(WAYS_FOLDER / name), str(job.urls), str(job.pages), str(job.out)]]

    def talkscraper(job: Job) -> list[list[str]]:
        (job.out / "sources.toml").write_text(SOURCES.format(root=job.root))
        return [
            [
                "sh",
                "-c",
                # 3 is a run in which pages failed: articles are counted anyway, and some pages of a corpus hold none
                '"$0" crawl - --quiet --archive "$1" <"$2" || [ $? -eq 3 ]',
                str(tools / "talkscraper"),
                str(job.out),
                str(job.urls),
            ]
        ]

    def cli(job: Job, *source: str) -> list[str]:
        return [
            *(str(tools / "trafilatura"), *source, "--output-dir", str(job.out / "json"), "--json", "--with-metadata"),
            *("--parallel", str(job.cores), "--config-file", str(job.urls.with_name("trafilatura.cfg"))),
        ]

    def wget(job: Job) -> list[list[str]]:
        fetch = ["wget", "--quiet", "--no-config", f"--warc-file={job.out / 'stories'}", f"--input-file={job.urls}"]
        return [[*fetch, f"--directory-prefix={job.out / 'html'}"], cli(job, "--input-dir", str(job.out / "html"))]

    found = {
        "talkscraper": Way("captures, articles, database", talkscraper, _rows("talkscraper.db")),
        "trafilatura in memory": Way("articles", script("trafilatura_memory.py"), _lines),
        "trafilatura CLI": Way("articles", lambda job: [cli(job, "--input-file", str(job.urls))], _files),
        "wget + trafilatura CLI": Way("captures, articles", wget, _files),
        "plain script": Way("captures, articles, database", script("plain_script.py"), _rows("stories.db")),
    }
    failed: dict[str, str] = {}
    for name, file, does, articles, is_slow in (
        ("scrapy-webarchive", "webarchive.py", "captures", lambda _: 0, False),
        ("news-please", "news_please.py", "articles", _lines, True),
        ("newspaper4k", "newspaper4k.py", "articles", _lines, True),
    ):
        if only and name not in only:
            continue
        try:
            found[name] = Way(does, script(file, name), articles, is_slow)
        except (subprocess.SubprocessError, OSError) as error:
            print(f"{name}: left out: {error}", file=sys.stderr)
            failed[name] = "can't be installed"
    return {name: way for name, way in found.items() if not only or name in only}, failed


def _rows(database: str) -> Callable[[Path], int]:
    def count(out: Path) -> int:
        with contextlib.closing(sqlite3.connect(out / database)) as connection:
            return int(connection.execute("select count(*) from articles").fetchone()[0])

    return count


def _lines(out: Path) -> int:
    with (out / "articles.jsonl").open() as file:
        return sum(1 for _ in file)


def _files(out: Path) -> int:
    return sum(1 for _ in (out / "json").rglob("*.json"))


def run(way: Way, job: Job, pages: int) -> Cost:
    """Run all steps of a way over so many pages; their cost together.

    Raises:
        subprocess.CalledProcessError: a step failed.
    """
    peak = 0.0
    with spent() as cost:
        for command in way.steps(job):
            with (job.urls.with_name("log")).open("ab") as log:
                running = subprocess.Popen(command, stdout=log, stderr=log, cwd=job.urls.parent)
                over = threading.Event()
                seen: list[float] = []
                looking = threading.Thread(target=_look, args=(running.pid, over, seen))
                looking.start()
                try:
                    code = running.wait(LIMIT_S)
                finally:
                    running.kill()
                    over.set()
                    looking.join()
            peak = max(peak, *seen, 0.0)
            if code:
                raise subprocess.CalledProcessError(code, command, stderr=job.urls.with_name("log").read_text()[-800:])
    disk = sum(path.lstat().st_blocks * 512 for path in job.out.rglob("*") if path.is_file())
    return Cost(pages, cost.wall_s, cost.cpu_s, peak, disk, way.articles(job.out))


def _look(root: int, over: threading.Event, seen: list[float]) -> None:
    while not over.wait(LOOK_S):
        seen.append(sum(pss_kib(pid) for pid in family(root)) / 1024)


@contextlib.contextmanager
def served(count: int, corpus: Path | None) -> Iterator[tuple[str, int, int]]:
    """Run the server; its root, the pages' median size, and their sum in bytes."""
    command = [sys.executable, str(HERE / "page_server.py"), str(count), *([str(corpus)] if corpus else [])]
    with server(command) as said:
        port, median, total = map(int, said.split())
        yield f"http://127.0.0.1:{port}", median, total


def measure(
    found: dict[str, Way], options: argparse.Namespace, place: Path, failed: dict[str, str]
) -> dict[str, list[Cost]]:
    """Run every way in every round; those that fail are noted in ``failed``."""
    costs: dict[str, list[Cost]] = {name: [] for name in found}
    with served(options.pages, options.corpus) as (root, median, total):
        urls = [f"{root}/story-{number}.html" for number in range(options.pages)]
        print(f"{options.pages} pages, median {median / 1e3:.0f} KB, {total / 1e6:.0f} MB", file=sys.stderr)
        pages = place / "pages"
        lists = {False: (place / "urls.txt", urls), True: (place / "few-urls.txt", urls[: options.slow_pages])}
        for listed, some in lists.values():
            listed.write_text("\n".join(some) + "\n")
        (place / "trafilatura.cfg").write_text(_configuration())
        pages.mkdir()
        for url in urls:
            with urllib.request.urlopen(url) as response:
                (pages / url.rpartition("/")[2]).write_bytes(response.read())
        for number in range(options.rounds):
            for name, way in found.items():
                out = place / f"out-{number}"
                out.mkdir()
                listed, some = lists[way.is_slow]
                try:
                    cost = run(way, Job(listed, pages, out, root, len(os.sched_getaffinity(0))), len(some))
                except (subprocess.SubprocessError, OSError, sqlite3.Error) as error:
                    print(f"{name}: failed: {error}: {getattr(error, 'stderr', '')}", file=sys.stderr)
                    failed[name] = _reason(error)
                    continue
                finally:
                    shutil.rmtree(out)
                costs[name].append(cost)
                print(f"{name}: {cost.wall_s:.1f} s, CPU {cost.cpu_s:.1f} s, {cost.articles} articles", file=sys.stderr)
    return {name: each for name, each in costs.items() if each}


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"exit code {error.returncode}"
    return "took too long" if isinstance(error, subprocess.TimeoutExpired) else type(error).__name__


def _configuration() -> str:
    """Settings as trafilatura ships them, but without pauses, and with pages on loopback allowed."""
    import trafilatura.settings

    shipped = Path(trafilatura.settings.__file__).with_name("settings.cfg").read_text(encoding="utf-8")
    return shipped.replace("SLEEP_TIME = 5.0", "SLEEP_TIME = 0").replace(
        "SSRF_PROTECTION = on", "SSRF_PROTECTION = off"
    )


def table(found: dict[str, Way], costs: dict[str, list[Cost]], failed: dict[str, str]) -> Iterator[str]:
    """Yield the lines of the table of medians, and of what failed in any round."""
    yield "| | does | pages/s | ratio | CPU ms a page | peak MiB | KB on disk a page | pages | articles |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    ours = costs.get("talkscraper", [])
    for name, each in costs.items():
        ratio = [_speed(theirs) / _speed(mine) for mine, theirs in zip(ours, each, strict=False)]
        figures = [
            f"{statistics.median(map(_speed, each)):.1f}",
            f"{statistics.median(ratio):.2f}" if ratio else "",
            f"{statistics.median(cost.cpu_s / cost.pages for cost in each) * 1e3:.1f}",
            f"{statistics.median(cost.peak_mib for cost in each):.0f}",
            f"{statistics.median(cost.disk_bytes / cost.pages for cost in each) / 1e3:.1f}",
            str(each[0].pages),
            str(round(statistics.median(cost.articles for cost in each))) if name != "scrapy-webarchive" else "–",
        ]
        yield f"| {name} | {found[name].does} | {' | '.join(figures)} |"
    for name, reason in failed.items():
        yield f"| {name} | failed: {reason} | | | | | | | |"


def _speed(cost: Cost) -> float:
    return cost.pages / cost.wall_s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--slow-pages", type=int, default=300, metavar="N", help="for news-please and newspaper4k")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", metavar="WAY")
    parser.add_argument("--corpus", type=Path, help="pages of a corpus instead of invented ones (docs/benchmarks.md)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.corpus is not None:
        options.corpus = options.corpus.resolve()
    found, failed = ways(options.only)
    with tempfile.TemporaryDirectory(prefix="talkscraper-main-job-") as place:
        costs = measure(found, options, Path(place), failed)
    if options.json:
        print(json.dumps({name: [asdict(cost) for cost in each] for name, each in costs.items()} | {"failed": failed}))
    else:
        print("\n".join(table(found, costs, failed)))


if __name__ == "__main__":
    main()
