"""Building the full-text index of an archive again, within a step of the migrations, which says how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from talkscraper.store import fulltext
from talkscraper.store.database import select
from talkscraper.store.row_numbers import FURTHEST

if TYPE_CHECKING:
    from sqlite_utils import Database

TOLD_EVERY_S = 5.0
LATEST_BUILD = "m044_texts_once"
"""The last step that builds the index again: an earlier one leaves it to this one, so that it is built once."""

_BUILDING = {"hashsize": 64 * 1024 * 1024, "automerge": 0, "crisismerge": 1_999}
"""Settings of FTS5 meanwhile: postings are gathered in memory, and merged once, at the end."""
_AFTERWARDS = {"hashsize": 1024 * 1024, "automerge": 4, "crisismerge": 16}
"""FTS5's defaults."""
_CACHE_KIB = 128 * 1024
"""Page cache meanwhile: a page that left it is searched for in the log, which is as large as the index."""
_BATCH = 1_000
"""Number of articles that are read at once."""


class UpgradeProgress:
    """Says on stderr how far a step is, every few seconds."""

    def __init__(self, what: str, count: int) -> None:
        """``what`` the step is doing (``building a smaller full-text index``), to ``count`` articles."""
        self._what = what
        self._count = count
        self._began = self._told_at = time.monotonic()

    def __call__(self, done: int) -> None:
        """Take note of the number of articles that are done."""
        now = time.monotonic()
        if done == 1:
            self._began = now
        if now - self._told_at >= TOLD_EVERY_S:
            self._told_at = now
            left = (now - self._began) / done * (self._count - done)
            self.say(f"{done:,} of {self._count:,} articles, about {left / 60:.0f} min left")

    def say(self, how_far: str) -> None:
        """Write a line."""
        sys.stderr.write(f"talkscraper: {self._what}: {how_far}; if interrupted, it begins again\n")


def articles_told(db: Database, what: str, columns: str, condition: str = "true") -> Iterator[dict[str, Any]]:
    """Yield articles in the order of their row numbers, and say on stderr how far the step is with them.

    Args:
        db: The archive; articles may be changed meanwhile.
        what: What the step is doing to them (``writing the words of filters``).
        columns: What is read of them, with ``seq``.
        condition: Which of them.
    """
    (count,) = db.execute(f"select count(*) from articles where {condition}").fetchone()
    progress = UpgradeProgress(what, count)
    done, last = 0, -FURTHEST
    sql = f"select {columns} from articles where seq > ? and {condition} order by seq limit ?"
    while rows := list(select(db, sql, [last, _BATCH])):
        for row in rows:
            done += 1
            progress(done)
            yield row
        last = rows[-1]["seq"]


def is_built_later(db: Database) -> bool:
    """Whether a later step, which this archive doesn't have yet, builds the index again."""
    return not db.execute("select 1 from _sqlite_migrations where name = ?", [LATEST_BUILD]).fetchone()


def build_index(db: Database, what: str) -> None:
    """Rebuild the index and say on stderr how far it is; ``what`` is its name there (``a smaller full-text index``)."""
    (count,) = db.execute("select count(*) from articles where hidden_at is null").fetchone()
    progress = UpgradeProgress(f"building {what}", count)
    began = time.monotonic()
    with _settings_of_building(db):
        fulltext.rebuild(db, progress)
        if time.monotonic() - began >= TOLD_EVERY_S:
            progress.say("all articles are read, their words are put in order")
        db.execute("insert into articles_fts (articles_fts) values ('optimize')")


@contextmanager
def _settings_of_building(db: Database) -> Iterator[None]:
    (cache,) = db.execute("pragma cache_size").fetchone()
    db.execute(f"pragma cache_size = -{_CACHE_KIB}")
    _configure(db, _BUILDING)
    try:
        yield
    finally:
        db.execute(f"pragma cache_size = {cache}")
    _configure(db, _AFTERWARDS)
    for name in _AFTERWARDS:
        db.execute("delete from articles_fts_config where k = ?", [name])


def _configure(db: Database, settings: dict[str, int]) -> None:
    for name, value in settings.items():
        db.execute("insert into articles_fts (articles_fts, rank) values (?, ?)", [name, value])
