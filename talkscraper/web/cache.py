"""Cache of query results that need a scan of a large table, for menus, the homepage and repeated searches."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from talkscraper.store.federation import federated

A = TypeVar("A")
T = TypeVar("T")
KEPT_S = 30.0
MAX_SUGGESTED = 200
"""Maximum number of sources that the form suggests; the page says how many there are."""
MAX_ANSWERS = 300
AT_ONCE = max(2, os.cpu_count() or 1)
"""Maximum number of concurrent searches; more would slow down each other, up to their time limit."""
ANSWER_KEPT_S = 60.0
"""Maximum age in seconds of a cached value, since two commits within the clock's tick look like one."""
BEHIND_S = 2.0
"""Seconds for which a cached answer is used in spite of commits, which are frequent during a crawl."""
CHEAP_S = 0.05
"""Factor by which slower answers are used longer, in proportion to their time, up to ``MAX_BEHIND_S``."""
MAX_BEHIND_S = 15.0


class Remembered(Generic[A, T]):
    """A cached value, computed again when it is older than ``KEPT_S``."""

    def __init__(self, find: Callable[[A], T], kept_s: float = KEPT_S) -> None:
        self._find = find
        self._kept_s = kept_s
        self._lock = threading.Lock()
        self._found: tuple[float, T] | None = None

    def get(self, archive: A) -> T:
        """Return the value, at most ``kept_s`` seconds old."""
        found = self._found
        if found is None or time.monotonic() - found[0] > self._kept_s:
            with self._lock:
                # another thread may have computed it meanwhile
                found = self._found
                if found is None or time.monotonic() - found[0] > self._kept_s:
                    found = (time.monotonic(), self._find(archive))
                    self._found = found
        return found[1]


class Answers:
    """Cached answers to recent questions, valid until a commit, and for ``BEHIND_S`` at least.

    Paging and sorting repeat a question, and so do several readers of one link.
    """

    def __init__(self, most: int = MAX_ANSWERS, kept_s: float = ANSWER_KEPT_S, behind_s: float = BEHIND_S) -> None:
        self._most = most
        self._behind_s = behind_s
        self._kept_s = kept_s
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[float, tuple[int, ...], tuple[object], float]] = OrderedDict()
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def get(self, question: Hashable, version: tuple[int, ...], find: Callable[[], T]) -> T:
        """Return the answer to ``question``; call ``find`` if none is cached for this version of the database."""
        known = self._known(question, version)
        if known is None:
            with self._turns:
                # another thread may have computed the same meanwhile
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
    """A source of the archive, for menus."""

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


@federated("talkscraper.web.several")
def known_sources(connection: sqlite3.Connection) -> list[KnownSource]:
    """Return all sources with their numbers of articles, largest first; from the store's own counts."""
    rows = connection.execute(
        "select sources.id, sources.name, coalesce(sum(article_days.articles), 0) as articles from sources "
        "left join article_days on article_days.source_id = sources.id "
        "group by sources.id order by articles desc, sources.name"
    )
    return [KnownSource(id=row["id"], name=row["name"], articles=row["articles"]) for row in rows]


@federated("talkscraper.web.several")
def figures(connection: sqlite3.Connection) -> Figures:
    """Return counts of the large tables."""

    def one(query: str) -> int:
        return int(connection.execute(query).fetchone()[0] or 0)

    return Figures(
        articles=one("select sum(articles) from article_days"),
        revisions=one("select count(*) from revisions"),
        captures=one("select count(*) from captures"),
        since=connection.execute("select min(captured_at) from captures").fetchone()[0],
    )
