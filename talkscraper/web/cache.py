"""Figures that cost a scan of a large table, remembered for a moment: menus and the front page need them each time."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

A = TypeVar("A")
T = TypeVar("T")
KEPT_S = 30.0
MAX_SOURCES = 500
MAX_ANSWERS = 300
AT_ONCE = max(2, os.cpu_count() or 1)
"""Searches that run at the same time; more would only make each other slow, up to their time limit."""
ANSWER_KEPT_S = 60.0
"""Two commits within the clock's tick could look like one; nothing is stale for longer than this."""
BEHIND_S = 2.0
"""A crawl commits many times a second; so long an answer may be behind it, or nothing would ever be remembered."""
CHEAP_S = 0.05
"""An answer that took longer may be behind for longer, in proportion, up to ``MAX_BEHIND_S``."""
MAX_BEHIND_S = 15.0


class Remembered(Generic[A, T]):
    """A value that is found again when it is older than ``KEPT_S``."""

    def __init__(self, find: Callable[[A], T], kept_s: float = KEPT_S) -> None:
        self._find = find
        self._kept_s = kept_s
        self._lock = threading.Lock()
        self._found: tuple[float, T] | None = None

    def get(self, archive: A) -> T:
        """The value, at most ``kept_s`` seconds old."""
        found = self._found
        if found is None or time.monotonic() - found[0] > self._kept_s:
            with self._lock:
                # another reader may have found it while this one waited
                found = self._found
                if found is None or time.monotonic() - found[0] > self._kept_s:
                    found = (time.monotonic(), self._find(archive))
                    self._found = found
        return found[1]


class Answers:
    """Answers to the last questions, until something is committed, and for ``BEHIND_S`` at least.

    Who turns a page or sorts anew asks the same again, and so do many readers of one link.
    """

    def __init__(self, most: int = MAX_ANSWERS, kept_s: float = ANSWER_KEPT_S, behind_s: float = BEHIND_S) -> None:
        self._most = most
        self._behind_s = behind_s
        self._kept_s = kept_s
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[float, tuple[int, ...], tuple[object], float]] = OrderedDict()
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def get(self, question: Hashable, version: tuple[int, ...], find: Callable[[], T]) -> T:
        """The answer to ``question``; ``find`` is called where it isn't known for this version of the database."""
        known = self._known(question, version)
        if known is None:
            with self._turns:
                # another reader may have asked the same while this one waited
                known = self._known(question, version)
                if known is None:
                    began = time.monotonic()
                    known = (find(),)
                    dear = max(1.0, (time.monotonic() - began) / CHEAP_S)
                    self._keep(question, version, known, min(self._behind_s * dear, MAX_BEHIND_S))
        return cast("T", known[0])

    def _known(self, question: Hashable, version: tuple[int, ...]) -> tuple[object] | None:
        with self._lock:
            found = self._found.get(question)
            age = time.monotonic() - found[0] if found is not None else 0.0
            if found is None or age > (self._kept_s if found[1] == version else found[3]):
                return None
            self._found.move_to_end(question)
            return found[2]

    def _keep(self, question: Hashable, version: tuple[int, ...], answer: tuple[object], behind_s: float) -> None:
        with self._lock:
            self._found[question] = (time.monotonic(), version, answer, behind_s)
            while len(self._found) > self._most:
                self._found.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSource:
    """A newsroom that the archive has, for menus."""

    id: str
    name: str
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The archive in numbers."""

    articles: int
    revisions: int
    captures: int
    since: str | None
    """Time of the first capture."""


def known_sources(connection: sqlite3.Connection) -> list[KnownSource]:
    """The newsrooms with the number of their articles, most first; from the counts that the store keeps."""
    rows = connection.execute(
        "select sources.id, sources.name, coalesce(sum(article_days.articles), 0) as articles from sources "
        "left join article_days on article_days.source_id = sources.id "
        f"group by sources.id order by articles desc, sources.name limit {MAX_SOURCES}"
    )
    return [KnownSource(id=row["id"], name=row["name"], articles=row["articles"]) for row in rows]


def figures(connection: sqlite3.Connection) -> Figures:
    """Counts of the large tables."""

    def one(query: str) -> int:
        return int(connection.execute(query).fetchone()[0] or 0)

    return Figures(
        articles=one("select sum(articles) from article_days"),
        revisions=one("select count(*) from revisions"),
        captures=one("select count(*) from captures"),
        since=connection.execute("select min(captured_at) from captures").fetchone()[0],
    )
