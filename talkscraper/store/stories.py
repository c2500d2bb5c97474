"""Stories: the matches of a search with copies collapsed, each cluster of near-duplicates as one hit.

Which article stands for a cluster is decided among the matches, since any other may be left out by a filter: in the
order of time the newest one, in the order of relevance the best one, in exports and timelines the first published. All
articles that no cluster holds are stories of their own.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import gt, lt

from talkscraper.store.match import Matched, Prepared, is_match, matches
from talkscraper.store.match import oldest as oldest_matches
from talkscraper.store.row_numbers import PER_DAY

_PART = 500
_BATCH = 200

CLUSTERS = (
    "select seq, cluster_id from articles indexed by articles_copies where cluster_id is not null and seq in ({marks})"
)
"""The clusters of articles, by an index that holds no others."""
MEMBERS = (
    "select seq from articles indexed by articles_stories where cluster_id = ? and hidden_at is null order by seq desc"
)
_CLUSTERED = (
    "select cluster_id, seq from articles indexed by articles_stories where cluster_id is not null"
    " and hidden_at is null order by cluster_id, seq"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An article with nearly the same text as a hit, which matches too."""

    article_id: str
    source_id: str | None
    source_name: str | None
    title: str | None
    published_at: str | None
    published_precision: str | None
    first_captured_at: str
    day: str
    wire_agency: str | None


def clusters_of(connection: sqlite3.Connection, seqs: Sequence[int]) -> dict[int, str]:
    """Return the clusters of these row numbers; those without one are left out."""
    found: dict[int, str] = {}
    cursor = connection.cursor()
    cursor.row_factory = None
    for start in range(0, len(seqs), _PART):
        part = seqs[start : start + _PART]
        found.update(cursor.execute(CLUSTERS.format(marks=", ".join("?" * len(part))), part).fetchall())
    return found


def collapsed(seqs: Iterable[int], clusters: dict[int, str]) -> Iterator[int]:
    """Yield the row numbers without those whose cluster came before."""
    seen: set[str] = set()
    for seq in seqs:
        cluster = clusters.get(seq)
        if cluster is not None:
            if cluster in seen:
                continue
            seen.add(cluster)
        yield seq


def newest(
    connection: sqlite3.Connection, matched: Matched, clusters: dict[int, str], *, before: int | None, limit: int
) -> list[int]:
    """Return the newest stories below ``before``: the matches that are the newest of their cluster.

    Args:
        connection: Returns ``sqlite3.Row``.
        matched: The query and its newest matches.
        clusters: The clusters of the newest matches.
        before: The last row number of the page before.
        limit: Maximum number of stories.
    """
    listed = [seq for seq in collapsed(matched.newest, clusters) if before is None or seq < before][:limit]
    if len(listed) == limit or matched.is_whole:
        return listed
    known = set(matched.newest)
    floor = matched.newest[-1]
    at = floor if before is None else min(before, floor)
    while len(listed) < limit:
        batch = list(matches(connection, matched.prepared, before=at, limit=_BATCH))
        listed += islice(_firsts(connection, matched.prepared, batch, known, floor, gt), limit - len(listed))
        if len(batch) < _BATCH:
            break
        at = batch[-1]
    return listed


def oldest(connection: sqlite3.Connection, matched: Matched, *, after: int | None, limit: int) -> list[int]:
    """Return the oldest stories above ``after``: the matches that are the oldest of their cluster."""
    listed: list[int] = []
    known = set(matched.newest)
    floor = matched.newest[-1] if matched.newest and not matched.is_whole else None
    at = after
    while len(listed) < limit:
        batch = list(oldest_matches(connection, matched.prepared, after=at, limit=_BATCH))
        listed += islice(_firsts(connection, matched.prepared, batch, known, floor, lt), limit - len(listed))
        if len(batch) < _BATCH:
            break
        at = batch[-1]
    return listed


def _firsts(
    connection: sqlite3.Connection,
    prepared: Prepared,
    batch: Sequence[int],
    known: Collection[int],
    floor: int | None,
    comes_before: Callable[[int, int], bool],
) -> Iterator[int]:
    """Yield those of a batch of matches before which no other of their cluster matches."""
    clusters = clusters_of(connection, batch)
    for seq in collapsed(batch, clusters):
        cluster = clusters.get(seq)
        others = members(connection, cluster) if cluster is not None else []
        earlier = (each for each in others if comes_before(each, seq))
        if not any(_matches(connection, prepared, each, known, floor) for each in earlier):
            yield seq


def members(connection: sqlite3.Connection, cluster_id: str) -> list[int]:
    """Return the row numbers of a cluster's visible articles, newest first."""
    return [row[0] for row in connection.execute(MEMBERS, [cluster_id])]


def copies_of(connection: sqlite3.Connection, matched: Matched, seq: int, cluster_id: str) -> tuple[Copy, ...]:
    """Return the other matches of a hit's cluster, the first published first."""
    known = set(matched.newest)
    floor = matched.newest[-1] if matched.newest and not matched.is_whole else None
    others = [
        each
        for each in members(connection, cluster_id)
        if each != seq and _matches(connection, matched.prepared, each, known, floor)
    ]
    return tuple(sorted(copies_at(connection, others), key=published))


def copies_at(connection: sqlite3.Connection, seqs: Iterable[int]) -> Iterator[Copy]:
    """Return what is shown of copies, by their row numbers."""
    for seq in seqs:
        rows = connection.execute(
            "select a.id, a.source_id, s.name, a.title, a.published_at, a.published_precision, a.first_captured_at,"
            " a.day, a.wire_agency"
            " from articles a left join sources s on s.id = a.source_id where a.seq = ?",
            [seq],
        )
        yield from map(_copy, rows)


def first_of(row: sqlite3.Row, copies: Sequence[Copy]) -> Copy | None:
    """Return the article of ``row`` or that of its copies which was published first; None if there are no copies."""
    if not copies:
        return None
    return min((_copy(row), *copies), key=published)


def published(copy: Copy) -> tuple[int, str, str, str]:
    """Return what orders copies by their publication."""
    return *publication(copy.published_at, copy.published_precision, copy.first_captured_at), copy.article_id


def _copy(row: sqlite3.Row) -> Copy:
    return Copy(
        article_id=row["id"],
        source_id=row["source_id"],
        source_name=row["name"] or row["source_id"],
        title=row["title"],
        published_at=row["published_at"],
        published_precision=row["published_precision"],
        first_captured_at=row["first_captured_at"],
        day=row["day"],
        wire_agency=row["wire_agency"],
    )


def publication(published_at: str | None, precision: str | None, first_captured_at: str) -> tuple[int, str, str]:
    """Return what orders articles by their publication: the earliest first, and those without a time last.

    A day without a time is later than the times of that day: nobody knows whether it was earlier. One without a day is
    ordered by its first capture.
    """
    if published_at is None or precision in ("month", "year"):
        return 1, first_captured_at, first_captured_at
    moment = f"{published_at[:10]}T24" if precision == "day" else published_at
    return 0, moment, first_captured_at


def first_published(connection: sqlite3.Connection, seqs: Sequence[int]) -> array[int]:
    """Return the row numbers without those of copies of which another one was published first, in the same order."""
    groups: dict[str, list[int]] = {}
    for seq, cluster in clusters_of(connection, seqs).items():
        groups.setdefault(cluster, []).append(seq)
    left_out: set[int] = set()
    for group in groups.values():
        if len(group) > 1:
            left_out.update(sorted(group, key=lambda seq: publication_of(connection, seq))[1:])
    return array("q", (seq for seq in seqs if seq not in left_out))


def is_first(connection: sqlite3.Connection, prepared: Prepared, seq: int, cluster_id: str) -> bool:
    """Whether a match was published first among the matches of its cluster."""
    others = (each for each in members(connection, cluster_id) if each != seq)
    mine = publication_of(connection, seq)
    return not any(
        publication_of(connection, each) < mine and _matches(connection, prepared, each, (), each + 1)
        for each in others
    )


def repeats(connection: sqlite3.Connection, prepared: Prepared) -> Counter[int]:
    """Return the number of matches of each day that repeat an earlier match, by the number of the day (``seq``'s).

    A timeline subtracts them, so that a story counts once, on the day on which it was first printed.
    """
    cursor = connection.cursor()
    cursor.row_factory = None
    clusters: dict[str, list[int]] = {}
    for cluster, seq in cursor.execute(_CLUSTERED):
        if prepared.low <= seq <= prepared.high:
            clusters.setdefault(cluster, []).append(seq)
    several = [each for each in clusters.values() if len(each) > 1]
    days: Counter[int] = Counter()
    if not several:
        return days
    matching = None
    if not prepared.is_everything:
        # matches of other days have no copies
        low, high = min(each[0] for each in several), max(each[-1] for each in several)
        matching = set(matches(connection, prepared, low=low, before=high + 1))
    for seqs in several:
        mine = seqs if matching is None else [seq for seq in seqs if seq in matching]
        days.update(seq // PER_DAY for seq in mine[1:])
    return days


def publication_of(connection: sqlite3.Connection, seq: int) -> tuple[int, str, str, str]:
    """Return what orders an article among its copies by their publication."""
    row = connection.execute(
        "select published_at, published_precision, first_captured_at, id from articles where seq = ?", [seq]
    ).fetchone()
    if row is None:  # deleted by a writer in the meantime
        return 2, "", "", ""
    return *publication(row[0], row[1], row[2]), str(row[3])


def _matches(
    connection: sqlite3.Connection, prepared: Prepared, seq: int, known: Collection[int], floor: int | None
) -> bool:
    """Whether an article matches; ``known`` are all matches from ``floor`` on (or all of them, if it is None)."""
    if floor is None or seq >= floor:
        return seq in known
    return is_match(connection, prepared, seq)
