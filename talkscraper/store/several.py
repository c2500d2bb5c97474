"""The answers of several archives to a search, merged: what ``federated`` functions return for a ``Federation``.

Each archive's answer is in order; they are merged by what it is ordered by. A cursor holds the place in every archive.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import islice
from typing import Any

from talkscraper.errors import QueryError
from talkscraper.store import facets as one_facets
from talkscraper.store import kwic as one_kwic
from talkscraper.store import match as one_match
from talkscraper.store import search as one_search
from talkscraper.store import source_names
from talkscraper.store import timeline as one_timeline
from talkscraper.store import word_totals as one_words
from talkscraper.store.federation import Federation
from talkscraper.store.match import COUNTED, LISTED, Matched, SearchRequest, prepare
from talkscraper.store.match_counts import span
from talkscraper.store.periods import Unit
from talkscraper.store.query_words import NoteOfAll
from talkscraper.store.rank import Ranked, rank
from talkscraper.store.several_articles import find_article
from talkscraper.store.several_copies import JoinedCopies, Place
from talkscraper.store.stories import Copy, published
from talkscraper.store.timeline_counts import By, Counted, Counting, Term, term_of
from talkscraper.store.unknown_values import unknown_values

_SEPARATOR = ";"
COPIES_NOTE = "copies are counted once within each archive, not across them"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralMatched(Matched):
    """The matches of a request in several archives; ``newest`` are row numbers of all of them, ``parts`` of each."""

    parts: tuple[Matched, ...]


def match(federation: Federation, request: SearchRequest) -> SeveralMatched:
    """Return the newest matches of a request in all archives, and their number."""
    parts = tuple(one_match.match(each, request) for each in federation.members)
    total = sum(each.total for each in parts)
    return SeveralMatched(
        prepared=parts[0].prepared,
        newest=tuple(islice(heapq.merge(*(each.newest for each in parts), reverse=True), LISTED)),
        total=min(total, COUNTED),
        total_is_exact=total <= COUNTED and all(each.total_is_exact for each in parts),
        parts=parts,
    )


def _parts(federation: Federation, request: SearchRequest, matched: Matched | None) -> tuple[Matched, ...]:
    matched = matched or match(federation, request)
    assert isinstance(matched, SeveralMatched)
    return matched.parts


def search(federation: Federation, request: SearchRequest, matched: Matched | None = None) -> one_search.SearchPage:
    """Return one page of the articles of all archives."""
    parts = _parts(federation, request, matched)
    places = places_of(federation, request.after)
    ranked = request.order == "best" and parts[0].prepared.has_words
    rankings = [rank(*each) if ranked else None for each in zip(federation.members, parts, strict=True)]
    firsts = [
        one_search.search(member, replace_after(request, place), part, ranking)
        for member, place, part, ranking in zip(federation.members, places, parts, rankings, strict=True)
    ]
    limit = max(1, min(request.limit, one_search.MAX_HITS))
    copies = JoinedCopies.of(federation, [each.prepared for each in parts])
    by_time = _oldest_first if request.order == "oldest" else _newest_first
    order: Callable[[Place], Any] = _scores(rankings).get if ranked and copies is not None else by_time
    entries = heapq.merge(
        *(
            _hits(member, number, request, (part, ranking), first)
            for number, (member, part, ranking, first) in enumerate(
                zip(federation.members, parts, rankings, firsts, strict=True)
            )
        ),
        key=(lambda each: _by_score(each[0].score or 0.0, each[1])) if ranked else lambda each: by_time(each[1]),
    )
    hits: list[one_search.Hit] = []
    more = False
    for hit, place in entries:
        if copies is not None and not copies.comes_first(place, order):
            continue
        if len(hits) == limit:
            more = True
            break
        places[place[0]] = f"{hit.score!r},{place[1]}" if ranked else str(place[1])
        shown = hit if copies is None else _with_copies(hit, copies.copies(place))
        hits.append(_with_all_revisions(federation, shown))
    exact = all(each.total_is_exact for each in firsts)
    if copies is not None:
        total = copies.count([(number, seq) for number, part in enumerate(parts) for seq in part.newest])
    else:
        found = sum(each.total for each in firsts)
        total, exact = min(found, COUNTED), exact and found <= COUNTED
    return one_search.SearchPage(
        hits=tuple(hits),
        total=total,
        total_is_exact=exact,
        next_cursor=cursor_of(places) if more else None,
        notes=_notes(federation, request, [each.notes for each in firsts]),
    )


def _newest_first(place: Place) -> tuple[int, int]:
    return -place[1], place[0]


def _oldest_first(place: Place) -> tuple[int, int]:
    return place[1], place[0]


def _by_score(score: float, place: Place) -> tuple[float, int, int]:
    return score, *_newest_first(place)


def _scores(rankings: Sequence[Ranked | None]) -> dict[Place, tuple[float, int, int]]:
    """Return what orders the matches of all archives by relevance; those that aren't ranked are left out."""
    return {
        (number, -negative): _by_score(score, (number, -negative))
        for number, ranking in enumerate(rankings)
        if ranking is not None
        for score, negative in ranking.found
    }


def _hits(
    member: sqlite3.Connection,
    number: int,
    request: SearchRequest,
    known: tuple[Matched, Ranked | None],
    page: one_search.SearchPage,
) -> Iterator[tuple[one_search.Hit, Place]]:
    """Yield the hits of an archive from a page on; further pages are looked up when they are needed."""
    while True:
        for hit in page.hits:
            yield hit, (number, seq_of(member, hit.article_id))
        if page.next_cursor is None:
            return
        page = one_search.search(member, replace_after(request, page.next_cursor), *known)


def _with_copies(hit: one_search.Hit, copies: tuple[Copy, ...]) -> one_search.Hit:
    if not copies:
        return hit
    own = Copy(**{each.name: getattr(hit, each.name) for each in fields(Copy)})
    agencies = (each.wire_agency for each in (own, *copies) if each.wire_agency)
    return replace(hit, copies=copies, first=min((own, *copies), key=published), agency=next(agencies, None))


def _with_all_revisions(federation: Federation, hit: one_search.Hit) -> one_search.Hit:
    held = "select 1 from articles where id = ? and hidden_at is null"
    if all(each.excluded is None for each in federation.members):
        return hit
    if len(federation.execute(held, [hit.article_id]).fetchall()) < 2:
        return hit
    row = find_article(federation, hit.article_id)
    return replace(hit, revision_count=row["revision_count"], first_captured_at=row["first_captured_at"])


def notes_on(federation: Federation, request: SearchRequest, _prepared: object = None) -> tuple[str, ...]:
    """Return the notes on a request."""
    return _notes(federation, request, [one_search.notes_on(each, request) for each in federation.members])


def replace_after(request: SearchRequest, after: str | None) -> SearchRequest:
    """Return a request from another place on."""
    return SearchRequest(
        text=request.text, order=request.order, limit=request.limit, after=after, copies=request.copies,
        **dict(request.filters),  # type: ignore[arg-type]
    )  # fmt: skip


def _notes(federation: Federation, request: SearchRequest, parts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the notes of all archives; those on what none of them has are of all together."""
    notes = [
        note
        for each in parts
        for note in each
        if not isinstance(note, NoteOfAll) or all(note in others for others in parts)
    ]
    return tuple(dict.fromkeys([*notes, *unknown_values(federation, request, prepare(request).parsed)]))


def places_of(federation: Federation, cursor: str | None) -> list[str | None]:
    """Return the place in each archive that a cursor holds."""
    if not cursor:
        return [None] * len(federation.members)
    places: list[str | None] = [each or None for each in cursor.split(_SEPARATOR)]
    if len(places) != len(federation.members):
        raise QueryError(f"{cursor[:40]!r} isn't a place in these results: begin with the first page")
    return places


def cursor_of(places: Iterable[str | None]) -> str:
    """Return the cursor of a place in each archive."""
    return _SEPARATOR.join(each or "" for each in places)


def seq_of(member: sqlite3.Connection, article_id: str) -> int:
    """Return an article's row number in an archive."""
    row = member.execute("select seq from articles where id = ?", [article_id]).fetchone()
    return int(row[0]) if row else 0


def facets(
    federation: Federation,
    request: SearchRequest,
    matched: Matched | None = None,
    names: Collection[str] | None = None,
) -> one_facets.Facets:
    """Count the newest matches of all archives by the fields declared as facets, and by year."""
    matched = matched or match(federation, request)
    assert isinstance(matched, SeveralMatched)
    least = matched.newest[-1] if matched.newest else 0
    listed = [tuple(seq for seq in part.newest if seq >= least) for part in matched.parts]
    return one_facets.counted(
        [(member, seqs) for member, seqs in zip(federation.members, listed, strict=True)],
        names,
        is_complete=matched.is_whole,
    )


def word_totals(federation: Federation, request: SearchRequest, matched: Matched) -> tuple[one_words.WordTotal, ...]:
    """Return the totals of the words of a query."""
    together: dict[str, one_words.WordTotal] = {}
    for member, part in zip(federation.members, _parts(federation, request, matched), strict=True):
        for each in one_words.word_totals(member, request, part):
            known = together.get(each.query)
            total = each.total + (known.total if known else 0)
            together[each.query] = one_words.WordTotal(
                query=each.query,
                total=min(total, COUNTED),
                is_exact=total <= COUNTED and each.is_exact and (known is None or known.is_exact),
            )
    return tuple(together.values())


def concordance(
    federation: Federation,
    request: SearchRequest,
    *,
    width: int = one_kwic.DEFAULT_WIDTH,
    sort: one_kwic.Sort = "date",
    matched: Matched | None = None,
) -> one_kwic.Concordance:
    """Return the lines of the newest matches of all archives."""
    parts = _parts(federation, request, matched)
    found = [
        one_kwic.concordance(member, request, width=width, matched=part)
        for member, part in zip(federation.members, parts, strict=True)
    ]
    copies = JoinedCopies.of(federation, [each.prepared for each in parts])
    listed: list[list[tuple[int, one_kwic.ContextLine]]] = []
    repeated = 0
    for number, each in enumerate(found):
        ids = {line.article_id for line in each.lines}
        seqs = {id_: seq_of(federation.members[number], id_) for id_ in ids}
        if copies is not None:
            copies.look_at((number, seq) for seq in seqs.values())
            seqs = {id_: seq for id_, seq in seqs.items() if copies.comes_first((number, seq), _newest_first)}
        repeated += len(ids) - len(seqs)
        listed.append([(-seqs[line.article_id], line) for line in each.lines if line.article_id in seqs])
    merged = heapq.merge(*listed, key=lambda each: each[0])
    lines = [line for _, line in islice(merged, one_kwic.MAX_LINES)]
    return one_kwic.Concordance(
        lines=tuple(one_kwic.sorted_lines(lines, sort)),
        articles=sum(each.articles for each in found) - repeated,
        is_complete=all(each.is_complete for each in found) and sum(map(len, listed)) == len(lines),
        notes=_notes(federation, request, [each.notes for each in found]),
    )


def timeline(
    federation: Federation,
    requests: Sequence[SearchRequest],
    *,
    by: By | None = None,
    unit: Unit | None = None,
    helpers: Sequence[sqlite3.Connection] = (),  # noqa: ARG001
    most_periods: int = one_timeline.MAX_PERIODS,
    most_series: int = one_timeline.MAX_SERIES,
) -> one_timeline.Timeline:
    """Count the matches of each request in all archives."""
    if len(requests) > one_timeline.MAX_TERMS:
        raise QueryError(f"at most {one_timeline.MAX_TERMS} searches can be compared")
    terms = [[term_of(member, each) for each in requests] for member in federation.members]
    spans = [
        found
        for member, mine in zip(federation.members, terms, strict=True)
        for each in mine
        if (found := span(member, each.wanted))
    ]
    return one_timeline.drawn(
        federation,
        terms[0],
        spans,
        lambda unit, starts: _Countings(federation, terms, unit, starts),
        notes=[*(note for each in requests for note in _notes(federation, each, [])), *_on_copies(requests)],
        by=by,
        unit=unit,
        most_periods=most_periods,
        most_series=most_series,
    )


def _on_copies(requests: Sequence[SearchRequest]) -> list[str]:
    return [COPIES_NOTE] if any(each.copies == "collapse" for each in requests) else []


class _Countings:
    """Counts the searches of all archives."""

    def __init__(self, federation: Federation, terms: list[list[Term]], unit: Unit, starts: tuple[date, ...]) -> None:
        self._terms = terms
        self._each = [Counting(member, (), unit, starts) for member in federation.members]

    def whole(self, term: Term) -> Counted:
        """Return the counts of a search."""
        at = self._terms[0].index(term)
        return _added([each.whole(mine[at]) for each, mine in zip(self._each, self._terms, strict=True)])

    def divided(self, _terms: Sequence[Term], by: By) -> list[tuple[str, list[Counted]]]:
        """Return the values of a field, those with the most matches first."""
        together: dict[str, list[list[Counted]]] = {}
        for each, mine in zip(self._each, self._terms, strict=True):
            for value, counted in each.divided(mine, by):
                together.setdefault(value, []).append(counted)
        divided = [
            (value, [_added(column) for column in zip(*counted, strict=True)]) for value, counted in together.items()
        ]
        return sorted(divided, key=lambda each: (-sum(one.matches for one in each[1]), each[0]))


def _added(parts: Sequence[Counted]) -> Counted:
    found: Counter[date] = Counter()
    totals: Counter[date] = Counter()
    for each in parts:
        found.update(each.found)
        totals.update(each.totals)
    return Counted(
        found=found,
        totals=totals,
        matches=sum(each.matches for each in parts),
        articles=sum(each.articles for each in parts),
    )


def source_ids(federation: Federation, name: str) -> tuple[str, ...]:
    """Return the ids of the sources with this id or name."""
    found = [each for member in federation.members for each in source_names.source_ids(member, name)]
    return tuple(dict.fromkeys(found))
