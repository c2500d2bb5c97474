"""The words by which justext tells sentences from navigation, those of all languages together, in two megabytes.

trafilatura keeps the 154,000 words in a tuple and justext in a set beside it, 29 MB in every worker process, and finds
the set by the tuple's hash, which takes milliseconds of each page that is classified. Here a word is one 64-bit hash in
a table with open addressing: that a word which isn't in it has the hash of one that is happens once in 10¹⁴ words.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

_EMPTY = -1
"""What no string's hash is."""
_MAX_LOAD = 0.7


class StopWords:
    """A set of words that answers whether it holds one."""

    def __init__(self, lists: Iterable[Iterable[str]]) -> None:
        hashes = array("q", {hash(word.lower()) for words in lists for word in words})
        size = 1 << max(1, int(len(hashes) / _MAX_LOAD).bit_length())
        self._last = size - 1
        self._table = array("q", [_EMPTY]) * size
        for value in hashes:
            place = value & self._last
            while self._table[place] != _EMPTY:
                place = (place + 1) & self._last
            self._table[place] = value

    def __contains__(self, word: object) -> bool:
        """Whether it is one of the words."""
        table, last = self._table, self._last
        value = hash(word)
        place = value & last
        while (held := table[place]) != value:
            if held == _EMPTY:
                return False
            place = (place + 1) & last
        return True
