"""Shingles of a text: overlapping runs of its words, by which two texts are compared.

Two things are made of them: the set of all word triples, by which two texts are compared exactly, and a sketch of a
dozen hashes, by which the texts worth comparing are found.

The sketch is Broder's bottom-k ("On the resemblance and containment of documents", 1997): of the hashes of all runs of
six words it keeps the smallest. Two texts that share most of their runs share most of the smallest too, whatever stands
before, between and after; two that share a third of them still share one of twelve in 99 of 100 cases. Every run is
hashed once, so that a sketch costs a fraction of a MinHash with as many permutations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import accumulate, count, pairwise
from operator import add

from talkscraper.store.fulltext import UNSPACED, is_unspaced, normal

RUN = 6
"""Number of words of a run; three quarters of a line, so that few are set phrases. A letter of a script without spaces
counts as half a word."""
KEYS = 12
"""Number of hashes in a sketch."""
MIN_TRIPLES = 40
"""Minimum number of triples; shorter texts (a notice, a stub) are nearly the same by chance."""
MIN_SHARED = 0.6
"""Minimum share of the shorter text's triples that the longer one must contain."""
MIN_SHARED_FIGURES = 0.5
"""The same of triples with a figure, and of pairs of figures that follow each other: weather and stock reports differ
in these alone."""
MIN_FIGURES = 6
"""Minimum number of triples with a figure; fewer (one or two figures) say nothing."""
MIN_FIGURE_PAIRS = 3
"""Minimum number of such pairs."""
UNBROKEN = 6
"""Number of shared triples in a row (eight words) that make an unbroken passage."""
MIN_UNBROKEN = 0.3
"""Minimum share of the shorter text that must stand in unbroken passages: a form filled in anew has none."""
_MAX_TEXT_LENGTH = 50_000
_KEY_BYTES = 6
_MAX_KEY = 2 ** (8 * _KEY_BYTES) - 1
_EMPTY_HASH = blake2b(digest_size=_KEY_BYTES)

_PLAIN_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near two texts are."""

    shared: float
    """Share of the shorter text's triples that the longer one contains."""
    is_copy: bool


def triples(text: str) -> frozenset[str]:
    """Return the overlapping word triples of a text (of characters, for scripts without spaces)."""
    return _triples(text[:_MAX_TEXT_LENGTH])[1]


def sketch(text: str) -> tuple[int, ...]:
    """Return the ``KEYS`` smallest hashes of the text's runs of words, ascending; none if it is too short."""
    words = _words(text[:_MAX_TEXT_LENGTH])
    if not _has_triples(words, MIN_TRIPLES):
        return ()
    return unpack(b"".join(_smallest(_digests(_runs(words)))))


def compare(one: str, other: str) -> Likeness:
    """Compare two texts; the order of the arguments doesn't matter."""
    first, second = one[:_MAX_TEXT_LENGTH], other[:_MAX_TEXT_LENGTH]
    shorter, longer = sorted((first, second), key=lambda text: (len(_triples(text)[1]), text))
    (parts, distinct), (_, theirs) = _triples(shorter), _triples(longer)
    shared = len(distinct & theirs) / max(1, len(distinct))
    if shared < MIN_SHARED:
        return Likeness(shared, is_copy=False)
    if not _same_figures(shorter, longer):
        return Likeness(shared, is_copy=False)
    unbroken = run = 0
    for part in (*parts, ""):
        if part in theirs:
            run += 1
        else:
            unbroken += run if run >= UNBROKEN else 0
            run = 0
    return Likeness(shared, is_copy=unbroken >= MIN_UNBROKEN * len(parts))


def _same_figures(shorter: str, longer: str) -> bool:
    figures = {part for part in _triples(shorter)[1] if _FIGURE.search(part)}
    if len(figures) < MIN_FIGURES:
        return True
    if len(figures & _triples(longer)[1]) < MIN_SHARED_FIGURES * len(figures):
        return False
    pairs = _figure_pairs(shorter)
    return len(pairs) < MIN_FIGURE_PAIRS or len(pairs & _figure_pairs(longer)) >= MIN_SHARED_FIGURES * len(pairs)


def _figure_pairs(text: str) -> set[tuple[str, str]]:
    figures = [word for word in _words(text) if _FIGURE.search(word)]
    return set(pairwise(figures))


def pack(keys: tuple[int, ...]) -> bytes:
    """Return a sketch as it is stored."""
    return b"".join(key.to_bytes(_KEY_BYTES, "big") for key in keys)


def unpack(data: bytes) -> tuple[int, ...]:
    """Return the sketch that ``pack`` stored."""
    return tuple(int.from_bytes(data[at : at + _KEY_BYTES], "big") for at in range(0, len(data), _KEY_BYTES))


def _digests(runs: list[bytes]) -> list[bytes]:
    # a copy of an empty hash is made in two thirds of the time of a new one
    copy = _EMPTY_HASH.copy
    digests = []
    for run in runs:
        run_hash = copy()
        run_hash.update(run)
        digests.append(run_hash.digest())
    return digests


def _smallest(digests: list[bytes]) -> list[bytes]:
    """Return the ``KEYS`` smallest distinct digests, ascending: big-endian, so the order of the bytes is the numbers'.

    They are nearly always among the few below a limit under which four times as many are expected.
    """
    limit = min(_MAX_KEY, 4 * KEYS * _MAX_KEY // max(1, len(digests))).to_bytes(_KEY_BYTES, "big")
    small = {digest for digest in digests if digest < limit}
    return sorted(small if len(small) >= KEYS else set(digests))[:KEYS]


@cache
def _word() -> re.Pattern[str]:
    # compiled with the first text that needs it: takes ten milliseconds, a fiftieth of a run with nothing due
    return re.compile(rf"[{UNSPACED}]|(?:(?![{UNSPACED}])\w)+")


@lru_cache(maxsize=8)  # of a page, for its sketch and to compare it
def _words(text: str) -> tuple[str, ...]:
    pattern = _word() if is_unspaced(text) else _PLAIN_WORD
    return tuple(pattern.findall(normal(text).casefold()))


def _has_triples(words: tuple[str, ...], count: int) -> bool:
    """Whether there are so many different triples; in nearly every text the first ones are enough."""
    found: set[tuple[str, str, str]] = set()
    for triple in zip(words, words[1:], words[2:], strict=False):
        found.add(triple)
        if len(found) == count:
            return True
    return False


@lru_cache(maxsize=8)  # a page is compared for its identity first, then with what may be its copies
def _triples(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    words = _words(text)
    parts = tuple(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    return parts, frozenset(parts)


def _runs(words: tuple[str, ...]) -> list[bytes]:
    joined = " ".join(words)
    if is_unspaced(joined):
        return [run.encode("utf-8", "replace") for run in _weighted_runs(words)]
    # slices of one buffer: no run is joined or encoded by itself
    whole = joined.encode("utf-8", "replace")
    ends = list(map(add, accumulate(map(len, whole.split(b" "))), count()))
    starts = (0, *(end + 1 for end in ends))
    return [whole[start:end] for start, end in zip(starts, ends[RUN - 1 :], strict=False)]


def _weighted_runs(words: tuple[str, ...]) -> list[str]:
    weights = [1 if _UNSPACED.match(word) else 2 for word in words]
    runs, end, weight = [], 0, 0
    for start in range(len(words)):
        while weight < 2 * RUN and end < len(words):
            weight += weights[end]
            end += 1
        if weight < 2 * RUN:
            break
        runs.append(" ".join(words[start:end]))
        weight -= weights[start]
    return runs
