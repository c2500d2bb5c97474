"""The newest kept run of each benchmark, as one table: docs/performance.md is written from it.

    python benchmarks/report.py [RESULTS]            print it
    python benchmarks/report.py [RESULTS] --write    write it into docs/performance.md, between its markers

RESULTS is .bench/results.jsonl (keep.py). Of each benchmark the newest run that measured something counts. The
same file gives the same text.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from keep import KEPT

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
BETWEEN = re.compile(r"(?<=<!-- report\.py -->\n).*?(?=<!-- end of report\.py -->)", re.DOTALL)
OURS = "talkscraper"
ORDER = (
    *("main_job", "extraction", "capture", "crawl", "verify", "disk", "install", "first_query", "store", "web"),
    "cluster",
)
NAMES = {"store": "search"}
"""Benchmarks that ``make`` calls otherwise."""

Run = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of the table."""

    what: str
    ours: float
    other: str = ""
    theirs: float | None = None

    def row(self) -> str:
        """The line; the ratio is ours divided by theirs."""
        ratio = f"{self.ours / self.theirs:.2f}" if self.theirs else ""
        theirs = "" if self.theirs is None else f"{self.theirs:,g}"
        return f"| {self.what} | {self.ours:,g} | {self.other} | {theirs} | {ratio} |"


def number(text: str) -> float | None:
    """The number that a cell begins with."""
    found = re.match(r"\**([\d,]*\.?\d+)", text.strip())
    return plain(found[1]) if found else None


def plain(digits: str) -> float:
    """The number of digits with commas between thousands."""
    return float(digits.replace(",", ""))


def beside(what: str, figures: Mapping[str, float], ours: str = OURS) -> Iterator[TableLine]:
    """Compare one figure with all others; none without it."""
    if ours in figures:
        for name, theirs in figures.items():
            if name != ours:
                yield TableLine(what, figures[ours], name, theirs)


def compared(run: Run, columns: Mapping[str, str]) -> Iterator[TableLine]:
    """Compare talkscraper's row of a run's table with all others, by column."""
    for table in run["tables"]:
        for column, what in columns.items():
            cells = {_named(row): number(row.get(column, "")) for row in table}
            figures = {name: figure for name, figure in cells.items() if figure is not None}
            if OURS in figures:
                yield from list(beside(what, figures)) or [TableLine(what, figures[OURS])]


def _named(row: Mapping[str, str]) -> str:
    """The name of a row, of another than talkscraper with what it does."""
    name, does = row.get("", ""), row.get("does")
    return f"{name} ({does})" if does and name != OURS else name


def main_job(run: Run) -> Iterator[TableLine]:
    """Pages, CPU, memory and disk."""
    yield from compared(
        run,
        {
            "pages/s": "main job: pages/s",
            "CPU ms a page": "main job: CPU ms a page",
            "peak MiB": "main job: peak MiB",
            "KB on disk a page": "main job: KB on disk a page",
        },
    )


def extraction(run: Run) -> Iterator[TableLine]:
    """CPU of a page beside trafilatura, and how right the texts are beside other extractors."""
    scores: dict[str, dict[str, float]] = {}
    title = ""
    for before, line in pairwise(["", *run["output"]]):
        if re.match(r" +pages +f1 ", line):
            title = OURS if before.startswith("talkscraper.extract") else before
        elif found := re.match(r"(\S+) +\d+ +([\d.]+) ", line):
            scores.setdefault(found[1], {})[title] = plain(found[2])
        elif found := re.match(r"CPU per page: .*; ([\d.]+) ms beside ([\d.]+) ms", line):
            yield TableLine("CPU ms to read a page, with metadata", plain(found[1]), "trafilatura", plain(found[2]))
    for source, figures in scores.items():
        what = f"F1 of texts, pages of {source}"
        yield from list(beside(what, figures)) or [TableLine(what, figures[OURS])] if OURS in figures else ()


def capture(run: Run) -> Iterator[TableLine]:
    """CPU of a captured page."""
    by_coding: dict[str, dict[str, float]] = {}
    for line in run["output"]:
        if found := re.match(r"(\S+) +(\S+) +([\d.]+) +[\d.-]+ ", line):
            name = {"stock": "Scrapy that records nothing", "warcio": "Scrapy with warcio"}.get(found[2], found[2])
            by_coding.setdefault(found[1], {})[name] = plain(found[3])
    for coding, figures in by_coding.items():
        yield from beside(f"CPU ms of a page fetched and captured, {coding}", figures)


def first_query(run: Run) -> Iterator[TableLine]:
    """What is typed and written."""
    yield from compared(
        run,
        {
            "commands": "commands to the first answered query",
            "lines to write first": "lines of program to the first answered query",
        },
    )


def store(run: Run) -> Iterator[TableLine]:
    """CPU of searches beside SQL on the same file."""
    asked: dict[str, dict[str, float]] = {}
    for table in run["tables"]:
        for row in table:
            name, _, who = row.get("question", "").rpartition(": ")
            if name and (spent := number(row.get("CPU p50 ms", ""))) is not None:
                asked.setdefault(name, {})[OURS if who == "ours" else who] = spent
    for name, figures in asked.items():
        yield from beside(f"CPU ms of a search for {name}", figures)


def install(run: Run) -> Iterator[TableLine]:
    """Packages and size."""
    yield from compared(run, {"packages besides it": "packages installed besides it", "MiB": "MiB installed"})


def verify(run: Run) -> Iterator[TableLine]:
    """Speed on one core."""
    speeds: dict[str, float] = {}
    for line in run["output"]:
        if found := re.match(r"(\S.*?) {2,}[\d.]+ s +([\d,.]+) MB/s", line):
            speeds.setdefault(found[1].strip(), plain(found[2]))
    yield from beside("MB of .warc.gz verified in a CPU second", speeds, "talkscraper verify")


def crawl(run: Run) -> Iterator[TableLine]:
    """Requests of a month, CPU of a page that hasn't changed."""
    requests: dict[str, float] = {}
    for line in run["output"]:
        if found := re.match(r"sound +(\S+) +([\d,]+) ", line):
            requests[found[1]] = plain(found[2])
        elif found := re.match(r"CPU per unchanged page: ([\d.]+) ms \(304\).*?([\d.]+) ms \(Scrapy\)", line):
            yield TableLine(
                "CPU ms of an unchanged page", float(found[1]), "Scrapy, which keeps nothing", float(found[2])
            )
    yield from beside("requests to a newspaper, looked at every hour", requests)


def disk(run: Run) -> Iterator[TableLine]:
    """Bytes of an article."""
    for table in run["tables"]:
        for row in table:
            total = number(row.get("bytes an article", ""))
            if row.get("table or index", "").startswith("**database") and total is not None:
                yield TableLine("bytes of database an article", total)


def cluster(run: Run) -> Iterator[TableLine]:
    """Workers beside the local pool, and the process that stores."""
    for line in run["output"]:
        name, _, value = line.rpartition(": ")
        if (found := number(value)) is not None and name and not name.startswith("load"):
            yield TableLine(f"cluster: {name}", found)


LINES: dict[str, Callable[[Run], Iterator[TableLine]]] = {
    "main_job": main_job,
    "crawl": crawl,
    "verify": verify,
    "disk": disk,
    "install": install,
    "cluster": cluster,
    "extraction": extraction,
    "capture": capture,
    "first_query": first_query,
    "store": store,
}
"""What stands in the table; all of a run's output stands below it."""


def newest(results: Path) -> dict[str, Run]:
    """Return the newest good run of each benchmark, in the order of the report."""
    found: dict[str, Run] = {}
    for line in results.read_text("utf-8").splitlines():
        run = json.loads(line)
        # 1 with a table: it was measured, and a goal missed
        good = run["exit_code"] == 0 or (run["exit_code"] == 1 and run["tables"])
        if good and run["at"] >= found.get(run["benchmark"], run)["at"]:
            found[run["benchmark"]] = run
    known = [name for name in ORDER if name in found]
    return {name: found[name] for name in (*known, *sorted(found.keys() - set(known)))}


def command(run: Run) -> str:
    """What repeats a run, without the folders of the machine that it was on: run.sh finds its own."""
    name = NAMES.get(run["benchmark"], run["benchmark"])
    kept: list[str] = []
    found = ""
    for each in run["arguments"]:
        if "/" not in each:
            kept.append(each)
            continue
        if kept and kept[-1] == "--corpus":
            kept.pop()
        made = re.search(r"/archive-(\d+)$", each)
        found += f"BENCH_ARTICLES={made[1]} " if made else "BENCH_CORPUS=FOLDER "
    arguments = f' ARGS="{" ".join(kept)}"' if kept else ""
    return f"{found}make bench-{name}{arguments}"


def versions(runs: Mapping[str, Run]) -> dict[str, str]:
    """The versions of all that was compared; where it changed between runs, the newest run's."""
    found: dict[str, str] = {}
    for run in sorted(runs.values(), key=lambda run: str(run["at"])):
        found |= run.get("versions", {})
    return found


def measured(name: str) -> Iterator[str]:
    """What a benchmark says of itself, without how it is called."""
    path = HERE / f"{name}.py"
    said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) if path.exists() else None
    blocks = (said or "").split("\n\n")
    yield from "\n\n".join(each for each in blocks if not each.startswith("    ")).replace("``", "`").splitlines()


def report(runs: Mapping[str, Run]) -> Iterator[str]:
    """Yield the lines of the report."""
    yield ""
    yield "| | talkscraper | beside | | ratio |"
    yield "| --- | ---: | --- | ---: | ---: |"
    for name, run in runs.items():
        for each in LINES.get(name, lambda _: iter(()))(run):
            yield each.row()
    yield ""
    yield "The ratio is talkscraper's figure divided by the other one. The main job goes from a list of URLs to"
    yield "captures on disk and articles in a database; brackets say what part of it another program does."
    yield ""
    yield "| run | by | commit | at | seconds | cores | Python | system |"
    yield "| --- | --- | --- | --- | ---: | ---: | --- | --- |"
    for name, run in runs.items():
        machine = run["machine"]
        cells = [NAMES.get(name, name), f"`{command(run)}`", run["commit"] or "–", run["at"], f"{run['seconds']:g}"]
        yield f"| {' | '.join([*cells, str(machine['cores']), machine['python'], machine['system']])} |"
    yield ""
    yield "| what | version |"
    yield "| --- | --- |"
    for name, version in sorted(versions(runs).items(), key=lambda each: each[0].lower()):
        yield f"| {name} | {version} |"
    for name, run in runs.items():
        yield from ("", f"### {NAMES.get(name, name)}", "", *measured(name), "")
        tabular = run["tables"] and all(not line or line.startswith("|") for line in run["output"])
        yield from run["output"] if tabular else ("```text", *run["output"], "```")
    yield ""


def main() -> None:
    """Print the report, or write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="?", default=KEPT)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    text = "\n".join(report(newest(options.results)))
    if options.write:
        PAGE.write_text(BETWEEN.sub(lambda _: text + "\n", PAGE.read_text("utf-8")), "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
