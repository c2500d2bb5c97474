"""What an archive needs at a size that nobody has run: the tables of docs/scale.md, computed from measured figures.

    python benchmarks/scale.py            print them
    python benchmarks/scale.py --write    write them into docs/scale.md, between its markers

A figure that was measured anew is changed in ``MEASURED``, and the tables written again; a test compares them.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
BETWEEN = re.compile(r"(?<=<!-- scale\.py -->\n).*?(?=<!-- end of scale\.py -->)", re.DOTALL)
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that the tables are computed from."""

    value: float
    what: str
    source: str
    """The command that measures it, or why it is assumed."""


MAIN_MS = Figure(
    15,
    "CPU ms of the crawl's main process, an article's page of 60–100 KB",
    "measured apart, 914 real pages; `make bench-main_job` gives their sum",
)
EXTRACT_MS = Figure(38, "CPU ms of the processes that extract, the same page", "the same")
UNCHANGED_MS = Figure(2.55, "CPU ms of an unchanged page or list (304)", "`make bench-crawl`")
REQUESTS = Figure(5.6, "requests for one article, with all hourly looks at lists", "`make bench-crawl`")
WARC_KB = Figure(45, "KB of WARC an article's page, without pictures and style sheets", "`make bench-main_job`")
DATABASE_KB = Figure(10.0, "KB of database an article of 4.6 KB text, index included", "`make bench-disk`")
ADDRESS_B = Figure(639, "bytes of database an address that is known and not fetched", "`make bench-frontier`")
MERGED = Figure(208, "articles a second that the one storing process takes from workers", "`make bench-cluster`")
VERIFY_MB = Figure(68, "MB of .warc.gz verified in a CPU second", "`make bench-verify`")
SEARCH_MS = Figure(49, "ms, search best first, 95 in 100, at a million articles", "`make bench-web`")
COMMON_MS = Figure(79, "ms, the same for words that most articles contain", "`make bench-web`")
NEWEST_MS = Figure(7, "ms, search newest first, 95 in 100, at a million articles", "`make bench-web`")
CRAWL_MIB = Figure(396, "MiB of a crawl with two extractors, at its peak", "`make bench-main_job`")
PER_DAY = Figure(50, "articles a source and day", "assumed; Media Cloud has 3 a feed")
PEAK = Figure(3, "times the mean in the busiest hour", "assumed")
MEASURED = (
    *(MAIN_MS, EXTRACT_MS, UNCHANGED_MS, REQUESTS, WARC_KB, DATABASE_KB, ADDRESS_B, MERGED, VERIFY_MB, SEARCH_MS),
    *(COMMON_MS, NEWEST_MS, CRAWL_MIB, PER_DAY, PEAK),
)
SOURCES = (1, 100, 10_000)
ARTICLES = (1_000_000, 10_000_000, 1_000_000_000)


def short(value: float) -> str:
    """A number with two significant digits, whole ones with their thousands."""
    if value >= 100:
        digits = len(str(int(value))) - 2
        return f"{round(value / 10**digits) * 10**digits:,}"
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.2g}"


def main_ms() -> float:
    """CPU ms of the main process for one article, with the looks at lists that lead to it."""
    return MAIN_MS.value + (REQUESTS.value - 1) * UNCHANGED_MS.value


def rows(head: tuple[str, ...], body: dict[str, list[float]]) -> Iterator[str]:
    """A Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "| --- |" + " ---: |" * (len(head) - 1)
    for name, cells in body.items():
        yield f"| {' | '.join([name, *map(short, cells)])} |"


def measured() -> Iterator[str]:
    """The figures themselves."""
    yield "| measured | | by |"
    yield "| ---: | --- | --- |"
    for each in MEASURED:
        yield f"| {each.value:g} | {each.what} | {each.source} |"


def crawling() -> Iterator[str]:
    """What so many sources need."""
    days = [PER_DAY.value * sources for sources in SOURCES]
    body = {
        "articles a day": days,
        "articles/s, mean": [each / DAY_S for each in days],
        "articles/s, busiest hour": [PEAK.value * each / DAY_S for each in days],
        "requests/s, busiest hour": [PEAK.value * REQUESTS.value * each / DAY_S for each in days],
        "cores of the main process, busiest hour": [PEAK.value * each * main_ms() / 1e3 / DAY_S for each in days],
        "cores of the extractors, busiest hour": [PEAK.value * each * EXTRACT_MS.value / 1e3 / DAY_S for each in days],
        "GB of WARC a day": [each * WARC_KB.value / 1e6 for each in days],
        "TB of WARC a year": [365 * each * WARC_KB.value / 1e9 for each in days],
        "GB of database a year": [365 * each * DATABASE_KB.value / 1e6 for each in days],
        "seconds of storing a day, by one process": [each / MERGED.value for each in days],
        "days to a million articles": [1e6 / each for each in days],
    }
    yield from rows(("sources", *(f"{each:,}" for each in SOURCES)), body)


def keeping() -> Iterator[str]:
    """What so many articles need."""
    millions = [each / 1e6 for each in ARTICLES]
    body = {
        "TB of WARC": [each * WARC_KB.value / 1e9 for each in ARTICLES],
        "files of 1 GB": [each * WARC_KB.value / 1e6 for each in ARTICLES],
        "GB of database": [each * DATABASE_KB.value / 1e6 for each in ARTICLES],
        "s, ranked search in one file, 95 in 100": [each * SEARCH_MS.value / 1e3 for each in millions],
        "s, the same, words that most articles contain": [each * COMMON_MS.value / 1e3 for each in millions],
        "core-days to extract all again": [each * EXTRACT_MS.value / 1e3 / DAY_S for each in ARTICLES],
        "cores for that within a week": [each * EXTRACT_MS.value / 1e3 / (7 * DAY_S) for each in ARTICLES],
        "days of storing it, by one process": [each / MERGED.value / DAY_S for each in ARTICLES],
        "core-hours to verify": [each * WARC_KB.value / 1e3 / VERIFY_MB.value / 3600 for each in ARTICLES],
    }
    yield from rows(("articles", *(f"{each:,}" for each in ARTICLES)), body)


def limits() -> Iterator[str]:
    """Where each part must change."""
    pages = 1000 / main_ms()
    sources = pages * DAY_S / PEAK.value / PER_DAY.value
    workers = MERGED.value * EXTRACT_MS.value / 1e3
    second = 1000 / COMMON_MS.value
    yield "| part | is full at | then |"
    yield "| --- | --- | --- |"
    for row in (
        (
            "extractors of one machine",
            f"{short(1000 / EXTRACT_MS.value)} articles/s a core",
            "more cores; then `extract --cluster`, `crawl --cluster`",
        ),
        (
            "one crawl process",
            f"one core: {short(pages)} articles/s with their lists, {short(sources)} sources in the busiest hour",
            "`crawl --cluster`: hosts are distributed among processes",
        ),
        (
            "the process that stores",
            (
                f"{short(MERGED.value)} articles/s: {short(MERGED.value * DAY_S / 1e6)} million a day; it feeds "
                f"{short(workers)} cores of extractors"
            ),
            "an archive for each part of the sources, searched together",
        ),
        (
            "frontier",
            f"{short(1e9 / ADDRESS_B.value / 1e6)} million known addresses a GB: no limit before the articles'",
            "caps of a source keep sitemaps out",
        ),
        (
            "full-text index of one file",
            f"{short(second)} million articles: a search for words that most contain takes a second",
            "an archive a year; `serve` reads eight as one",
        ),
        (
            "SQLite file",
            f"10 million articles, {short(10 * DATABASE_KB.value)} GB: backup and deletion copy all of it",
            "the same",
        ),
        (
            "reading room",
            f"{short(8 * second)} million articles in eight archives",
            "the Parquet lake and DuckDB, or a search engine that reads it",
        ),
        (
            "WARC folder",
            f"{short(1e9 / WARC_KB.value / 1e6)} million articles a TB; files of 1 GB after `compact`",
            "`offload` to object storage",
        ),
    ):
        yield f"| {' | '.join(row)} |"


def tables() -> str:
    """All tables, as they are in docs/scale.md."""
    return "\n" + "\n\n".join("\n".join(each) for each in (measured(), crawling(), keeping(), limits())) + "\n\n"


def main() -> None:
    """Print the tables, or write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        text = PAGE.read_text("utf-8")
        PAGE.write_text(BETWEEN.sub(lambda _: tables(), text), "utf-8")
    else:
        print(tables())


if __name__ == "__main__":
    main()
