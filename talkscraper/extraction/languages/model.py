"""A text's language by its byte n-grams: naive Bayes over the model of py3langid (BSD 3-Clause, LICENSE-py3langid).

An automaton finds the n-grams in the text's UTF-8; each has a weight for each language. py3langid multiplies with
numpy, which alone would be a quarter of an installation. Here a row of weights is one large integer with a lane per
language, so that a row is added to a sum in one operation. Weights are 16-bit integers, and the sums are exact.

Each worker process holds the model, so it is kept small, 15 MB instead of 70: of a row of weights only those that
differ from the language's usual one (that of n-grams it doesn't have), and of the automaton's table each different run
of ``BLOCK`` moves once. ``tests/tools/language_model.py`` writes model.zst.
"""

from __future__ import annotations

import json
import math
import struct
import sys
import unicodedata
from array import array
from collections import Counter
from collections.abc import Sequence
from functools import cache
from io import BufferedIOBase
from pathlib import Path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MODEL = Path(__file__).with_name("model.zst")
SCALE = 512
"""A stored weight is this many times the negative logarithm of an n-gram's probability."""
MAX_BYTES = 65_536
"""Bytes of a text that are read: a sum of so many 16-bit weights fits a lane of 32 bits."""
MAX_ROWS = 8192
"""Number of n-grams whose rows of weights are kept as integers, and as many of those before: at most 11 MB."""
BLOCK = 16
"""Number of moves in a block of the automaton's table: those of the bytes that begin with the same four bits."""
LANE_BYTES = 4
PARTS = ("I", "I", "I", "i", "I", "B", "H")
"""Types of the parts of the file: moves; where the blocks of a row of moves begin; where a state's row of blocks
begins; a state's n-gram or -1; where an n-gram's weights begin; their languages; they themselves."""


class LanguageModel:
    """Which languages there are, and how likely a text is in each."""

    def __init__(self, unpacked: BufferedIOBase) -> None:
        (length,) = struct.unpack("<I", unpacked.read(4))
        head = json.loads(unpacked.read(length))
        self.codes: Sequence[str] = head["codes"]
        """ISO 639 codes; a language with several scripts has several places."""
        self._priors: Sequence[float] = head["priors"]
        self._usual = array("I", head["usual"])
        parts = (_numbers(kind, unpacked.read(size)) for kind, size in zip(PARTS, head["lengths"], strict=True))
        self._moves, self._blocks, self._rows, self._features, self._starts, self._languages, self._weights = parts
        self._lanes: dict[int, int] = {}
        self._former: dict[int, int] = {}

    def classify(self, text: str) -> tuple[str, float]:
        """The likeliest language and its probability."""
        data = _encoded(text)[:MAX_BYTES]
        scores = self._scores(data)
        temperature = math.sqrt(len(data) or 1)
        best = max(scores)
        shares: dict[str, float] = {}
        for code, score in zip(self.codes, scores, strict=True):
            shares[code] = shares.get(code, 0.0) + math.exp((score - best) / temperature)
        code = max(shares, key=shares.__getitem__)
        return code, shares[code] / sum(shares.values())

    def _scores(self, data: bytes) -> list[float]:
        """The logarithm of each language's likelihood, up to a constant; all the same where no n-gram is known."""
        counts = self._count(data)
        if not counts:
            return [0.0] * len(self.codes)
        sums: dict[int, int] = {}
        known = self._lanes
        for feature, count in counts.items():
            sums[count] = sums.get(count, 0) + (known.get(feature) or self._row(feature))
        scores = list(self._priors)
        for count, total in sums.items():
            factor = math.log1p(count) / SCALE
            found = array("I", total.to_bytes(LANE_BYTES * len(scores), sys.byteorder))
            if sys.byteorder == "big":
                found.reverse()
            scores = [score - factor * weight for score, weight in zip(scores, found, strict=True)]
        return scores

    def _row(self, feature: int) -> int:
        """An n-gram's weights, the first language's in the lowest lane; kept for a while, as most recur."""
        if len(self._lanes) >= MAX_ROWS:
            self._lanes, self._former = {}, self._lanes
        lanes = self._lanes[feature] = self._former.get(feature) or self._lanes_of(feature)
        return lanes

    def _lanes_of(self, feature: int) -> int:
        weights = self._usual[:]
        first, end = self._starts[feature], self._starts[feature + 1]
        for language, weight in zip(self._languages[first:end], self._weights[first:end], strict=True):
            weights[language] = weight
        if sys.byteorder == "big":
            weights.reverse()
        return int.from_bytes(weights.tobytes(), sys.byteorder)

    def _count(self, data: bytes) -> Counter[int]:
        """How often each known n-gram occurs."""
        moves, blocks, rows, features = self._moves, self._blocks, self._rows, self._features
        found = []
        state = 0
        for byte in data:
            state = moves[blocks[rows[state] + (byte >> 4)] + (byte & 15)]
            feature = features[state]
            if feature >= 0:
                found.append(feature)
        return Counter(found)


@cache
def language_model() -> LanguageModel:
    """The model that talkscraper carries, read once in a process."""
    with zstd.open(MODEL) as unpacked:
        return LanguageModel(unpacked)


def _encoded(text: str) -> bytes:
    if text.isupper():
        text = text.lower()
    return unicodedata.normalize("NFC", text).encode("utf-8", errors="surrogatepass")


def _numbers(kind: str, data: bytes) -> array[int]:
    numbers: array[int] = array(kind)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
