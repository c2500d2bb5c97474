"""Search: one page of articles for a request, best or newest first.

Row numbers stand for time (``article_rows``), so newest first is the order in which the index answers anyway, and
days are a range of row numbers. How best first is bounded is told in ``ranking``.
"""

from __future__ import annotations

import difflib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from talkscraper.errors import QueryError
from talkscraper.store import query
from talkscraper.store.article_rows import seq_range
from talkscraper.store.fulltext import EVERY, mark
from talkscraper.store.query import Parsed
from talkscraper.store.snippets import Highlighter

Order = Literal["best", "newest"]

LISTED = 1_500
"""The newest matches that are listed once for a request: what ranking, facets and short totals work on."""
COUNTED = 5_000
"""Totals are counted up to here; beyond, a page says "more than"."""
MOST_HITS = 500
"""The largest page."""

_COLUMNS = (
    "a.seq, a.id, a.url, a.source_id, a.title, a.authors, a.published_at, a.published_precision, a.day, a.language,"
    " a.section, a.word_count, a.text, a.access, a.revision_count, a.first_captured_at, a.last_captured_at, a.gone_at,"
    " a.cluster_id, a.wire_agency"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """What is looked for. ``text`` is the query language of ``store.query``; the fields narrow it further.

    ``since`` and ``until`` are printed days, inclusive: a date, or text such as 2025-10-28, 2025-10, 2025.
    ``after`` is the ``next_cursor`` of the page before.
    """

    text: str = ""
    source: str | None = None
    since: str | date | None = None
    until: str | date | None = None
    language: str | None = None
    section: str | None = None
    author: str | None = None
    title: str | None = None
    order: Order = "best"
    limit: int = 20
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that was found. ``title_marked`` and ``snippet`` carry ``snippets.OPEN`` and ``CLOSE``."""

    article_id: str
    url: str
    source_id: str | None
    source_name: str | None
    title: str | None
    title_marked: str
    snippet: str
    authors: tuple[str, ...]
    published_at: str | None
    published_precision: str | None
    day: str
    language: str | None
    section: str | None
    word_count: int
    access: str | None
    revision_count: int
    first_captured_at: str
    last_captured_at: str
    gone_at: str | None
    cluster_id: str | None
    wire_agency: str | None
    score: float | None
    """bm25 (less is better); None when nothing was ranked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of hits."""

    hits: tuple[Hit, ...]
    total: int
    total_is_exact: bool
    """Whether ``total`` is all; else there are more than that."""
    next_cursor: str | None
    notes: tuple[str, ...]
    """What the reader should know: words left out, a source that isn't there, a ranking of the newest alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request as the database takes it."""

    parsed: Parsed
    low: int
    high: int
    """Row numbers, inclusive."""

    @property
    def has_words(self) -> bool:
        """Whether there is anything to rank by."""
        return bool(self.parsed.wanted)

    @property
    def is_everything(self) -> bool:
        """Whether only days narrow it."""
        return self.parsed.match == f'{{marks}} : "{EVERY}"'


def prepare(request: SearchRequest) -> Prepared:
    """Read a request.

    Raises:
        QueryError: what can't be read, and how to write it.
    """
    marks = [
        mark(kind, value)
        for kind, value in (("s", request.source), ("l", request.language), ("c", request.section))
        if value
    ]
    columns = {name: text for name, text in (("title", request.title), ("authors", request.author)) if text}
    parsed = query.narrowed(query.parse(request.text), marks, columns)
    since = _later(parsed.since, query.day(request.since, last=False) if request.since else None)
    until = _earlier(parsed.until, query.day(request.until, last=True) if request.until else None)
    low, high = seq_range(since, until)
    return Prepared(parsed=parsed, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What a request matches: looked up once, for the page of hits and for its facets."""

    prepared: Prepared
    newest: tuple[int, ...]
    """Row numbers, newest first, up to ``LISTED``."""
    total: int
    """All matches, counted up to ``COUNTED``."""
    total_is_exact: bool

    @property
    def is_whole(self) -> bool:
        """Whether ``newest`` are all."""
        return self.total_is_exact and self.total == len(self.newest)


def match(connection: sqlite3.Connection, request: SearchRequest) -> Matched:
    """The newest matches of a request and how many there are. ``limit``, ``order`` and ``after`` don't count.

    Raises:
        QueryError: the query can't be read.
    """
    prepared = prepare(request)
    newest = tuple(matches(connection, prepared, limit=LISTED))
    total = len(newest)
    if total == LISTED:
        # the index counts much faster than it hands out
        rest = ask(
            connection,
            "select count(*) from (select rowid from articles_fts where articles_fts match ?"
            " and rowid between ? and ? order by rowid desc limit ?)",
            [prepared.parsed.match, prepared.low, newest[-1] - 1, COUNTED + 1 - LISTED],
        )
        total += rest.fetchone()[0]
    return Matched(prepared=prepared, newest=newest, total=min(total, COUNTED), total_is_exact=total <= COUNTED)


def search(connection: sqlite3.Connection, request: SearchRequest, matched: Matched | None = None) -> SearchPage:
    """One page of articles.

    Args:
        connection: Gives ``sqlite3.Row`` (``open_reader`` does).
        request: What is looked for.
        matched: What ``match`` found for the same words and filters, if that is known.

    Raises:
        QueryError: the query or the cursor can't be read.
    """
    from talkscraper.store.ranking import rank

    if matched is None:
        matched = match(connection, request)
    prepared, newest = matched.prepared, matched.newest
    limit = max(1, min(request.limit, MOST_HITS))
    notes = [*prepared.parsed.notes, *_unknown_sources(connection, (request.source or "", *prepared.parsed.sources))]
    found: list[tuple[int, float | None]]
    if request.order == "best" and prepared.has_words:
        ranked = rank(connection, matched)
        if ranked.bound is not None:
            notes.append(f"ranked among the newest {ranked.bound:,} matches; order by newest to reach the others")
        after = _ranked_cursor(request.after)
        page = [each for each in ranked.found if after is None or each > after][: limit + 1]
        found = [(-negative, score) for score, negative in page[:limit]]
        cursor = f"{page[limit - 1][0]!r},{-page[limit - 1][1]}" if len(page) > limit else None
    else:
        before = _newest_cursor(request.after)
        shown = (
            newest[: limit + 1]
            if before is None
            else tuple(matches(connection, prepared, before=before, limit=limit + 1))
        )
        found = [(seq, None) for seq in shown[:limit]]
        cursor = str(shown[limit - 1]) if len(shown) > limit else None
    return SearchPage(
        hits=tuple(_hits(connection, found, prepared)),
        total=matched.total,
        total_is_exact=matched.total_is_exact,
        next_cursor=cursor,
        notes=tuple(notes),
    )


def _unknown_sources(connection: sqlite3.Connection, names: Sequence[str]) -> Iterator[str]:
    """A line for each name of a source that the archive hasn't."""
    wanted = dict.fromkeys(name.strip() for name in names if name.strip())
    if not wanted:
        return
    known = {str(row[0]).casefold(): str(row[0]) for row in connection.execute("select id from sources order by id")}
    for name in wanted:
        if name.casefold() not in known:
            near = difflib.get_close_matches(name.casefold(), known, n=1)
            hint = f"; did you mean {known[near[0]]!r}?" if near else ""
            yield f"the archive has no articles of a source {name[:60]!r}{hint}"


def matches(
    connection: sqlite3.Connection, prepared: Prepared, *, before: int | None = None, limit: int | None = None
) -> Iterator[int]:
    """The row numbers of all matches, newest first, from below ``before`` on."""
    high = prepared.high if before is None else min(prepared.high, before - 1)
    bound = -1 if limit is None else limit
    sql = (
        "select rowid from articles_fts where articles_fts match ? and rowid between ? and ?"
        " order by rowid desc limit ?"
    )
    cursor = connection.cursor()
    cursor.row_factory = None
    for (seq,) in ask(cursor, sql, [prepared.parsed.match, prepared.low, high, bound]):
        yield seq


def _hits(
    connection: sqlite3.Connection, found: Sequence[tuple[int, float | None]], prepared: Prepared
) -> Iterator[Hit]:
    highlighter = Highlighter(prepared.parsed.wanted)
    for seq, score in found:
        row = connection.execute(
            f"select {_COLUMNS}, s.name from articles a left join sources s on s.id = a.source_id where a.seq = ?",
            [seq],
        ).fetchone()
        if row is None:  # deleted by a writer since the index answered
            continue
        yield Hit(
            article_id=row["id"],
            url=row["url"],
            source_id=row["source_id"],
            source_name=row["name"] or row["source_id"],
            title=row["title"],
            title_marked=highlighter.mark(row["title"] or ""),
            snippet=highlighter.snippet(row["text"]),
            authors=tuple(json.loads(row["authors"])),
            published_at=row["published_at"],
            published_precision=row["published_precision"],
            day=row["day"],
            language=row["language"],
            section=row["section"],
            word_count=row["word_count"],
            access=row["access"],
            revision_count=row["revision_count"],
            first_captured_at=row["first_captured_at"],
            last_captured_at=row["last_captured_at"],
            gone_at=row["gone_at"],
            cluster_id=row["cluster_id"],
            wire_agency=row["wire_agency"],
            score=score,
        )


def ask(connection: sqlite3.Connection | sqlite3.Cursor, sql: str, values: list[Any]) -> sqlite3.Cursor:
    """Run a statement on the index; what it can't read becomes a ``QueryError``."""
    try:
        return connection.execute(sql, values)
    except sqlite3.OperationalError as e:
        if "fts5" in str(e):
            raise QueryError(f"the query can't be read: {e}") from e
        raise


def _ranked_cursor(text: str | None) -> tuple[float, int] | None:
    if not text:
        return None
    score, _, seq = text.partition(",")
    try:
        return float(score), -int(seq)
    except ValueError as e:
        raise QueryError(f"{text[:40]!r} isn't a place in these results: begin with the first page") from e


def _newest_cursor(text: str | None) -> int | None:
    if not text:
        return None
    try:
        seq = int(text)
    except ValueError as e:
        raise QueryError(f"{text[:40]!r} isn't a place in these results: begin with the first page") from e
    if abs(seq) >= 2**62:
        raise QueryError("the cursor is out of range: begin with the first page")
    return seq


def _later(one: str | None, other: str | None) -> str | None:
    return max(one, other) if one and other else one or other


def _earlier(one: str | None, other: str | None) -> str | None:
    return min(one, other) if one and other else one or other
