"""What a month of looking again costs: requests and bytes beside two other policies, and CPU per unchanged page.

    python benchmarks/crawl.py [--days N] [--pages N] [--rounds N] [--json]

**Requests and bytes.** Two simulated newspapers (one of four pieces a day with a feed and a news sitemap, one of two
pieces on weekdays with nothing but a front page; a fifth of the pieces is corrected later) live for a month, and are
looked at every hour:

talkscraper: the real program, hourly, over HTTP, by the simulation's clock (``tests/crawl/sixty_days.py``).

news-please: the rule of its RssCrawler. In every run robots.txt, front page (twice: it looks for a feed first), feed,
and what the feed names if it wasn't downloaded in the last six hours. Without a feed its recursive crawler, as Scrapy.

Scrapy: a plain spider. In every run robots.txt, the front page and every page that it links to.

The policies of the others are computed from what the newspapers answer, with the same gzip; neither asks conditionally.
*Corrections seen* is how many of the month's corrections a policy has downloaded.

**CPU.** A newspaper of ``--pages`` pages that don't change, each asked for in one more run (``recrawl = "always"``):
user and system time of the whole crawl, less that of a run that fetches the front page only, by page; the least of the
rounds. ``304`` is a server that says so; ``same bytes`` one that sends the page again. ``Scrapy``: a plain spider that
fetches the same pages and does nothing with them, less one that fetches none. The goal is 5 ms on a quiet machine; on a
shared one, look at the ratio.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from processes import spent, with_bytecode

from talkscraper.fixture_site import FixtureSite
from talkscraper.fixture_site.reply import Reply, html_page, not_found
from tests.crawl import sixty_days
from tests.support.newspapers import EPOCH, Paper, pieces

SIMULATION = Path(sixty_days.__file__)
REDOWNLOAD_H = 6
POLICIES = ("talkscraper", "news-please", "Scrapy")


@dataclass
class Cost:
    """What a policy asked of one newspaper."""

    requests: int = 0
    received: int = 0
    archived: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    """Pieces whose correction was downloaded."""

    def ask(self, paper: Paper, target: str, hour: float) -> Reply:
        """Ask for a page and count it."""
        reply = paper.answer(target, "http://paper.invalid")
        body = gzip.compress(reply.body, mtime=0) if reply.content_type.startswith("text/") else reply.body
        self.requests += 1
        self.received += len(body)
        number = target.rpartition("/")[2]
        piece = next((each for each in paper.pieces if str(each.number) == number), None)
        if piece is not None and reply.status == 200:
            self.archived.add(piece.number)
            if piece.corrected is not None and hour >= piece.corrected:
                self.seen.add(piece.number)
        return reply


def scrapy_month(paper: Paper, days: int, clock: Any) -> Cost:
    """Every linked page in every run."""
    cost = Cost()
    for hour in range(days * 24):
        clock.seconds = hour * 3600.0
        cost.ask(paper, "/robots.txt", hour)
        cost.ask(paper, "/", hour)
        for piece in paper.shown(hour):
            cost.ask(paper, f"/posts/{piece.number}", hour)
    return cost


def news_please_month(paper: Paper, days: int, clock: Any) -> Cost:
    """What the feed names, six hours after its last download."""
    cost = Cost()
    last: dict[int, float] = {}
    for hour in range(days * 24):
        clock.seconds = hour * 3600.0
        for target in ("/robots.txt", "/", "/", "/feed.xml"):
            cost.ask(paper, target, hour)
        for piece in paper.shown(hour):
            if hour - last.get(piece.number, -1e9) >= REDOWNLOAD_H:
                last[piece.number] = hour
                cost.ask(paper, f"/posts/{piece.number}", hour)
    return cost


def month(days: int) -> dict[str, dict[str, dict[str, int]]]:
    """Figures by newspaper and policy."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, SIMULATION, str(days), f"{folder}/archive"], capture_output=True, text=True, check=True
        )
        real = json.loads(done.stdout.splitlines()[-1])["papers"]
        database = sqlite3.connect(f"{folder}/archive/talkscraper.db")
        archived = database.execute("select url, first_captured_at, revision_count from articles").fetchall()
        database.close()
    figures: dict[str, dict[str, dict[str, int]]] = {}
    for name in ("sound", "weekly"):
        clock = sixty_days.Clock()
        paper = next(each for each in sixty_days.papers(days, clock) if each.name == name)
        others = {
            "news-please": news_please_month(paper, days, clock)
            if name == "sound"
            else scrapy_month(paper, days, clock),
            "Scrapy": scrapy_month(paper, days, clock),
        }
        figures[name] = {
            "talkscraper": {
                "requests": real[name]["requests"],
                "bytes": real[name]["bytes"],
                "archived": real[name]["archived"],
                "seen": len(_seen(paper, archived)),
            }
        } | {
            policy: {
                "requests": cost.requests,
                "bytes": cost.received,
                "archived": len(cost.archived),
                "seen": len(cost.seen),
            }
            for policy, cost in others.items()
        }
        figures[name]["corrected"] = {"corrected": sum(piece.corrected is not None for piece in paper.pieces)}
    return figures


def _seen(paper: Paper, archived: list[tuple[str, str, int]]) -> set[int]:
    """Pieces whose corrected text is in the archive: as a revision, or because it was captured after the correction."""
    corrected = {piece.number: piece.corrected for piece in paper.pieces if piece.corrected is not None}
    found = set()
    for url, first, revisions in archived:
        number = int(url.rpartition("/")[2])
        hours = (datetime.fromisoformat(first) - EPOCH).total_seconds() / 3600
        if number in corrected and (revisions > 1 or hours >= corrected[number]):
            found.add(number)
    return found


PLAIN = """
import sys
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

class Plain(scrapy.Spider):
    name = "plain"

    async def start(self):
        for url in sys.argv[1:]:
            yield scrapy.Request(url)

    def parse(self, response):
        pass

process = AsyncCrawlerProcess({
    "REMOTE_CONTROL_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "ROBOTSTXT_OBEY": True, "LOG_LEVEL": "WARNING",
    "CONCURRENT_REQUESTS": 64, "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
})
process.crawl(Plain)
process.start()
"""


class Unchanging:
    """A newspaper of many pages, all on its front page, that are always the same."""

    name = "unchanging"
    day = 0

    def __init__(self, count: int) -> None:
        self._paper = Paper("unchanging", pieces(count // 40 + 1, per_day=40, first=1000), lambda: 1e6)
        self.numbers = [piece.number for piece in self._paper.pieces if piece.gone is None][:count]

    def answer(self, target: str, base: str) -> Reply:
        """The reply to ``GET target``."""
        if target == "/":
            links = "".join(f'<li><a href="/posts/{number}">Story number {number}</a></li>' for number in self.numbers)
            return html_page(f"<!doctype html><html><head><title>U</title></head><body><ul>{links}</ul></body></html>")
        return self._paper.answer(target, base) if target.startswith("/posts/") else not_found()


def unchanged(count: int, rounds: int) -> dict[str, float]:
    """CPU milliseconds per unchanged page."""
    site = Unchanging(count)
    with tempfile.TemporaryDirectory() as folder, FixtureSite(sites=[site]) as newsroom:
        archive = Path(folder) / "archive"
        archive.mkdir()
        head = (
            f'contact = "https://example.org"\n[sources.u]\nhomepage = "{newsroom.homepages[0]}"\ndelay = 0\n'
            "article_urls = ['/posts/']\nconcurrency = 16\nallow_private = true\nrequisites = false\nfeeds = []\n"
        )
        recrawl = 'recrawl = "always"\n'
        (archive / "sources.toml").write_text(head + recrawl)
        _crawl_s(archive)
        plain = Path(folder) / "plain.py"
        plain.write_text(PLAIN)
        urls = [newsroom.homepages[0], *(f"{newsroom.homepages[0]}posts/{number}" for number in site.numbers)]
        spent: dict[str, list[float]] = {"bare": [], "304": [], "same bytes": [], "Scrapy": [], "bare Scrapy": []}
        for _ in range(rounds):
            (archive / "sources.toml").write_text(head + "recrawl = []\n")
            spent["bare"].append(_crawl_s(archive, "u"))
            (archive / "sources.toml").write_text(head + recrawl)
            for name, lying in (("304", 0), ("same bytes", 1)):
                _believe(archive, lying)
                before = len(newsroom.log)
                spent[name].append(_crawl_s(archive))
                asked = [each for each in newsroom.log[before:] if "/posts/" in each.target]
                assert Counter(each.status for each in asked) == {304 if not lying else 200: count}
            spent["bare Scrapy"].append(_cpu_s([sys.executable, str(plain), urls[0]]))
            spent["Scrapy"].append(_cpu_s([sys.executable, str(plain), *urls]))
        less = {"304": "bare", "same bytes": "bare", "Scrapy": "bare Scrapy"}
        return {name: round(1000 * (min(spent[name]) - min(spent[bare])) / count, 2) for name, bare in less.items()}


def _believe(archive: Path, lying: int) -> None:
    database = sqlite3.connect(archive / "talkscraper.db")
    with database:
        database.execute("update urls set lying_validators = ? where kind = 'article'", [lying])
    database.close()


def _crawl_s(archive: Path, *names: str) -> float:
    """CPU seconds of one crawl, its workers included."""
    return _cpu_s([sys.executable, "-m", "talkscraper", "--archive", str(archive), "crawl", *names])


def _cpu_s(command: list[str]) -> float:
    # without cached bytecode each start would compile everything, and that noise hides the pages
    with spent() as cost:
        done = subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=with_bytecode()
        )
    if done.returncode != 0:
        sys.exit(f"the crawl failed: {done.stderr.decode()}")
    return cost.cpu_s


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cpu = unchanged(options.pages, options.rounds)
    figures = month(options.days)
    if options.json:
        print(json.dumps({"days": options.days, "month": figures, "cpu_ms_per_unchanged_page": cpu}))
        return
    print(f"{options.days} days, looked at every hour\n")
    print("newspaper  policy        requests       KiB  articles  corrections seen  × ours")
    for name, policies in figures.items():
        ours, corrected = policies["talkscraper"]["requests"], policies["corrected"]["corrected"]
        for policy in POLICIES:
            row = policies[policy]
            print(
                f"{name:10} {policy:12} {row['requests']:9} {row['bytes'] / 1024:9.0f} {row['archived']:9}"
                f" {row['seen']:9} of {corrected:4} {row['requests'] / ours:7.1f}"
            )
    told = ", ".join(f"{value} ms ({name})" for name, value in cpu.items())
    print(f"\nCPU per unchanged page: {told}; 304 is {cpu['304'] / cpu['Scrapy']:.1f} × Scrapy; the goal is 5 ms")


if __name__ == "__main__":
    main()
