"""What changed in the archive's articles, newest first: revisions, and pages that were gone or back."""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from talkscraper.errors import QueryError
from talkscraper.fields import Values
from talkscraper.store.change_words import Excerpt, changed_words
from talkscraper.store.content import Content
from talkscraper.store.federation import federated
from talkscraper.store.field_changes import FieldDifference, field_changes
from talkscraper.store.query_fields import VALUES, nearest
from talkscraper.store.query_values import day
from talkscraper.store.source_names import source_ids

MAX_CHANGES = 500
"""Maximum number of changes on a page."""
EVENTS = ("gone", "back")
"""Kinds that are no revisions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesRequest:
    """Which changes; ``since`` and ``until`` are UTC days of the captures that show them, both inclusive."""

    source: Values = None
    """Its id, or its name; of several, any."""
    since: str | date | None = None
    until: str | date | None = None
    kind: Values = None
    """One of ``fields.CHANGE_KINDS`` or ``CHANGE_ALIASES``; of several, any."""
    article_id: str | None = None
    limit: int = 50
    after: str | None = None
    """The ``next_cursor`` of the previous page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChange:
    """A revision after the first, or an article that was gone or back."""

    at: str
    """When the capture was made that shows it."""
    article_id: str
    url: str
    source_id: str | None
    source_name: str | None
    title: str | None
    """The headline after the change."""
    language: str | None
    kind: str
    kinds: tuple[str, ...]
    """All kinds, the most significant first."""
    number: int | None
    """The revision that it made; None for ``gone`` and ``back``."""
    since: str | None
    """When the revision before was first captured; None for ``gone`` and ``back``."""
    capture_id: str
    reason: str | None
    """Why an article counts as gone."""
    fields: tuple[FieldDifference, ...]
    """Headline, byline and times that changed."""
    words: tuple[Excerpt, ...]
    """The first changed words of the text, with words around them."""
    more: bool
    """Whether further words changed."""

    @property
    def cursor(self) -> str:
        """Return the place of this change in the list."""
        return f"{self.at},{self.article_id},{self.number or (0 if self.kind == 'gone' else -1)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPage:
    """A page of changes, newest first."""

    changes: tuple[ArticleChange, ...]
    next_cursor: str | None


_Row = tuple[str, str, int, str]
"""Time, article, number (0: gone, -1: back), kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    since: str | None
    until: str | None
    after: tuple[str, str, int] | None
    limit: int


def kind_of(text: str) -> str:
    """Return the kind that a word means.

    Raises:
        QueryError: there is no such kind.
    """
    word = text.strip().casefold()
    if word in VALUES["change"]:
        return VALUES["change"][word]
    raise QueryError(f"{text[:40]!r} is no kind of change; {nearest(word, VALUES['change'])}")


def several(values: Values) -> tuple[str, ...]:
    """Return the values of a filter that may have one or several."""
    return tuple(each for each in ((values,) if isinstance(values, str) else values or ()) if each)


@federated("talkscraper.store.several_changes")
def changes(connection: sqlite3.Connection, request: ChangesRequest) -> ChangesPage:
    """Return one page of changes.

    Args:
        connection: Returns ``sqlite3.Row`` (as ``open_reader`` does).
        request: Which changes.

    Raises:
        QueryError: the kind, a day or the cursor is invalid.
    """
    limit = max(1, min(request.limit, MAX_CHANGES))
    found = tuple(islice(_changes(connection, request, limit + 1), limit + 1))
    return ChangesPage(changes=found[:limit], next_cursor=found[limit - 1].cursor if len(found) > limit else None)


def all_changes(connection: sqlite3.Connection, request: ChangesRequest) -> Iterator[ArticleChange]:
    """Yield every change, newest first; ``limit`` is ignored.

    Pages are read one after another, so that a slow consumer holds no snapshot of the database.

    Raises:
        QueryError: the kind, a day or the cursor is invalid.
    """
    after = request.after
    while True:
        page = changes(
            connection,
            ChangesRequest(
                source=request.source, since=request.since, until=request.until, kind=request.kind,
                article_id=request.article_id, limit=MAX_CHANGES, after=after,
            ),
        )  # fmt: skip
        yield from page.changes
        after = page.next_cursor
        if after is None:
            return


def _changes(connection: sqlite3.Connection, request: ChangesRequest, limit: int) -> Iterator[ArticleChange]:
    kinds = tuple(dict.fromkeys(map(kind_of, several(request.kind))))
    revised = [each for each in kinds if each not in EVENTS]
    events = [each for each in kinds if each in EVENTS]
    bounds = _Bounds(
        since=day(request.since, last=False) if request.since else None,
        until=day(request.until, last=True) if request.until else None,
        after=_place(request.after) if request.after else None,
        limit=limit,
    )
    parts: list[Iterator[_Row]] = []
    if revised or not kinds:
        parts.append(
            _rows(
                connection,
                "select r.captured_at, r.article_id, r.number, r.kinds from revision_rows r"
                " indexed by revisions_changes join articles a on a.id = r.article_id where r.number > 1",
                ("r.captured_at", "r.article_id", "r.number"),
                request, bounds,
                (" or ".join(["r.kinds like ?"] * len(revised)), [f'%"{each}"%' for each in revised]),
            )
        )  # fmt: skip
    if events or not kinds:
        order = "(case e.kind when 'gone' then 0 else -1 end)"
        parts.append(
            _rows(
                connection,
                f"select e.at, e.article_id, {order}, json_array(e.kind) from article_events e"
                " join articles a on a.id = e.article_id where 1",
                ("e.at", "e.article_id", order),
                request, bounds,
                (" or ".join(["e.kind = ?"] * len(events)), events),
            )
        )  # fmt: skip
    for row in islice(heapq.merge(*parts, reverse=True), limit):
        change = _change(connection, row)
        if change is not None:
            yield change


def _rows(
    connection: sqlite3.Connection,
    select: str,
    place: tuple[str, str, str],
    request: ChangesRequest,
    bounds: _Bounds,
    kinds: tuple[str, list[str]],
) -> Iterator[_Row]:
    """Return the newest rows of one of the tables."""
    at = place[0]
    conditions: list[tuple[str, list[Any]]] = []
    if bounds.since:
        conditions.append((f"{at} >= ?", [bounds.since]))
    if bounds.until:
        conditions.append((f"{at} <= ?", [f"{bounds.until}T23:59:59Z"]))
    if bounds.after is not None:
        conditions += [(f"{at} <= ?", [bounds.after[0]]), (f"({', '.join(place)}) < (?, ?, ?)", list(bounds.after))]
    if kinds[1]:
        conditions.append((f"({kinds[0]})", list(kinds[1])))
    if named := several(request.source):
        ids = [found for each in named for found in source_ids(connection, each) or (each,)]
        conditions.append((f"a.source_id in ({', '.join('?' * len(ids))})", list(ids)))
    if request.article_id:
        conditions.append(("a.id = ?", [request.article_id]))
    conditions.append(("a.hidden_at is null", []))
    sql = f"{select} and {' and '.join(each for each, _ in conditions)}"
    sql += f" order by {place[0]} desc, {place[1]} desc, {place[2]} desc limit ?"
    values = [value for _, bound in conditions for value in bound]
    return iter([tuple(row) for row in connection.execute(sql, [*values, bounds.limit])])


def _change(connection: sqlite3.Connection, row: _Row) -> ArticleChange | None:
    at, article_id, number, kinds = row
    article = connection.execute(
        "select a.url, a.source_id, s.name as source_name, a.title, a.language from articles a"
        " left join sources s on s.id = a.source_id where a.id = ?",
        [article_id],
    ).fetchone()
    if article is None:  # deleted by a writer meanwhile
        return None
    names = tuple(str(each) for each in json.loads(kinds))
    values: dict[str, Any] = {
        "number": None, "since": None, "reason": None, "fields": (), "words": (), "more": False,
        "title": article["title"],
    }  # fmt: skip
    if number > 1:
        texts = connection.execute(
            "select * from revisions where article_id = ? and number in (?, ?) order by number",
            [article_id, number - 1, number],
        ).fetchall()
        if len(texts) != 2:
            return None
        old, new = (Content.of_row(dict(each)) for each in texts)
        values |= revised(old, new) | {
            "number": number, "since": texts[0]["captured_at"], "capture_id": texts[1]["capture_id"],
        }  # fmt: skip
    else:
        event = connection.execute(
            "select capture_id, reason from article_events where article_id = ? and at = ? and kind = ?",
            [article_id, at, names[0]],
        ).fetchone()
        if event is None:
            return None
        values |= {"capture_id": event["capture_id"], "reason": event["reason"]}
    return ArticleChange(
        at=at,
        article_id=article_id,
        url=article["url"],
        source_id=article["source_id"],
        source_name=article["source_name"] or article["source_id"],
        language=article["language"],
        kind=names[0],
        kinds=names,
        **values,
    )


def wanted(request: ChangesRequest) -> Callable[[ArticleChange], bool]:
    """Return the condition of a request on kind, days and place.

    Raises:
        QueryError: the kind, a day or the cursor is invalid.
    """
    kinds = set(map(kind_of, several(request.kind)))
    since = day(request.since, last=False) if request.since else ""
    until = f"{day(request.until, last=True)}T23:59:59Z" if request.until else "~"
    after = _place(request.after) if request.after else None

    def is_wanted(change: ArticleChange) -> bool:
        place = (change.at, change.article_id, change.number or 0)
        in_time = since <= change.at <= until and (after is None or place < after)
        return in_time and (not kinds or not kinds.isdisjoint(change.kinds))

    return is_wanted


def revised(old: Content, new: Content) -> dict[str, Any]:
    """Return what an ``ArticleChange`` says of two revisions."""
    words, more = changed_words(old.text, new.text)
    return {"title": new.title, "fields": field_changes(old, new), "words": words, "more": more}


def _place(cursor: str) -> tuple[str, str, int]:
    at, _, rest = cursor.partition(",")
    article_id, _, number = rest.partition(",")
    try:
        if not at or not article_id or len(cursor) > 100:
            raise ValueError
        return at, article_id, int(number[:12])
    except ValueError as e:
        raise QueryError(f"{cursor[:40]!r} isn't a place in this list: begin with the first page") from e
