"""Sources by the name that a reader knows: the id, or the display name."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Iterator

from talkscraper.store.federation import federated
from talkscraper.store.folding import fold


@federated("talkscraper.store.several")
def source_ids(connection: sqlite3.Connection, name: str) -> tuple[str, ...]:
    """Return the ids of the sources with this id or, where none has, with this name; case and accents don't matter."""
    wanted = _plain(name)
    rows = connection.execute("select id, name from sources order by id").fetchall()
    by_id = tuple(str(row[0]) for row in rows if _plain(str(row[0])) == wanted)
    return by_id or tuple(str(row[0]) for row in rows if row[1] and _plain(str(row[1])) == wanted)


def unknown_sources(connection: sqlite3.Connection, names: Iterable[str]) -> Iterator[str]:
    """Return a line for each name of a source that isn't in the archive, with the nearest that is."""
    wanted = dict.fromkeys(name.strip() for name in names if name.strip())
    if not wanted:
        return
    known: dict[str, str] = {}
    for row in connection.execute("select id, name from sources order by id"):
        known.setdefault(_plain(str(row[0])), str(row[0]))
        if row[1]:
            known.setdefault(_plain(str(row[1])), str(row[1]))
    for name in wanted:
        if _plain(name) not in known:
            near = difflib.get_close_matches(_plain(name), known, n=1)
            hint = f"; did you mean {known[near[0]]!r}?" if near else ""
            yield f"the archive has no articles of a source {name[:60]!r}{hint}"


def _plain(name: str) -> str:
    return " ".join(fold(name).split())
