"""Search: one page of articles for a request, by relevance, newest or oldest first.

``match`` finds a request's matches, and ``rank`` orders them by relevance.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from talkscraper.errors import QueryError
from talkscraper.store import stories
from talkscraper.store.federation import federated
from talkscraper.store.match import Matched, Prepared, SearchRequest, match, matches, oldest, prepare
from talkscraper.store.rank import Ranked, rank
from talkscraper.store.snippets import Highlighter
from talkscraper.store.text_values import listed
from talkscraper.store.unknown_values import unknown_values
from talkscraper.whole_numbers import whole_number

MAX_HITS = 500
"""Maximum page size."""
_FURTHEST = 2**62 - 1
"""Greater than any row number."""

_COLUMNS = (
    "a.seq, a.id, a.url, a.source_id, a.title, a.authors, a.published_at, a.published_precision, a.day, a.language,"
    " a.section, a.word_count, a.text, a.access, a.truncated, a.revision_count, a.first_captured_at,"
    " a.last_captured_at, a.gone_at, a.cluster_id, a.wire_agency"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that was found. ``title_marked`` and ``snippet`` contain ``snippets.OPEN`` and ``CLOSE``."""

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
    truncated: bool
    """Whether only the part before a paywall was captured."""
    revision_count: int
    first_captured_at: str
    last_captured_at: str
    gone_at: str | None
    cluster_id: str | None
    wire_agency: str | None
    score: float | None
    """The bm25 score (less is better); None if nothing was ranked."""
    copies: tuple[stories.Copy, ...] = ()
    """Other matches with nearly the same text, the first published first; only where copies are collapsed."""
    first: stories.Copy | None = None
    """That of the hit and its copies which was published first; None without copies."""
    agency: str | None = None
    """The news agency that the hit names, or else one of its copies."""

    @property
    def also_in(self) -> tuple[str, ...]:
        """Names of the other sources of its copies."""
        return tuple(dict.fromkeys(each.source_name or "" for each in self.copies if each.source_id != self.source_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of hits."""

    hits: tuple[Hit, ...]
    total: int
    total_is_exact: bool
    """Whether ``total`` is exact; otherwise there are more. Where copies are collapsed, stories are counted."""
    next_cursor: str | None
    notes: tuple[str, ...]
    """Notes for display: words left out, an unknown source, a ranking of the newest matches only."""


@federated("talkscraper.store.several")
def search(
    connection: sqlite3.Connection,
    request: SearchRequest,
    matched: Matched | None = None,
    ranked: Ranked | None = None,
) -> SearchPage:
    """Return one page of articles.

    Args:
        connection: Returns ``sqlite3.Row`` (as ``open_reader`` does).
        request: The search request.
        matched: The result of ``match`` for the same words and filters, if known.
        ranked: The result of ``rank`` for the same matches, if known.

    Raises:
        QueryError: the query or the cursor is invalid.
    """
    if matched is None:
        matched = match(connection, request)
    prepared, newest = matched.prepared, matched.newest
    limit = max(1, min(request.limit, MAX_HITS))
    notes = [*notes_on(connection, request, prepared)]
    # copies are found among the listed matches, which include all that are newer than the last of them
    clusters = stories.clusters_of(connection, newest) if prepared.collapses else {}
    found: list[tuple[int, float | None]]
    if request.order == "best" and prepared.has_words:
        ranked = ranked or rank(connection, matched)
        if ranked.bound is not None:
            notes.append(f"ranked among the newest {ranked.bound:,} matches; order by newest to reach the others")
        after = _ranked_cursor(request.after)
        shown_once = set(stories.collapsed((-each for _, each in ranked.found), clusters))
        page = [each for each in ranked.found if -each[1] in shown_once and (after is None or each > after)][
            : limit + 1
        ]
        found = [(-negative, score) for score, negative in page[:limit]]
        cursor = f"{page[limit - 1][0]!r},{-page[limit - 1][1]}" if len(page) > limit else None
    elif request.order == "oldest":
        above = _newest_cursor(request.after)
        first: Sequence[int]
        if prepared.collapses:
            first = stories.oldest(connection, matched, after=above, limit=limit + 1)
        else:
            first = tuple(oldest(connection, prepared, after=above, limit=limit + 1))
        found = [(seq, None) for seq in first[:limit]]
        cursor = str(first[limit - 1]) if len(first) > limit else None
    else:
        before = _newest_cursor(request.after)
        shown: Sequence[int]
        if prepared.collapses:
            shown = stories.newest(connection, matched, clusters, before=before, limit=limit + 1)
        elif before is None:
            shown = newest[: limit + 1]
        else:
            shown = tuple(matches(connection, prepared, before=before, limit=limit + 1))
        found = [(seq, None) for seq in shown[:limit]]
        cursor = str(shown[limit - 1]) if len(shown) > limit else None
    return SearchPage(
        hits=tuple(_hits(connection, found, matched)),
        total=sum(1 for _ in stories.collapsed(newest, clusters)) if prepared.collapses else matched.total,
        total_is_exact=matched.is_whole if prepared.collapses else matched.total_is_exact,
        next_cursor=cursor,
        notes=tuple(notes),
    )


@federated("talkscraper.store.several")
def notes_on(
    connection: sqlite3.Connection, request: SearchRequest, prepared: Prepared | None = None
) -> tuple[str, ...]:
    """Return the notes on the words and values of a request, for display: what was left out, bounded or isn't known.

    Raises:
        QueryError: the query is invalid.
    """
    prepared = prepared or prepare(request, connection)
    return (*prepared.parsed.notes, *unknown_values(connection, request, prepared.parsed))


def _hits(connection: sqlite3.Connection, found: Sequence[tuple[int, float | None]], matched: Matched) -> Iterator[Hit]:
    highlighter = Highlighter(matched.prepared.parsed.wanted)
    for seq, score in found:
        row = connection.execute(
            f"select {_COLUMNS}, s.name from articles a left join sources s on s.id = a.source_id where a.seq = ?",
            [seq],
        ).fetchone()
        if row is None:  # deleted by a writer since the index was read
            continue
        copies: tuple[stories.Copy, ...] = ()
        if matched.prepared.collapses and row["cluster_id"] is not None:
            copies = stories.copies_of(connection, matched, seq, row["cluster_id"])
        yield Hit(
            article_id=row["id"],
            url=row["url"],
            source_id=row["source_id"],
            source_name=row["name"] or row["source_id"],
            title=row["title"],
            title_marked=highlighter.mark(row["title"] or ""),
            snippet=highlighter.snippet(row["text"]),
            authors=tuple(listed(row["authors"])),
            published_at=row["published_at"],
            published_precision=row["published_precision"],
            day=row["day"],
            language=row["language"],
            section=row["section"],
            word_count=row["word_count"],
            access=row["access"],
            truncated=bool(row["truncated"]),
            revision_count=row["revision_count"],
            first_captured_at=row["first_captured_at"],
            last_captured_at=row["last_captured_at"],
            gone_at=row["gone_at"],
            cluster_id=row["cluster_id"],
            wire_agency=row["wire_agency"],
            score=score,
            copies=copies,
            first=stories.first_of(row, copies),
            agency=next((each for each in (row["wire_agency"], *(copy.wire_agency for copy in copies)) if each), None),
        )


def _ranked_cursor(text: str | None) -> tuple[float, int] | None:
    if not text:
        return None
    score, _, seq = text.partition(",")
    number = whole_number(seq, least=-_FURTHEST, most=_FURTHEST)
    try:
        rank = float(score)
    except ValueError:
        rank = math.nan
    if number is None or not math.isfinite(rank):
        raise QueryError(f"{text[:40]!r} isn't a place in these results: begin with the first page")
    return rank, -number


def _newest_cursor(text: str | None) -> int | None:
    if not text:
        return None
    seq = whole_number(text, least=-_FURTHEST, most=_FURTHEST)
    if seq is None:
        raise QueryError(f"{text[:40]!r} isn't a place in these results: begin with the first page")
    return seq
