"""A process of its own: the real program over simulated newspapers, hourly, by a clock that this file moves.

``python sixty_days.py DAYS FOLDER [SETTINGS]`` (lines for every source) prints what happened as JSON; ``test_sixty_days`` judges it, and
``benchmarks/crawl.py`` counts by it.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet import asyncioreactor

from tests.support.clock import FakeClock
from tests.support.newspapers import EPOCH, Paper, Trouble, pieces

if __name__ == "__main__":
    asyncioreactor.install()

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run import crawl_async
from talkscraper.extraction.pool import ExtractorPool
from talkscraper.fetch.politeness import Pacer
from talkscraper.fixture_site import FixtureSite, ServedRequest

if TYPE_CHECKING:
    from talkscraper.monitor.run_report import RunReport

DELAY_S = 2.0
LADDER_H = (1, 24, 168)
MIN_H, MAX_H = 1.5, 90 * 24
SEEDS = ("/", "/feed.xml", "/news.xml")
HUSH = range(45, 49)
RECOVERY_H = 26
"""After a trouble's end, what it hid is captured within this: the longest rest of a failed article, and a poll."""


@dataclass
class Clock(FakeClock):
    """Seconds since the epoch; whoever waits in a simulation moves them on."""

    epoch: datetime = EPOCH

    @property
    def hour(self) -> float:
        """Hours since the epoch."""
        return self.seconds / 3600


@dataclass
class Diary:
    """What the runs told, by the hour in which they began."""

    clock: Clock
    diagnoses: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    codes: Counter[int] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    gaps: dict[str, float] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)
    spent: float = 0.0

    def note(self, hour: int, report: RunReport) -> None:
        """Keep what a run told."""
        self.codes[int(report.exit_code)] += 1
        for source in report.sources:
            self.diagnoses[source.source_id].append((hour, source.diagnosis))
        for host in report.hosts:
            self.requests[host.host] += host.requests
            if host.min_gap_s is not None:
                self.gaps[host.host] = min(host.min_gap_s, self.gaps.get(host.host, 1e9))


def papers(days: int, clock: Clock) -> list[Paper]:
    """A sound newspaper, one with troubles of every kind, one that writes on weekdays and only has a front page.

    Even the sound one falls silent for four days, and everything of it answers.
    """

    def hour() -> float:
        return clock.hour

    troubles = [
        (6 * 24 + 9, 11, "die"),
        (13 * 24 + 9, 24, "block"),
        (19 * 24 + 9, 3, "throttle"),
        (24 * 24 + 8, 24, "redesign"),
        (30 * 24 + 10, 8, "empty"),
        (36 * 24 + 10, 30, "move"),
    ]
    return [
        Paper("sound", pieces(days, per_day=4, first=10_000, hush=HUSH), hour, sitemap=True),
        Paper(
            "troubled", pieces(days, per_day=4, first=20_000), hour,
            troubles=tuple(Trouble(start, start + length, what) for start, length, what in troubles),
        ),
        Paper("weekly", pieces(days, per_day=2, first=30_000, weekdays=range(5)), hour, feed=False),
    ]  # fmt: skip


async def simulate(days: int, folder: ArchiveFolder, settings: str = "") -> dict[str, object]:
    """Hourly runs; what came of them."""
    clock = Clock()
    all_papers = papers(days, clock)
    diary = Diary(clock)
    pool = ExtractorPool(1)
    with FixtureSite(sites=all_papers, clock=clock) as newsroom:
        folder.make()
        folder.sources_toml.write_text(_sources(all_papers, newsroom, settings), encoding="utf-8")
        started = time.monotonic()
        for hour in range(days * 24):
            clock.seconds = max(clock.seconds, hour * 3600.0)
            pacer = Pacer(clock=clock, wait=clock.wait)
            diary.note(hour, await crawl_async(folder, CrawlOptions(clock=clock.now, pacer=pacer, pool=pool)))
            if hour % 24 == 0:
                diary.memory.append(_resident_mb())
        diary.spent = time.monotonic() - started
        pool.close()
        return _findings(folder, all_papers, newsroom, diary, days)


def _sources(all_papers: list[Paper], newsroom: FixtureSite, settings: str) -> str:
    ladder = ", ".join(f'"{hours}h"' for hours in LADDER_H)
    return 'contact = "https://example.org"\n' + "".join(
        f'[sources.{paper.name}]\nname = "{paper.name}"\nhomepage = "{home}"\narticle_urls = ["/posts/"]\n'
        f"delay = {DELAY_S}\nallow_private = true\nrequisites = false\nrecrawl = [{ladder}]\n{settings}\n"
        for paper, home in zip(all_papers, newsroom.homepages, strict=True)
    )


def _findings(
    folder: ArchiveFolder, all_papers: list[Paper], newsroom: FixtureSite, diary: Diary, days: int
) -> dict[str, object]:
    database = sqlite3.connect(folder.database)
    database.execute("pragma wal_checkpoint(truncate)")
    rows = database.execute("select url, first_captured_at, revision_count, gone_at from articles").fetchall()
    archived = {url: (int(_hour(first)), revisions, gone) for url, first, revisions, gone in rows}
    return {
        "days": days,
        "seconds": round(diary.spent, 1),
        "cpu_seconds": round(time.process_time(), 1),
        "codes": dict(diary.codes),
        "memory_mb": diary.memory,
        "warcs": len(list(folder.warc.iterdir())),
        "indexes": len(list(folder.index.iterdir())),
        "integrity": database.execute("pragma integrity_check").fetchone()[0],
        "foreign_keys": database.execute("pragma foreign_key_check").fetchall(),
        "leased": database.execute("select count(*) from urls where state = 'leased'").fetchone()[0],
        "papers": {
            paper.name: _of_paper(paper, home, archived, newsroom.log, diary, days)
            for paper, home in zip(all_papers, newsroom.homepages, strict=True)
        },
    }


def _of_paper(
    paper: Paper,
    home: str,
    archived: dict[str, tuple[int, int, str | None]],
    served: list[ServedRequest],
    diary: Diary,
    days: int,
) -> dict[str, object]:
    log = [each for each in served if each.site == paper.name]
    host = home.removeprefix("http://").rstrip("/")
    polls = sorted({int(each.at / 3600) for each in log if each.target in SEEDS and _looked(paper, each)})
    end = days * 24
    late, unseen, unrevised, ungone = [], [], [], []
    corrected = least = 0
    for piece in paper.pieces:
        # the first poll after its birth that could name it
        seen = next((hour for hour in polls if hour >= piece.born and piece in paper.shown(hour)), None)
        if seen is None:
            continue
        first, revisions, gone = archived.get(f"{home}posts/{piece.number}", (10**6, 0, None))
        hidden = next((each for each in paper.troubles if each.start - 3 <= seen < each.end), None)
        if first == 10**6:
            unseen.append((piece.number, piece.born, seen))
        elif first > (seen if hidden is None else hidden.end + RECOVERY_H):
            late.append((piece.number, piece.born, seen, first))
        # its ages count from the hour that the page itself gives
        rungs = [piece.born + hours for hours in LADDER_H if first < piece.born + hours < end - 1]
        visits = [rung for rung in rungs if piece.gone is None or rung < piece.gone]
        left = piece.gone is not None and any(rung >= piece.gone for rung in rungs)
        least += 1 + len(visits) + left
        clear = all(paper.trouble(rung) is None and paper.trouble(rung + 1) is None for rung in rungs)
        if piece.corrected is not None and clear and first < piece.corrected <= max(visits, default=-1):
            corrected += 1
            if revisions < 2:
                unrevised.append((piece.number, first, piece.corrected))
        if left and clear and gone is None:
            ungone.append((piece.number, piece.gone))
    told = diary.diagnoses[paper.name]
    bad = {hour: word for hour, word in told if word not in ("ok", "idle", "first", "waiting")}
    asked = {int(each.at / 3600) for each in log}
    return {
        "pieces": len(paper.pieces),
        "archived": sum(f"{home}posts/{piece.number}" in archived for piece in paper.pieces),
        "late": late,
        "unseen": unseen,
        "corrected": corrected,
        "unrevised": unrevised,
        "ungone": ungone,
        "gone": sum(url.startswith(home) and gone is not None for url, (_, _, gone) in archived.items()),
        "words": {each.what: sorted({word for hour, word in bad.items() if each.start <= hour <= each.end})
                  for each in paper.troubles if each.start < end},
        "outages_unreported": [(each.what, hour) for each in paper.troubles for hour in sorted(asked)
                               if each.start <= hour < each.end and hour not in bad and _met(paper, log, hour, each)],
        "outages_invented": [(hour, word) for hour, word in bad.items() if word != "quiet"
                             and not any(each.start <= hour <= each.end + RECOVERY_H for each in paper.troubles)],
        "quiet": [hour for hour, word in bad.items() if word == "quiet"],
        "polls": polls,
        "requests": len(log),
        "requests_reported": diary.requests[host],
        "bytes": sum(each.size for each in log),
        "requests_least": least + days + sum(_least_polls(paper, days) for target in SEEDS if _has(log, target)),
        "posts_asked": sum("/posts/" in each.target for each in log),
        "posts_least": least,
        "min_gap_s": diary.gaps.get(host),
        "per_kind": dict(Counter(each.target if "/posts/" not in each.target else "post" for each in log)),
        "hours_asked": sorted({int(each.at / 3600) % 24 for each in log}),
        "most_in_a_day": max(Counter(int(each.at / 86400) for each in log).values(), default=0),
        "waits": sum(word == "waiting" for _, word in told),
        "statuses": dict(Counter(each.status for each in log)),
    }  # fmt: skip


def _looked(paper: Paper, each: ServedRequest) -> bool:
    """Whether a seed was read: a trouble that hides what it names isn't a look."""
    return each.status in (200, 304) and paper.trouble(each.at / 3600) not in ("empty", "move")


def _met(paper: Paper, log: list[ServedRequest], hour: int, trouble: Trouble) -> bool:
    """Whether the run of an hour came upon the trouble: a redesign is met on a page, an empty front page by reading it."""
    mine = [each for each in log if int(each.at / 3600) == hour]
    if trouble.what == "redesign":
        return any("/posts/" in each.target and each.status == 200 for each in mine)
    if trouble.what == "empty":
        # what was empty before, and is unchanged, says nothing new
        return any(each.target in SEEDS and each.status == 200 for each in mine) and bool(paper.shown(hour))
    if trouble.what == "move":
        return any(each.target == "/" for each in mine)
    return bool(mine)


def _least_polls(paper: Paper, days: int) -> int:
    """Polls of one seed by the rule alone: ×0.8 after news, ×1.5 after none, at whole hours, from 90 minutes on."""
    births = sorted(piece.born for piece in paper.pieces)
    polls, due, interval, last = 0, 0.0, 0.0, -1e9
    for hour in range(days * 24):
        if hour < due:
            continue
        news = any(last < born <= hour for born in births)
        interval = min(MAX_H, max(MIN_H, interval * (0.8 if news else 1.5)))
        polls, due, last = polls + 1, hour + interval, hour
    return polls


def _has(log: list[ServedRequest], target: str) -> bool:
    return any(each.target == target and each.status == 200 for each in log)


def _hour(moment: str) -> float:
    return (datetime.fromisoformat(moment) - EPOCH).total_seconds() / 3600


def _resident_mb() -> float:
    with Path("/proc/self/status").open() as lines:
        return round(next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024, 1)


def main() -> None:
    """Run the reactor around the simulation."""
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    days, folder, settings = int(sys.argv[1]), ArchiveFolder(Path(sys.argv[2])), "".join(sys.argv[3:])
    outcome: list[object] = []

    async def run() -> None:
        try:
            outcome.append(await simulate(days, folder, settings))
        finally:
            reactor.stop()  # type: ignore[attr-defined]

    reactor.callWhenRunning(lambda: Deferred.fromFuture(asyncio.ensure_future(run())))  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]
    print(json.dumps(outcome[0]))  # noqa: T201


if __name__ == "__main__":
    main()
