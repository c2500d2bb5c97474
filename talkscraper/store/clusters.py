"""Clusters of near-duplicate articles (copies on other sites), joined under one ``cluster_id``.

A text's fingerprint is a 64-bit simhash over overlapping word triples (Charikar 2002): texts that share most of
their triples differ in few bits. Candidates share one of four 16-bit bands, which finds every pair that differs in
up to three bits and most that differ in a few more; a pair is accepted if the triples themselves agree.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from talkscraper.store.database import select
from talkscraper.store.fulltext import UNSPACED, normal

if TYPE_CHECKING:
    from sqlite_utils import Database

MIN_TRIPLES = 40
"""Minimum number of triples; shorter texts (a notice, a stub) are nearly the same by chance."""
MAX_BITS = 10
"""Maximum number of differing bits; beyond it fingerprints aren't compared further."""
MIN_SHARED = 0.6
"""Minimum share of the shorter text's triples that the longer one must contain."""
MAX_MEMBERS = 100
"""Maximum size of a cluster: a boilerplate text isn't a copied story."""
_MAX_TEXT_LENGTH = 50_000

_COUNTERS = tuple(sum(1 << (32 * bit) for bit in range(8) if byte >> bit & 1) for byte in range(256))
"""For each byte value, an integer with a 32-bit counter for each of its bits."""
_WORD = re.compile(rf"[{UNSPACED}]|(?:(?![{UNSPACED}])\w)+")


def triples(text: str) -> set[str]:
    """Return the overlapping word triples of a text (of characters, for scripts without spaces)."""
    return set(_triples(text[:_MAX_TEXT_LENGTH]))


@lru_cache(maxsize=8)  # a page is compared for its identity first, then for its cluster
def _triples(text: str) -> frozenset[str]:
    words = _WORD.findall(normal(text).casefold())
    return frozenset(" ".join(words[at : at + 3]) for at in range(len(words) - 2))


def simhash(parts: set[str]) -> int | None:
    """Return the simhash of a text as a signed 64-bit integer, as SQLite stores it; None if it has too few triples."""
    return _simhash(frozenset(parts)) if len(parts) >= MIN_TRIPLES else None


@lru_cache(maxsize=8)
def _simhash(parts: frozenset[str]) -> int:
    digests = b"".join(blake2b(part.encode("utf-8", "replace"), digest_size=8).digest() for part in parts)
    half = len(parts) / 2
    value = 0
    for at in range(8):
        # whole bytes are counted first; each byte value then adds to eight counters in one integer
        counters = sum(count * _COUNTERS[byte] for byte, count in Counter(digests[at::8]).items())
        for bit in range(8):
            if counters >> (32 * bit) & 0xFFFF_FFFF > half:
                value |= 1 << (at * 8 + bit)
    return value - (1 << 64) if value >> 63 else value


def place(db: Database, article_id: str) -> None:
    """Set the fingerprint and the cluster of an article whose text is new or has changed."""
    row = next(
        iter(select(db, "select id, text, truncated, simhash, cluster_id from articles where id = ?", [article_id]))
    )
    parts = triples(row["text"])
    # the part before a paywall is the beginning of an article, not a copy of one
    print_ = None if row["truncated"] else simhash(parts)
    if print_ == row["simhash"]:
        return
    db.execute(
        "update articles set simhash = ?, cluster_id = null, cluster_why = null where id = ?", [print_, row["id"]]
    )
    left(db, row["cluster_id"])
    if print_ is None:
        return
    near = [other for other in _candidates(db, article_id, print_) if _shared(parts, triples(other["text"]))]
    if not near:
        return
    joined = {other["cluster_id"] for other in near if other["cluster_id"]}
    members = {article_id, *(other["id"] for other in near)}
    for cluster in joined:
        members.update(_members(db, cluster))
    if len(members) <= MAX_MEMBERS:
        _join(db, members)


def left(db: Database, cluster_id: str | None) -> None:
    """Rebuild a cluster after an article left it: join the remaining articles that still belong together."""
    if cluster_id is None:
        return
    members = _members(db, cluster_id)
    db.execute("update articles set cluster_id = null, cluster_why = null where cluster_id = ?", [cluster_id])
    rest = set(members)
    while rest:
        group = _connected(db, rest.pop(), rest)
        rest -= group
        if len(group) > 1:
            _join(db, group)


CANDIDATES = (
    "select a.id, a.text, a.simhash, a.cluster_id from ("
    " select seq from articles where simhash is not null and simhash & 65535 = ?"
    " union select seq from articles where simhash is not null and (simhash >> 16) & 65535 = ?"
    " union select seq from articles where simhash is not null and (simhash >> 32) & 65535 = ?"
    " union select seq from articles where simhash is not null and (simhash >> 48) & 65535 = ?"
    # cross join: otherwise SQLite's planner reads all articles and looks each up in the list
    ") near cross join articles a on a.seq = near.seq where a.id <> ?"
)
"""Articles that share a band with a fingerprint; parameters: its four bands, and the id of the article itself."""


def _candidates(db: Database, article_id: str, fingerprint: int) -> list[dict[str, Any]]:
    bands = [fingerprint >> shift & 0xFFFF for shift in (0, 16, 32, 48)]
    rows = select(db, CANDIDATES, [*bands, article_id])
    return [row for row in rows if _bits(row["simhash"], fingerprint) <= MAX_BITS]


def _bits(one: int, other: int) -> int:
    return ((one ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def _shared(one: set[str], other: set[str]) -> bool:
    return len(one & other) >= MIN_SHARED * max(1, min(len(one), len(other)))


def _members(db: Database, cluster_id: str) -> list[str]:
    return [row["id"] for row in select(db, "select id from articles where cluster_id = ?", [cluster_id])]


def _connected(db: Database, start: str, others: set[str]) -> set[str]:
    texts = {
        row["id"]: (row["simhash"], triples(row["text"]))
        for each in {start, *others}
        for row in select(db, "select id, simhash, text from articles where id = ? and simhash is not null", [each])
    }
    group, edge = {start}, [start]
    while edge:
        here = edge.pop()
        for other in others - group:
            if here in texts and other in texts and _pair(texts[here], texts[other]):
                group.add(other)
                edge.append(other)
    return group


def _pair(one: tuple[int, set[str]], other: tuple[int, set[str]]) -> bool:
    bits = (one[0] ^ other[0]) & 0xFFFF_FFFF_FFFF_FFFF
    banded = any(bits >> shift & 0xFFFF == 0 for shift in (0, 16, 32, 48))
    return banded and bits.bit_count() <= MAX_BITS and _shared(one[1], other[1])


def _join(db: Database, members: set[str]) -> None:
    """Join these articles in one cluster, named after the smallest id; each row cites its nearest other article."""
    name = min(members)
    texts = {
        row["id"]: (row["simhash"], triples(row["text"]))
        for each in sorted(members)
        for row in select(db, "select id, simhash, text from articles where id = ?", [each])
    }
    for each in sorted(members):
        fingerprint, mine = texts[each]
        bits, nearest = min((_bits(fingerprint, texts[other][0]), other) for other in texts if other != each)
        theirs = texts[nearest][1]
        share = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
        why = f"text nearly the same as {nearest}: {share:.0%} of word triples shared, {bits} of 64 bits differ"
        db.execute("update articles set cluster_id = ?, cluster_why = ? where id = ?", [name, why, each])
