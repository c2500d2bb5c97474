"""The journal of a shard: what its worker changed, in order, in the transactions of the changes themselves.

Every change of a crawl is a function of the database and of values (``ArchiveWriter``). The writer of a shard also
keeps the function's name and its values, so that the merger can make the same changes in the archive, where the same
function sees what the shard doesn't have: the articles. What it returns there counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.crawl import host_notes, run_rows
from talkscraper.crawl.executors import measured
from talkscraper.crawl.shards.json_values import encode
from talkscraper.frontier import additions, lease_queue, outcomes, request_days
from talkscraper.ingest import page, seed, site_signals
from talkscraper.store import captures
from talkscraper.store.writer import ArchiveWriter

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLE = (
    "create table if not exists journal (number integer primary key, change text not null, given text not null,"
    " result text)"
)
_KEPT: tuple[Callable[..., Any], ...] = (
    captures.open_warc_file,
    captures.close_warc_file,
    captures.add_captures,
    request_days.count,
    host_notes.note_pause,
    host_notes.note_robots,
    page.store_page,
    page.store_fetched,
    page.complete_page,
    outcomes.settle,
    seed.store_links,
    additions.note_links,
    site_signals.store_site_signals,
    run_rows.note_failure,
    lease_queue.make_homepage_due,
)
CHANGES: dict[str, Callable[..., Any]] = {each.__name__: each for each in _KEPT}
"""The changes that are kept, by the name under which they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A change of the journal, its values still encoded."""

    number: int
    change: str
    given: str
    result: str | None
    """The outcome of storing a page, there."""


class JournalWriter(ArchiveWriter):
    """The writer of a shard's database, which keeps the journal."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.run(lambda db: db.conn.execute(TABLE))

    def run(self, change: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """As for ``ArchiveWriter``."""
        return super().run(self._kept(change, args, kwargs))

    def submit(self, change: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As for ``ArchiveWriter``."""
        return super().submit(self._kept(change, args, kwargs))

    def _kept(self, change: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any]:
        """Return the change with its entry."""
        whole, given, named = change, args, kwargs
        if change is measured:
            change, args = args[0], args[1:]
        elif isinstance(change, partial):
            change, args, kwargs = change.func, (*change.args, *args), {**change.keywords, **kwargs}
        name = str(getattr(change, "__name__", ""))
        if CHANGES.get(name) is not change:
            return partial(_called, whole, given, named)

        def changed(db: Database) -> Any:
            result = whole(db, *given, **named)
            stored = result[0] if isinstance(result, tuple) else result
            outcome = stored.outcome if isinstance(stored, page.StoredPage) else None
            db.conn.execute(
                "insert into journal (change, given, result) values (?, ?, ?)",
                [name, encode([list(args), dict(kwargs)]), outcome],
            )
            return result

        return changed


def _called(change: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any], db: Database) -> Any:
    return change(db, *given, **named)


def length(connection: sqlite3.Connection) -> int:
    """Return the number of the last entry; 0 if there is none."""
    if not connection.execute("select 1 from sqlite_master where name = 'journal'").fetchone():
        return 0
    (last,) = connection.execute("select coalesce(max(number), 0) from journal").fetchone()
    return int(last)


def entries(connection: sqlite3.Connection, *, after: int, last: int) -> Iterator[JournalEntry]:
    """Yield the entries after a number, to ``last``."""
    if last <= after:
        return  # a worker that hasn't begun has no journal
    rows = connection.execute(
        "select number, change, given, result from journal where number > ? and number <= ? order by number",
        [after, last],
    )
    for number, change, given, result in rows:
        yield JournalEntry(number=number, change=change, given=given, result=result)
