"""Copies across several archives: which articles of others have nearly the text of one, looked up when it is shown.

Each archive's own clusters are rows (``clusters``). What joins them across archives isn't stored, since none of them
may be written: an article is looked up in the sketches of the others by its own, and compared, as when one is stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from talkscraper.store import stories
from talkscraper.store.clusters import MAX_MEMBERS, nearest
from talkscraper.store.federation import Federation
from talkscraper.store.match import Prepared, is_match
from talkscraper.store.shingles import compare, unpack

Place: TypeAlias = tuple[int, int]
"""An article: the number of its archive, and its row number there."""


class JoinedCopies:
    """The copies of a search's matches in all archives."""

    def __init__(self, federation: Federation, prepared: Sequence[Prepared]) -> None:
        self._members = federation.members
        self._prepared = prepared
        self._stories: dict[Place, frozenset[Place]] = {}

    @classmethod
    def of(cls, federation: Federation, prepared: Sequence[Prepared]) -> JoinedCopies | None:
        """Return those of a search, as each archive prepared it; None if copies aren't collapsed."""
        return cls(federation, prepared) if prepared[0].collapses else None

    def story(self, place: Place) -> frozenset[Place]:
        """Return the article and all of its copies, whether they match or not."""
        known = self._stories.get(place)
        if known is None:
            known = frozenset(self._connected(place))
            self._stories.update(dict.fromkeys(known, known))
        return known

    def comes_first(self, place: Place, order: Callable[[Place], Any]) -> bool:
        """Whether a match stands for its story: no copy is before it. A place whose ``order`` is None is no match."""
        others = self.story(place) - {place}
        if not others:
            return True
        mine = order(place)
        # a copy that isn't before this one need not be looked for in the index
        return not any((other := order(each)) is not None and other < mine and self._matches(each) for each in others)

    def copies(self, place: Place) -> tuple[stories.Copy, ...]:
        """Return the copies of a hit, the first published first."""
        found = [
            copy
            for number, seq in sorted(self.story(place) - {place})
            if self._matches((number, seq))
            for copy in stories.copies_at(self._members[number], [seq])
        ]
        return tuple(sorted(found, key=stories.published))

    def _matches(self, place: Place) -> bool:
        number, seq = place
        return is_match(self._members[number], self._prepared[number], seq)

    def count(self, places: Sequence[Place]) -> int:
        """Return the number of stories."""
        self.look_at(places)
        return len({min(self.story(each)) for each in places})

    def look_at(self, places: Iterable[Place]) -> None:
        """Find out together which of many articles are alone, before each is asked for its story.

        Alone is what has no cluster and shares no hash with an article of another archive: nearly all are, and what the
        others need is looked up for each of them.
        """
        by_archive: dict[int, list[int]] = {}
        for number, seq in places:
            by_archive.setdefault(number, []).append(seq)
        for number, seqs in by_archive.items():
            for start in range(0, len(seqs), _PART):
                self._look_at(number, seqs[start : start + _PART])

    def _look_at(self, number: int, seqs: Sequence[int]) -> None:
        member = self._members[number]
        keys = {seq: unpack(row) for seq, row in member.execute(_SKETCHES, [json.dumps(seqs)])}
        asked = json.dumps(sorted({key for each in keys.values() for key in each}))
        shared: set[int] = set()
        for other in self._members:
            if other is not member:
                shared.update(row[0] for row in other.execute(_SHARED, [asked]))
        clustered = stories.clusters_of(member, seqs)
        for seq in seqs:
            if seq not in clustered and shared.isdisjoint(keys.get(seq, ())):
                self._stories.setdefault((number, seq), frozenset(((number, seq),)))

    def _connected(self, place: Place) -> set[Place]:
        found: set[Place] = set()
        edge = [place]
        while edge and len(found) < MAX_MEMBERS:
            here = edge.pop()
            if here in found:
                continue
            mine = {here, *self._cluster(here)}
            found |= mine
            for each in sorted(mine):
                edge += self._elsewhere(each, found)
        return found

    def _cluster(self, place: Place) -> Iterator[Place]:
        number, seq = place
        member = self._members[number]
        for name in stories.clusters_of(member, [seq]).values():
            yield from ((number, each) for each in stories.members(member, name))

    def _elsewhere(self, place: Place, found: set[Place]) -> list[Place]:
        """Return articles of other archives with nearly the same text, but those that are found."""
        own, seq = place
        row = self._members[own].execute(_SKETCHES, [json.dumps([seq])]).fetchone()
        keys = unpack(row[1]) if row is not None else ()
        text: str | None = None
        copies: list[Place] = []
        for number, member in enumerate(self._members):
            if number == own or not keys:
                continue
            for sketch in nearest(member, keys):
                other = member.execute(_CANDIDATE, [sketch]).fetchone()
                if other is None or (number, other[0]) in found:
                    continue
                if text is None:
                    mine = self._members[own].execute("select text from articles where seq = ?", [seq]).fetchone()
                    if mine is None:  # deleted by a writer in the meantime
                        return copies
                    text = str(mine[0])
                if compare(text, other[1]).is_copy:
                    copies.append((number, int(other[0])))
        return copies


_PART = 500
"""Number of articles that are looked at together."""
_SKETCHES = (
    "select a.seq, s.keys from articles a join sketches s on s.article_id = a.id"
    " where a.seq in (select value from json_each(?))"
)
_SHARED = "select value from json_each(?) where exists (select 1 from sketch_keys where key = value)"
_CANDIDATE = (
    "select a.seq, a.text from sketches s join articles a on a.id = s.article_id"
    " where s.number = ? and a.hidden_at is null"
)
