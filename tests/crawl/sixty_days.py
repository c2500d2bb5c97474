"""Sixty days of hourly runs of the real program, with a clock of its own, over newspapers with a life of their own.

Run as a script (a reactor runs once per process); prints one JSON object. ``python sixty_days.py DAYS FOLDER``.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sqlite3
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scrapy.utils.reactor import install_reactor

install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")

from talkscraper.crawl.options import CrawlOptions  # noqa: E402
from talkscraper.crawl.run import crawl_async  # noqa: E402
from talkscraper.extraction.pool import ExtractorPool  # noqa: E402
from talkscraper.folder import ArchiveFolder  # noqa: E402

START = datetime(2025, 9, 1, 0, 30, tzinfo=UTC)  # a Monday
LADDER = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
WORDS = [
    "harbour",
    "wall",
    "storm",
    "ferry",
    "council",
    "market",
    "engineer",
    "library",
    "winter",
    "fishing",
    "basin",
    "barge",
    "stone",
    "flood",
    "spring",
    "money",
    "lower",
    "town",
    "office",
    "plan",
    "divers",
    "foot",
    "comment",
    "table",
    "weather",
    "captain",
    "crew",
    "island",
    "school",
    "teacher",
    "bridge",
    "railway",
]


@dataclass
class Story:
    """An article and its life, in hours since the start."""

    number: int
    born: float
    corrected: float | None = None
    gone: float | None = None

    def text(self, hour: float) -> list[str]:
        """Its paragraphs at an hour."""
        maker = random.Random(self.number)
        paragraphs = [" ".join(maker.choices(WORDS, k=60)).capitalize() + "." for _ in range(4)]
        if self.corrected is not None and hour >= self.corrected:
            paragraphs[1] = "Correction: " + paragraphs[1].replace("wall", "pier").replace("storm", "gale")
        return paragraphs


@dataclass
class Paper:
    """A newspaper: what it publishes, and how it misbehaves, by the clock of the simulation."""

    name: str
    stories: list[Story]
    trouble: tuple[tuple[float, float, str], ...] = ()
    feed: bool = True
    hour: float = 0.0
    log: list[tuple[float, str, int]] = field(default_factory=list)
    base: str = ""

    def mood(self) -> str | None:
        """What is wrong now."""
        return next((what for start, end, what in self.trouble if start <= self.hour < end), None)

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """The reply to a path now."""
        mood = self.mood()
        if mood == "die":
            return 0, b"", {}
        if mood == "block":
            return 403, b"forbidden", {}
        if mood == "throttle":
            return 429, b"slow down", {"Retry-After": "7200"}
        if path == "/robots.txt":
            return 200, b"User-agent: *\nDisallow: /private/\n", {"Content-Type": "text/plain"}
        shown = sorted((s for s in self.stories if s.born <= self.hour), key=lambda s: -s.born)[:20]
        shown = [s for s in shown if s.gone is None or self.hour < s.gone]
        html = {"Content-Type": "text/html; charset=utf-8"}
        if path == "/":
            head = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">' if self.feed else ""
            links = "".join(
                f'<li><a href="/posts/{s.number}">Story number {s.number} of the day</a></li>' for s in shown
            )
            return 200, f"<html><head><title>P</title>{head}</head><body><ul>{links}</ul></body></html>".encode(), html
        if path == "/feed.xml" and self.feed:
            items = "".join(
                f"<item><title>s</title><link>{self.base}/posts/{s.number}</link><pubDate>"
                f"{(START + timedelta(hours=s.born)).strftime('%a, %d %b %Y %H:%M:%S GMT')}</pubDate></item>"
                for s in shown
            )
            xml = f'<?xml version="1.0"?><rss version="2.0"><channel><title>P</title>{items}</channel></rss>'
            return 200, xml.encode(), {"Content-Type": "application/rss+xml"}
        return self._story(path, html)

    def _story(self, path: str, html: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        number = path.rpartition("/")[2]
        story = next((s for s in self.stories if str(s.number) == number and s.born <= self.hour), None)
        if story is None or (story.gone is not None and self.hour >= story.gone):
            return 404, b"not found", {"Content-Type": "text/plain"}
        text = "".join(f"<p>{paragraph}</p>" for paragraph in story.text(self.hour))
        day = (START + timedelta(hours=story.born)).isoformat()
        redesigned = self.mood() == "redesign"
        body = (
            "<html><head><title>t</title></head><body><div id=root></div><script>app()</script></body></html>"
            if redesigned
            else f'<html lang="en"><head><title>Story {number}</title><meta property="og:type" content="article">'
            f'<meta property="article:published_time" content="{day}"></head><body><article><h1>Story number {number} '
            f"of the day</h1>{text}</article></body></html>"
        )
        return 200, body.encode(), html


def serve(paper: Paper) -> ThreadingHTTPServer:
    """Put a newspaper on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            status, body, headers = paper.answer(self.path)
            paper.log.append((paper.hour, self.path, status))
            if status == 0:
                self.close_connection = True
                return
            tag = f'"{hash(body)}"'
            if status == 200 and self.headers.get("If-None-Match") == tag:
                paper.log[-1] = (paper.hour, self.path, 304)
                self.send_response(304)
                self.send_header("ETag", tag)
                self.end_headers()
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    paper.base = f"http://127.0.0.1:{server.server_address[1]}"
    return server


def papers(days: int) -> list[Paper]:
    """Three newspapers: a sound one, one with troubles, one that only has a front page."""
    maker = random.Random(7)

    def stories(per_day: int, weekdays: range, first: int) -> list[Story]:
        found = [Story(first - n, -5.0 - n) for n in (1, 2, 3)]
        for day in range(days):
            if day % 7 not in weekdays:
                continue
            for n in range(per_day):
                born = day * 24 + 7 + n * 12 / per_day
                corrected = born + maker.choice((0.5, 5, 40, 120)) if maker.random() < 0.2 else None
                gone = born + maker.choice((10, 100)) if maker.random() < 0.05 else None
                found.append(Story(first + len(found), born, corrected, gone))
        return found

    troubles = (
        (10 * 24 + 9, 10 * 24 + 20, "die"),
        (20 * 24 + 9, 21 * 24 + 9, "block"),
        (30 * 24 + 9, 30 * 24 + 12, "throttle"),
        (44 * 24 + 6, 45 * 24 + 6, "redesign"),
    )
    return [
        Paper("sound", stories(4, range(7), 10_000)),
        Paper("troubled", stories(4, range(7), 20_000), trouble=troubles),
        Paper("weekly", stories(2, range(5), 30_000), feed=False),
    ]


async def simulate(days: int, folder: ArchiveFolder) -> dict[str, object]:
    """Hourly runs; what came of them."""
    all_papers = papers(days)
    servers = [serve(paper) for paper in all_papers]
    folder.make()
    ladder = ", ".join(f'"{int(age.total_seconds() // 3600)}h"' for age in LADDER)
    folder.sources_toml.write_text(
        'contact = "https://example.org"\n'
        + "".join(
            f'[sources.{p.name}]\nname = "{p.name}"\nhomepage = "{p.base}/"\narticle_urls = ["/posts/"]\ndelay = 0\n'
            f"allow_private = true\nrequisites = false\nrecrawl = [{ladder}]\n"
            for p in all_papers
        )
    )
    pool = ExtractorPool()
    now = START
    verdicts: list[tuple[float, str, str]] = []
    codes: Counter[int] = Counter()
    memory: list[int] = []
    started = time.monotonic()
    for hour in range(days * 24):
        now = START + timedelta(hours=hour)
        for paper in all_papers:
            paper.hour = float(hour)
        report = await crawl_async(folder, CrawlOptions(clock=lambda now=now: now, pool=pool))
        codes[int(report.exit_code)] += 1
        verdicts += [(hour, source.source_id, source.diagnosis) for source in report.sources]
        if hour % 24 == 0:
            memory.append(_resident())
    pool.close()
    for server in servers:
        server.shutdown()
        server.server_close()
    return _findings(folder, all_papers, verdicts, memory, codes, time.monotonic() - started)


def _findings(
    folder: ArchiveFolder,
    all_papers: list[Paper],
    verdicts: list[tuple[float, str, str]],
    memory: list[int],
    codes: Counter[int],
    seconds: float,
) -> dict[str, object]:
    database = sqlite3.connect(folder.database)
    captured = {
        url: (_hour(moment), revisions)
        for url, moment, revisions in database.execute("select url, first_captured_at, revision_count from articles")
    }
    return {
        "seconds": round(seconds, 1),
        "codes": dict(codes),
        "memory_mb": [round(value / 1024, 1) for value in memory],
        "integrity": database.execute("pragma integrity_check").fetchone()[0],
        "leased": database.execute("select count(*) from urls where state = 'leased'").fetchone()[0],
        "papers": {paper.name: _of_paper(paper, captured, verdicts) for paper in all_papers},
    }


def _of_paper(
    paper: Paper, captured: dict[str, tuple[float, int]], verdicts: list[tuple[float, str, str]]
) -> dict[str, object]:
    polls = [hour for hour, path, status in paper.log if path in ("/", "/feed.xml") and status in (200, 304)]
    end = paper.hour
    late, unrevised, least = [], [], 0
    for story in paper.stories:
        seen = next((hour for hour in polls if hour >= story.born), None)
        if seen is None or (story.gone is not None and seen >= story.gone):
            continue  # nobody could have known of it
        first, revisions = captured.get(f"{paper.base}/posts/{story.number}", (1e9, 0))
        troubled = any(start <= seen < stop for start, stop, _ in paper.trouble)
        if first > seen and not troubled:
            late.append((story.number, story.born, seen, first))
        # the page says to the second when it was published, and its ages count from there
        rungs = [story.born + age.total_seconds() / 3600 for age in LADDER]
        due = [rung for rung in rungs if first < rung <= end and (story.gone is None or rung < story.gone + 24)]
        least += 1 + len(due)
        shown = story.corrected is not None and first < story.corrected <= min(story.gone or 1e9, max(due, default=0))
        if shown and revisions < 2 and not troubled:
            unrevised.append((story.number, first, story.corrected))
    bad = [(hour, word) for hour, name, word in verdicts if name == paper.name and word not in ("ok", "idle", "first")]
    asked = {hour for hour, _, _ in paper.log}
    silent = [
        (what, hour)
        for start, stop, what in paper.trouble
        for hour in sorted(asked)
        if start <= hour < stop and not any(each == hour for each, _ in bad) and what != "redesign"
    ]
    invented = [
        (hour, word) for hour, word in bad if not any(start <= hour <= stop + 2 for start, stop, _ in paper.trouble)
    ]
    return {
        "stories": len(paper.stories),
        "captured": sum(f"{paper.base}/posts/{story.number}" in captured for story in paper.stories),
        "late": late,
        "corrected": sum(story.corrected is not None for story in paper.stories),
        "revised": sum(captured.get(f"{paper.base}/posts/{s.number}", (0, 0))[1] > 1 for s in paper.stories),
        "unrevised": unrevised,
        "bad": bad,
        "outages_unreported": silent,
        "outages_invented": invented,
        "posts_asked": sum("/posts/" in path for _, path, _ in paper.log),
        "posts_least": least,
        "per_kind": dict(Counter(path if "/posts/" not in path else "post" for _, path, _ in paper.log)),
        "statuses": dict(Counter(status for _, _, status in paper.log)),
    }


def _hour(moment: str) -> float:
    return (datetime.fromisoformat(moment) - START).total_seconds() / 3600


def _resident() -> int:
    try:
        with Path("/proc/self/status").open() as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Run the reactor around the simulation."""
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    days, folder = int(sys.argv[1]), ArchiveFolder(Path(sys.argv[2]))
    outcome: list[object] = []

    async def run() -> None:
        try:
            outcome.append(await simulate(days, folder))
        finally:
            reactor.stop()  # type: ignore[attr-defined]

    reactor.callWhenRunning(lambda: Deferred.fromFuture(asyncio.ensure_future(run())))  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]
    print(json.dumps(outcome[0]))  # noqa: T201


if __name__ == "__main__":
    main()
