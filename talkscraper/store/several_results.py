"""The whole results of a search in several archives: exports, and feeds, which list what is new.

What ``federated`` functions return for a ``Federation``, as in ``several``.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from itertools import repeat
from typing import Any

from talkscraper.store import export as one_export
from talkscraper.store import new_matches as one_new_matches
from talkscraper.store.database import iso
from talkscraper.store.federation import Federation
from talkscraper.store.match import SearchRequest, prepare
from talkscraper.store.several import cursor_of, places_of, seq_of
from talkscraper.store.several_copies import JoinedCopies, Place
from talkscraper.store.stories import publication_of


def new_matches(
    federation: Federation,
    request: SearchRequest,
    *,
    limit: int,
    before: str | None = None,
    since: str | None = None,
) -> one_new_matches.NewMatches:
    """Return a page of the articles that a request finds in all archives, by the time at which they were indexed."""
    limit = max(1, min(limit, one_new_matches.MAX_MATCHES))
    places = places_of(federation, before)
    prepared = [prepare(request, member) for member in federation.members]
    copies = JoinedCopies.of(federation, prepared)

    def found(number: int, place: str | None) -> Iterator[tuple[one_new_matches.NewMatch, Place]]:
        member = federation.members[number]
        while True:
            page = one_new_matches.new_matches(member, request, limit=limit, before=place, since=since)
            for each in page.matches:
                yield each, (number, seq_of(member, each.article_id))
            place = page.next_cursor
            if place is None:
                return

    entries = heapq.merge(
        *(found(number, place) for number, place in enumerate(places)),
        key=lambda each: (each[0].indexed_at, each[1][1], -each[1][0]),
        reverse=True,
    )
    listed: list[one_new_matches.NewMatch] = []
    for each, place in entries:
        if copies is not None and not copies.comes_first(place, partial(_publication, federation)):
            continue
        if len(listed) == limit:
            return one_new_matches.NewMatches(matches=tuple(listed), next_cursor=cursor_of(places))
        listed.append(each)
        places[place[0]] = f"{each.indexed_at},{place[1]}"
    return one_new_matches.NewMatches(matches=tuple(listed), next_cursor=None)


def _publication(federation: Federation, place: Place) -> tuple[Any, ...]:
    number, seq = place
    return *publication_of(federation.members[number], seq), number


def rows(
    federation: Federation,
    request: SearchRequest,
    *,
    since_indexed: datetime | None = None,
    among: Collection[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield every matching article of all archives, newest first, as a mapping."""
    found = _exported(federation, request, since_indexed, among)
    return (row for seq, number in found if (row := one_export.row_of(federation.members[number], seq)) is not None)


def article_ids(
    federation: Federation,
    request: SearchRequest,
    *,
    since_indexed: datetime | None = None,
    among: Collection[str] | None = None,
) -> Iterator[str]:
    """Return the ids of all matches of all archives, newest first."""
    held = "select id from articles where seq = ? and hidden_at is null"
    found = _exported(federation, request, since_indexed, among)
    return (row[0] for seq, number in found if (row := federation.members[number].execute(held, [seq]).fetchone()))


def _exported(
    federation: Federation, request: SearchRequest, since: datetime | None, among: Collection[str] | None
) -> Iterator[tuple[int, int]]:
    prepared = [prepare(request, member) for member in federation.members]
    parts = [
        one_export.seqs(member, each, iso(since) if since else None, among)
        for member, each in zip(federation.members, prepared, strict=True)
    ]
    copies = JoinedCopies.of(federation, prepared)
    if copies is None:
        found = [zip(seqs, repeat(number)) for number, seqs in enumerate(parts)]
        return heapq.merge(*found, key=lambda each: each[0], reverse=True)
    listed = {(number, seq) for number, seqs in enumerate(parts) for seq in seqs}
    copies.look_at(listed)

    def order(place: Place) -> tuple[Any, ...] | None:
        # what isn't exported doesn't stand for what is
        return _publication(federation, place) if place in listed else None

    firsts = (place for place in listed if copies.comes_first(place, order))
    return iter(sorted(((seq, number) for number, seq in firsts), key=lambda each: (-each[0], each[1])))
