"""The demonstration: the bundled newsroom, crawled by the real program on two days, and what the archive then knows.

Each crawl is a process of its own, as cron would start it; nothing here does what an operator couldn't type.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from talkscraper.errors import TalkscraperError, UsageError
from talkscraper.folder import ArchiveFolder
from talkscraper.newsroom import Newsroom
from talkscraper.store.database import open_reader

MARK = ".demo"
"""A file that says an archive was made by the demo, and may be made anew."""

CRAWL_LIMIT_S = 120
"""No crawl of the small newsroom takes so long; a hung one must not hang the demo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that the second day brought."""

    kind: str
    """new, revised or gone."""
    title: str
    article_id: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """What the demonstration left behind."""

    archive: Path
    articles: int
    captures: int
    warc_bytes: int
    first_day: int
    changes: tuple[Change, ...]


def run_demo(folder: ArchiveFolder, say: Callable[[str], None]) -> DemoReport:
    """Crawl the newsroom into ``folder`` on two days; ``say`` gets a line at each step.

    Raises:
        UsageError: the folder holds something that the demo didn't make.
        TalkscraperError: a crawl failed; the message holds what it printed.
    """
    _clear(folder)
    with Newsroom() as newsroom:
        folder.sources_toml.write_text(newsroom.sources_toml(), encoding="utf-8")
        say(f"Two newspapers are on loopback: {newsroom.talk_url} and {newsroom.minato_url}")
        say("Day 1: crawling both")
        _crawl(folder)
        first_day = _count(folder, "articles")
        newsroom.next_day()
        say("Day 2: the newspapers have moved on; crawling again")
        _crawl(folder)
    return DemoReport(
        archive=folder.root,
        articles=_count(folder, "articles"),
        captures=_count(folder, "captures"),
        warc_bytes=sum(path.stat().st_size for path in folder.warc.glob("*.warc.gz")),
        first_day=first_day,
        changes=_changes(folder),
    )


def _clear(folder: ArchiveFolder) -> None:
    if folder.root.exists():
        if any(folder.root.iterdir()) and not (folder.root / MARK).is_file():
            raise UsageError(f"{folder.root} isn't an archive of the demo's: name another folder with --archive")
        shutil.rmtree(folder.root)
    folder.make()
    (folder.root / MARK).write_text("made by 'talkscraper demo', which replaces this folder each time\n")


def _crawl(folder: ArchiveFolder) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "talkscraper", "--archive", str(folder.root), "crawl"],
        capture_output=True,
        text=True,
        check=False,
        timeout=CRAWL_LIMIT_S,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    if done.returncode:
        raise TalkscraperError(f"the crawl left with {done.returncode}:\n{done.stderr[-4000:]}")


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
                "select a.title, a.id, 'revision ' || r.number || ': ' || r.change as detail from revisions r "
                "join articles a on a.id = r.article_id where r.number > 1 order by a.seq",
            ),
            *_rows(
                connection,
                "gone",
                "select title, id, coalesce(gone_reason, '') || '; the article stays' as detail from articles "
                "where gone_at is not null order by seq",
            ),
            *_rows(
                connection,
                "new",
                "select a.title, a.id, coalesce(a.published_day, a.published_at, '') as detail from articles a "
                "join captures c on c.id = (select capture_id from revisions where article_id = a.id and number = 1) "
                "where c.run_id > (select min(id) from runs where command = 'crawl') order by a.seq",
            ),
        )
    finally:
        connection.close()


def _rows(connection: sqlite3.Connection, kind: str, query: str) -> list[Change]:
    return [
        Change(kind=kind, title=row["title"] or "", article_id=row["id"], detail=row["detail"])
        for row in connection.execute(query)
    ]
