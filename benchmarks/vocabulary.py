"""A vocabulary with Zipf's frequencies, of which invented texts are made: few words often, and many rarely."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

_RANK_SHIFT = 2.7
"""Mandelbrot's addition to a word's rank, by which its frequency falls."""


class Vocabulary:
    """Words, the most frequent ones first."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self._weights = list(itertools.accumulate(1 / (rank + _RANK_SHIFT) for rank in range(len(words))))

    def text(self, chance: random.Random, count: int) -> str:
        """Draw so many words."""
        return " ".join(chance.choices(self.words, cum_weights=self._weights, k=count))

    def sentence(self, chance: random.Random) -> str:
        """Draw a sentence of about 18 words."""
        return self.text(chance, chance.randint(8, 28)).capitalize() + "."
