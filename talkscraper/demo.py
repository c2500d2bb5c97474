"""The demo: two crawls of the fixture site, a day apart, and what changed between them.

Each crawl is a process of its own, started as cron would start it, with a command that an operator could type.
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
from talkscraper.fixture_site import FixtureSite
from talkscraper.store.database import open_reader
from talkscraper.store.diff import Op, word_diff

MARK = ".demo"
"""A file that marks an archive as the demo's, which the next demo may delete."""

PORTS = (8461, 8462)
"""Preferred ports of the two newspapers: with the same addresses, articles have the same ids in every demo."""

CRAWL_LIMIT_S = 300
"""Seconds after which a crawl is killed, so that a hung crawl can't hang the demo."""

PROGRESS_EVERY_S = 0.2
"""Seconds between two reports of progress."""

CONTEXT_WORDS = 7
"""Number of words shown before and after a correction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change between the two days."""

    kind: str
    """new, revised or gone."""
    title: str
    article_id: str
    detail: str
    words: tuple[tuple[Op, str], ...] = ()
    """For a revised article: the diff of its text, with ``CONTEXT_WORDS`` of context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One crawl of both newspapers."""

    number: int
    exchanges: int
    articles: int
    """Number of articles in the archive after the crawl."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """The result of the demo."""

    archive: Path
    articles: int
    captures: int
    warc_bytes: int
    days: tuple[Day, ...]
    changes: tuple[Change, ...]


class Progress:
    """Receives reports of progress; this base class ignores them."""

    def opened(self, site: FixtureSite) -> None:
        """The fixture site is running."""

    def crawling(self, day: int, exchanges: int) -> None:
        """The day's crawl has sent ``exchanges`` requests so far."""

    def crawled(self, day: Day) -> None:
        """The day's crawl has ended."""


def run_demo(folder: ArchiveFolder, progress: Progress) -> DemoReport:
    """Crawl the fixture site into ``folder`` on two days.

    Raises:
        UsageError: the folder isn't empty and wasn't made by the demo.
        TalkscraperError: a crawl failed; the message holds the end of its output.
    """
    _clear(folder)
    with FixtureSite(PORTS) as site:
        folder.sources_toml.write_text(site.sources_toml(), encoding="utf-8")
        progress.opened(site)
        first = _crawl(folder, site, 1, progress)
        site.next_day()
        second = _crawl(folder, site, 2, progress)
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


def _crawl(folder: ArchiveFolder, site: FixtureSite, number: int, progress: Progress) -> Day:
    clock, before = time.monotonic(), len(site.log)
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
                printed, _ = running.communicate(timeout=PROGRESS_EVERY_S)
                break
            except subprocess.TimeoutExpired as e:
                if time.monotonic() - clock > CRAWL_LIMIT_S:
                    running.kill()
                    raise TalkscraperError(f"the crawl of day {number} hasn't ended after {CRAWL_LIMIT_S} s") from e
                progress.crawling(number, len(site.log) - before)
            except BaseException:
                running.terminate()
                raise
    if running.returncode:
        said = printed.strip().splitlines() or ["nothing was printed"]
        raise TalkscraperError(f"the crawl of day {number} left with {running.returncode}: {said[-1][-4000:]}")
    day = Day(
        number=number,
        exchanges=len(site.log) - before,
        articles=_count(folder, "articles"),
        seconds=time.monotonic() - clock,
    )
    progress.crawled(day)
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
    """The changed pieces with ``CONTEXT_WORDS`` before and after."""
    changed = [number for number, (op, _) in enumerate(words) if op != "equal"]
    if not changed:
        return ()
    first, last = changed[0], changed[-1]
    before = words[first - 1][1].split()[-CONTEXT_WORDS:] if first else []
    after = words[last + 1][1].split()[:CONTEXT_WORDS] if last + 1 < len(words) else []
    return (("equal", "… " + " ".join(before) + " "), *words[first : last + 1], ("equal", " ".join(after) + " …"))
