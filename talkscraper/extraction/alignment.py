"""Alignment of a text with the page's blocks: those whose words, in order, make up the text.

trafilatura returns text without positions. To judge a line by its surroundings, and to find what is missing between
two lines, its words are located among the page's blocks. Long blocks that occur once in both are
anchors (the longest increasing chain of them, as in patience diff); what is between two anchors is matched in
order. Time is near linear in blocks, and the text is only searched, never compared pairwise.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_ANCHOR = 24
"""Minimum number of letters of an anchor."""
_LOOSE = 60
"""Minimum number of letters of a block of which only beginning and end must match (an advertisement was removed)."""
_SLACK = 60
"""Maximum number of letters skipped in the text before a short block."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which blocks make up a text."""

    found: tuple[bool, ...]
    """For each block, whether the text has it."""
    coverage: float
    """The share of the text's letters that were found in blocks."""


def align(keys: Sequence[str], text: str) -> Alignment:
    """Find blocks in a text.

    Args:
        keys: The blocks' letters (``blocks.squeeze``), in page order.
        text: The text's letters, likewise squeezed.
    """
    spans: dict[int, tuple[int, int]] = dict(_anchors(keys, text))
    position = 0
    start = 0
    for index, (begin, end) in [*sorted(spans.items()), (len(keys), (len(text), len(text)))]:
        if begin > position:
            _fill(keys, text, range(start, index), (position, begin), spans)
        position = max(position, end)
        start = index + 1
    covered = sum(end - begin for begin, end in spans.values())
    return Alignment(tuple(i in spans for i in range(len(keys))), covered / len(text) if text else 0.0)


def _anchors(keys: Sequence[str], text: str) -> list[tuple[int, tuple[int, int]]]:
    counts = Counter(keys)
    candidates: list[tuple[int, tuple[int, int]]] = []
    for index, key in enumerate(keys):
        if len(key) < _ANCHOR or counts[key] > 1:
            continue
        at = text.find(key)
        if at >= 0:
            if text.find(key, at + 1) < 0:
                candidates.append((index, (at, at + len(key))))
        elif len(key) >= _LOOSE:
            at = text.find(key[:30])
            if at >= 0 and text.find(key[:30], at + 1) < 0:
                end = text.find(key[-20:], at, at + len(key) + 30)
                if end >= 0:
                    candidates.append((index, (at, end + 20)))
    return _longest_chain(candidates)


def _longest_chain(candidates: list[tuple[int, tuple[int, int]]]) -> list[tuple[int, tuple[int, int]]]:
    """Return the longest sequence of candidates whose positions increase both on the page and in the text."""
    tails: list[int] = []
    last: list[int] = []
    previous = [-1] * len(candidates)
    for i, (_, (begin, _end)) in enumerate(candidates):
        slot = bisect_left(tails, begin)
        if slot == len(tails):
            tails.append(begin)
            last.append(i)
        else:
            tails[slot] = begin
            last[slot] = i
        previous[i] = last[slot - 1] if slot else -1
    chain: list[tuple[int, tuple[int, int]]] = []
    i = last[-1] if last else -1
    while i >= 0:
        chain.append(candidates[i])
        i = previous[i]
    chain.reverse()
    return chain


def _fill(
    keys: Sequence[str], text: str, blocks: range, window: tuple[int, int], spans: dict[int, tuple[int, int]]
) -> None:
    """Match the blocks between two anchors, in order, within the text between them."""
    begin, stop = window
    here = begin
    for index in blocks:
        key = keys[index]
        if not key:
            continue
        at = text.find(key, here, stop)
        if at < 0 or (len(key) < _ANCHOR and at > here + _SLACK):
            continue
        here = at + len(key)
        spans[index] = (at, here)
        if here >= stop:
            return
