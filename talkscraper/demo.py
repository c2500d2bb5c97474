"""The demonstration: the bundled newsroom, crawled by the real program on two days, and what the archive then knows.

Each crawl is a process of its own, as cron would start it; nothing here does what an operator couldn't type.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import TalkscraperError, UsageError
from talkscraper.newsroom import Newsroom
from talkscraper.store.database import open_reader
from talkscraper.store.diff import Op, word_diff

MARK = ".demo"
"""A file that says an archive was made by the demo, and may be made anew."""

PORTS = (8461, 8462)
"""Where the newspapers are when nobody else is: with the same addresses, articles have the same ids in every demo."""

CRAWL_LIMIT_S = 300
"""No crawl of the small newsroom takes so long; a hung one must not hang the demo."""

TELL_EVERY_S = 0.2

CONTEXT_WORDS = 7
"""Words shown before and after a correction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that the second day brought."""

    kind: str
    """new, revised or gone."""
    title: str
    article_id: str
    detail: str
    words: tuple[tuple[Op, str], ...] = ()
    """Of a revised article: the sentence around the words that went and came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One crawl of both newspapers."""

    number: int
    exchanges: int
    articles: int
    """In the archive when the day was over."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """What the demonstration left behind."""

    archive: Path
    articles: int
    captures: int
    warc_bytes: int
    days: tuple[Day, ...]
    changes: tuple[Change, ...]


class Audience:
    """Who is told how far the demonstration is; this one doesn't listen."""

    def opened(self, newsroom: Newsroom) -> None:
        """The newspapers can be read."""

    def crawling(self, day: int, exchanges: int) -> None:
        """So many requests of the day's crawl have been answered."""

    def crawled(self, day: Day) -> None:
        """The day's crawl is over."""


def run_demo(folder: ArchiveFolder, audience: Audience) -> DemoReport:
    """Crawl the newsroom into ``folder`` on two days.

    Raises:
        UsageError: the folder holds something that the demo didn't make.
        TalkscraperError: a crawl failed; the message holds what it printed.
    """
    _clear(folder)
    with Newsroom(PORTS) as newsroom:
        folder.sources_toml.write_text(newsroom.sources_toml(), encoding="utf-8")
        audience.opened(newsroom)
        first = _crawl(folder, newsroom, 1, audience)
        newsroom.next_day()
        second = _crawl(folder, newsroom, 2, audience)
    return DemoReport(
        archive=folder.root,
        articles=second.articles,
        captures=_count(folder, "captures"),
        warc_bytes=sum(path.stat().st_size for path in folder.warc.glob("*.warc.gz")),
        days=(first, second),
        changes=_changes(folder),
    )


def _clear(folder: ArchiveFolder) -> None:
    if folder.root.exists():
        if any(folder.root.iterdir()) and not (folder.root / MARK).is_file():
            raise UsageError(f"{folder.root} isn't an archive of the demo's: name another folder with --archive")
        shutil.rmtree(folder.root)
    folder.make()
    (folder.root / MARK).write_text("made by 'talkscraper demo', which replaces this folder each time\n")


def _crawl(folder: ArchiveFolder, newsroom: Newsroom, number: int, audience: Audience) -> Day:
    clock, before = time.monotonic(), len(newsroom.log)
    with subprocess.Popen(
        [sys.executable, "-m", "talkscraper", "--archive", str(folder.root), "crawl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    ) as running:
        printed = ""
        while True:
            try:
                printed, _ = running.communicate(timeout=TELL_EVERY_S)
                break
            except subprocess.TimeoutExpired as e:
                if time.monotonic() - clock > CRAWL_LIMIT_S:
                    running.kill()
                    raise TalkscraperError(f"the crawl of day {number} hasn't ended after {CRAWL_LIMIT_S} s") from e
                audience.crawling(number, len(newsroom.log) - before)
            except BaseException:
                running.terminate()
                raise
    if running.returncode:
        raise TalkscraperError(f"the crawl of day {number} left with {running.returncode}:\n{printed[-4000:]}")
    day = Day(
        number=number,
        exchanges=len(newsroom.log) - before,
        articles=_count(folder, "articles"),
        seconds=time.monotonic() - clock,
    )
    audience.crawled(day)
    return day


def _count(folder: ArchiveFolder, table: str) -> int:
    connection = open_reader(folder.database)
    try:
        return int(connection.execute(f"select count(*) from {table}").fetchone()[0])
    finally:
        connection.close()


def _changes(folder: ArchiveFolder) -> tuple[Change, ...]:
    connection = open_reader(folder.database)
    try:
        return (
            *_rows(
                connection,
                "revised",
                "select a.title, a.id, r.change as detail, b.text as old, r.text as new from revisions r "
                "join revisions b on b.article_id = r.article_id and b.number = r.number - 1 "
                "join articles a on a.id = r.article_id where r.number > 1 order by a.seq",
            ),
            *_rows(
                connection,
                "gone",
                "select title, id, coalesce(gone_reason, '') as detail, null as old, null as new from articles "
                "where gone_at is not null order by seq",
            ),
            *_rows(
                connection,
                "new",
                "select a.title, a.id, coalesce(a.published_day, '') as detail, null as old, null as new "
                "from articles a "
                "join captures c on c.id = (select capture_id from revisions where article_id = a.id and number = 1) "
                "where c.run_id > (select min(id) from runs where command = 'crawl') order by a.seq",
            ),
        )
    finally:
        connection.close()


def _rows(connection: sqlite3.Connection, kind: str, query: str) -> list[Change]:
    return [
        Change(
            kind=kind,
            title=row["title"] or "",
            article_id=row["id"],
            detail=row["detail"],
            words=_around(word_diff(row["old"], row["new"])) if row["old"] is not None else (),
        )
        for row in connection.execute(query)
    ]


def _around(words: list[tuple[Op, str]]) -> tuple[tuple[Op, str], ...]:
    """The pieces that went and came with a few words around them."""
    changed = [number for number, (op, _) in enumerate(words) if op != "equal"]
    if not changed:
        return ()
    first, last = changed[0], changed[-1]
    before = words[first - 1][1].split()[-CONTEXT_WORDS:] if first else []
    after = words[last + 1][1].split()[:CONTEXT_WORDS] if last + 1 < len(words) else []
    return (("equal", "… " + " ".join(before) + " "), *words[first : last + 1], ("equal", " ".join(after) + " …"))
