"""Several archives asked as one: a connection for each of them, and functions that merge their answers.

A ``Federation`` is passed wherever one archive's connection is. A function that is marked ``federated`` then asks every
archive and merges the answers, in the module named by its mark; one that isn't runs its statements on each archive in
turn, and gets their rows one after another, which is right for what is looked up by an id or an address.

An article in two archives is shown once, as the archive with the newest look at it has it: in the others, searches
leave it out (``ArchiveMember.excluded``).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import wraps
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from talkscraper.errors import UsageError

P = ParamSpec("P")
R = TypeVar("R")

MAX_MEMBERS = 8
"""Maximum number of archives."""


class ArchiveMember(sqlite3.Connection):
    """A connection to one archive of several."""

    root: Path
    """The archive's folder."""
    excluded: str | None = None
    """Row numbers of articles that another archive has looked at later, as JSON; None without any."""


class Federation(sqlite3.Connection):
    """Connections to several archives, the first of which is preferred where they are equal."""

    def __init__(self, members: Sequence[ArchiveMember]) -> None:
        super().__init__(":memory:", check_same_thread=False)
        self.members = tuple(members)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run a statement on each archive; their rows come one after another."""
        return _Rows(self, [each.execute(sql, parameters) for each in self.members])

    def set_progress_handler(self, progress_handler: Callable[[], int | None] | None, /, n: int) -> None:
        """Interrupt the statements of every archive."""
        for each in self.members:
            each.set_progress_handler(progress_handler, n)

    def close(self) -> None:
        """Close all connections."""
        for each in self.members:
            each.close()
        super().close()


class _Rows(sqlite3.Cursor):
    """The rows of several cursors."""

    def __init__(self, federation: Federation, cursors: list[sqlite3.Cursor]) -> None:
        super().__init__(federation)
        self._left = cursors

    def __next__(self) -> Any:
        while self._left:
            row = self._left[0].fetchone()
            if row is not None:
                return row
            del self._left[0]
        raise StopIteration

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        return self

    def fetchone(self) -> Any:
        return next(self, None)

    def fetchall(self) -> list[Any]:
        return list(self)


def federated(module: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function whose first argument is a connection: asked of a federation, it is the one of ``module``."""

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            if args and isinstance(args[0], Federation):
                merged: R = getattr(import_module(module), function.__name__)(*args, **kwargs)
                return merged
            return function(*args, **kwargs)

        return ask

    return mark


def open_members(paths: Sequence[Path], **options: Any) -> list[ArchiveMember]:
    """Open the databases of several archives for reading; ``options`` are those of ``open_reader``.

    Raises:
        ArchiveError: one of them can't be read.
    """
    from talkscraper.store.database import open_reader

    found: list[ArchiveMember] = []
    try:
        for path in paths:
            member = open_reader(path, factory=ArchiveMember, **options)
            assert isinstance(member, ArchiveMember)
            member.root = path.parent
            found.append(member)
    except BaseException:
        for each in found:
            each.close()
        raise
    return found


def open_archives(paths: Sequence[Path]) -> sqlite3.Connection:
    """Open the databases of one archive or several for reading, as one connection.

    Raises:
        UsageError: there are too many, or one is named twice.
        ArchiveError: one of them can't be read.
    """
    from talkscraper.store.database import open_reader

    if len(paths) == 1:
        return open_reader(paths[0])
    check_paths(paths)
    members = open_members(paths)
    for member, excluded in zip(members, older_looks(paths), strict=True):
        member.excluded = excluded
    return Federation(members)


def check_paths(paths: Sequence[Path]) -> None:
    """Refuse archives that can't be asked together.

    Raises:
        UsageError: there are too many, or one is named twice.
    """
    if len(paths) > MAX_MEMBERS:
        raise UsageError(f"at most {MAX_MEMBERS} archives can be read as one")
    if len({each.resolve() for each in paths}) < len(paths):
        raise UsageError("the same archive is named twice")


def older_looks(paths: Sequence[Path]) -> list[str | None]:
    """Return for each archive the row numbers of articles that another one has looked at later, as JSON."""
    from talkscraper.store.database import read_only_uri

    found: list[set[int]] = [set() for _ in paths]
    # a connection of its own: readers' connections may not attach. No statement here is anyone else's
    with closing(sqlite3.connect("file::memory:", uri=True)) as connection:
        for number, path in enumerate(paths):
            connection.execute(f"attach ? as a{number}", [read_only_uri(path)])
        for one, other in combinations(range(len(paths)), 2):
            rows = connection.execute(
                f"select x.seq, y.seq, x.last_captured_at >= y.last_captured_at from a{one}.articles x"
                f" join a{other}.articles y on y.id = x.id where x.hidden_at is null and y.hidden_at is null"
            )
            for mine, theirs, newer in rows:
                found[other if newer else one].add(theirs if newer else mine)
    return [json.dumps(sorted(each)) if each else None for each in found]
